#include "proxy/fetch/fetch_audience.h"

#include <algorithm>
#include <utility>

namespace longshore {

void FetchAudience::Add(FetchDemand demand, Executor& executor, Callback done) {
  waiting_.push_back(
      {std::move(demand), &executor, std::move(done), !std::exchange(had_any_, true)});
}

void FetchAudience::Note(const PartialBlob& partial, RangeSet coming) {
  for (Subscriber& subscriber : waiting_) {
    if (!std::exchange(subscriber.is_noted, true)) NoteOne(subscriber, partial, coming);
    coming.Add(subscriber.demand.range);
  }
}

void FetchAudience::NoteOne(Subscriber& subscriber, const PartialBlob& partial,
                            const RangeSet& coming) {
  bool is_any_held = false;
  bool is_all_held = true;
  bool is_rest_coming = true;
  for (const ByteRange& asked : subscriber.demand.asked) {
    uint64_t absent = 0;
    for (const ByteRange& gap : partial.Unreadable(asked)) {
      absent += gap.size();
      is_rest_coming = is_rest_coming && coming.Contains(gap);
    }
    is_any_held = is_any_held || absent < asked.size();
    // Of an empty blob all is held once it is proven, and then it does not come here.
    is_all_held = is_all_held && absent == 0 && !asked.empty();
  }
  subscriber.held = is_all_held ? Held::kAll : is_any_held ? Held::kSome : Held::kNothing;
  subscriber.collapsed = !subscriber.is_first && !is_all_held && is_rest_coming;
}

void FetchAudience::AnswerAll(const Result<BlobView>& view) {
  for (Subscriber& subscriber : std::exchange(waiting_, {})) Answer(subscriber, view);
}

void FetchAudience::AnswerPresent(const std::shared_ptr<PartialBlob>& partial) {
  const uint64_t size = partial->size();
  for (Subscriber& subscriber : std::exchange(waiting_, {})) {
    const auto readable = partial->ReadableFrom(subscriber.demand.range.begin).readable_end;
    if (readable >= std::min(subscriber.demand.range.end, size) && size > 0) {
      Answer(subscriber, BlobView(partial));
    } else {
      waiting_.push_back(std::move(subscriber));
    }
  }
}

std::vector<ByteRange> FetchAudience::Wanted() const {
  std::vector<ByteRange> wanted;
  wanted.reserve(waiting_.size());
  for (const Subscriber& subscriber : waiting_) wanted.push_back(subscriber.demand.range);
  return wanted;
}

void FetchAudience::Answer(Subscriber& subscriber, const Result<BlobView>& view) {
  Result<FetchedBlob> answer =
      view ? Result<FetchedBlob>(FetchedBlob{*view, subscriber.held, subscriber.collapsed,
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
