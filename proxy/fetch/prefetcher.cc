#include "proxy/fetch/prefetcher.h"

#include <utility>

namespace longshore {
namespace {

constexpr Duration kSweepPeriod = std::chrono::seconds(30);

}  // namespace

Prefetcher::Prefetcher(Executor& executor, const Clock& clock, HomeLoops<BlobFetches>& fetches,
                       PrefetchLedger& ledger)
    : executor_(executor), clock_(clock), fetches_(fetches), ledger_(ledger) {
  sweep_ = executor_.RunAfter(kSweepPeriod, [this] { Sweep(); });
}

Prefetcher::~Prefetcher() {
  executor_.CancelTimer(sweep_);
}

void Prefetcher::Add(const RepositoryKey& repository, const std::vector<NamedContent>& contents) {
  for (const NamedContent& content : contents) {
    // Without a size there is no space to reserve; such a blob waits for its client.
    if (content.size == 0 || queue_.size() >= kMaxQueued) continue;
    queue_.push_back({repository, content});
  }
  StartMore();
}

void Prefetcher::StartMore() {
  while (running_ < kAtOnce && !queue_.empty()) {
    const Item item = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    const Digest digest = item.content.digest;
    ledger_.Begin(digest, clock_.Now());
    fetches_.At(digest.Hash(), [this, item, digest](BlobFetches& fetches) {
      fetches.Prefetch(item.repository, item.content, executor_, [this, digest](uint64_t fetched) {
        ledger_.End(digest, fetched);
        --running_;
        StartMore();
      });
    });
  }
}

void Prefetcher::Sweep() {
  ledger_.Sweep(clock_.Now());
  sweep_ = executor_.RunAfter(kSweepPeriod, [this] { Sweep(); });
}

}  // namespace longshore
