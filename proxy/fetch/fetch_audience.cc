#include "proxy/fetch/fetch_audience.h"

#include <algorithm>
#include <utility>

namespace longshore {

void FetchAudience::Add(ByteRange wanted, Executor& executor, Callback done) {
  waiting_.push_back({wanted, &executor, std::move(done), std::exchange(had_any_, true)});
}

void FetchAudience::AnswerAll(const Result<BlobView>& view) {
  for (Subscriber& subscriber : std::exchange(waiting_, {})) Answer(subscriber, view);
}

void FetchAudience::AnswerPresent(const std::shared_ptr<PartialBlob>& partial) {
  const uint64_t size = partial->size();
  for (Subscriber& subscriber : std::exchange(waiting_, {})) {
    const auto readable = partial->ReadableFrom(subscriber.wanted.begin).readable_end;
    if (readable >= std::min(subscriber.wanted.end, size) && size > 0) {
      Answer(subscriber, BlobView(partial));
    } else {
      waiting_.push_back(std::move(subscriber));
    }
  }
}

std::vector<ByteRange> FetchAudience::Wanted() const {
  std::vector<ByteRange> wanted;
  wanted.reserve(waiting_.size());
  for (const Subscriber& subscriber : waiting_) wanted.push_back(subscriber.wanted);
  return wanted;
}

void FetchAudience::Answer(Subscriber& subscriber, const Result<BlobView>& view) {
  Result<FetchedBlob> answer =
      view ? Result<FetchedBlob>(FetchedBlob{*view, subscriber.collapsed,
                                             view->IsSealed() ? nullptr : NewReading()})
           : Result<FetchedBlob>(tl::unexpected(view.error()));
  subscriber.executor->Post([done = std::move(subscriber.done),
                             answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

// Lives as long as a client reads; its end is told to this loop.
std::shared_ptr<void> FetchAudience::NewReading() {
  ++readers_;
  return {nullptr, [this, alive = std::weak_ptr<bool>(alive_), &executor = executor_](void*) {
            executor.Post([this, alive] {
              if (alive.expired()) return;
              --readers_;
              reader_left_();
            });
          }};
}

}  // namespace longshore
