#include "proxy/blob_fetches.h"

#include <utility>

namespace longshore {

BlobFetch& BlobFetches::Make(const RepositoryKey& source, const Digest& digest, uint64_t size) {
  Entry& entry = fetches_[digest];
  entry.fetch = std::make_unique<BlobFetch>(context_, source, digest, size,
                                            [this, digest] { Remove(digest); });
  ++in_flight_;
  return *entry.fetch;
}

BlobFetch& BlobFetches::FindOrMake(const RepositoryKey& source, const Digest& digest,
                                   uint64_t size) {
  if (const auto found = fetches_.find(digest); found != fetches_.end()) {
    return *found->second.fetch;
  }
  BlobFetch& made = Make(source, digest, size);
  made.Open();
  return made;
}

void BlobFetches::Adopt(const RepositoryKey& source, const Digest& digest, uint64_t size,
                        std::unique_ptr<OpenedTransfer> opened) {
  BlobFetch& made = Make(source, digest, size);
  made.Adopt(std::move(opened));
  made.Open();
}

void BlobFetches::Subscribe(const RepositoryKey& source, const Digest& digest, uint64_t size,
                            const FetchDemand& demand, Executor& executor,
                            BlobFetch::Callback done) {
  FindOrMake(source, digest, size).Subscribe(demand, executor, std::move(done));
}

void BlobFetches::Prefetch(const RepositoryKey& source, const Digest& digest, uint64_t size,
                           Executor& executor, UniqueFunction<void(uint64_t)> over) {
  FindOrMake(source, digest, size).Prefetch();
  fetches_.at(digest).waiting_for_end.emplace_back(&executor, std::move(over));
}

void BlobFetches::Remove(const Digest& digest) {
  auto node = fetches_.extract(digest);
  if (node.empty()) return;
  --in_flight_;
  const uint64_t fetched = node.mapped().fetch->Received();
  for (auto& [executor, over] : node.mapped().waiting_for_end) {
    executor->Post([over = std::move(over), fetched]() mutable { over(fetched); });
  }
  context_.executor.Post([old = std::move(node.mapped().fetch)] {});
}

}  // namespace longshore
