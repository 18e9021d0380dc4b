#include "proxy/blob_fetches.h"

#include <utility>

namespace longshore {

BlobFetch& BlobFetches::Make(const RepositoryKey& source, const NamedContent& content) {
  Entry& entry = fetches_[content.digest];
  entry.fetch = std::make_unique<BlobFetch>(context_, source, content,
                                            [this, digest = content.digest] { Remove(digest); });
  ++in_flight_;
  return *entry.fetch;
}

BlobFetch& BlobFetches::FindOrMake(const RepositoryKey& source, const NamedContent& content) {
  if (const auto found = fetches_.find(content.digest); found != fetches_.end()) {
    return *found->second.fetch;
  }
  BlobFetch& made = Make(source, content);
  made.Open();
  return made;
}

std::optional<uint64_t> BlobFetches::SizeUnderWay(const RepositoryKey& source,
                                                  const Digest& digest) const {
  const auto found = fetches_.find(digest);
  if (found == fetches_.end() || !(found->second.fetch->source() == source)) return std::nullopt;
  return found->second.fetch->size();
}

void BlobFetches::Adopt(const RepositoryKey& source, const NamedContent& content,
                        std::unique_ptr<OpenedTransfer> opened) {
  BlobFetch& made = Make(source, content);
  made.Adopt(std::move(opened));
  made.Open();
}

void BlobFetches::Subscribe(const RepositoryKey& source, const NamedContent& content,
                            const FetchDemand& demand, Executor& executor,
                            BlobFetch::Callback done) {
  FindOrMake(source, content).Subscribe(demand, executor, std::move(done));
}

void BlobFetches::Prefetch(const RepositoryKey& source, const NamedContent& content,
                           Executor& executor, UniqueFunction<void(uint64_t)> over) {
  FindOrMake(source, content).Prefetch();
  fetches_.at(content.digest).waiting_for_end.emplace_back(&executor, std::move(over));
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
