#include "proxy/fetch/blob_fetches.h"

#include <algorithm>
#include <utility>

#include "proxy/upstream/content_decoder.h"

namespace longshore {
namespace {

// What may come encoded needs a decoder, of whose window no more is touched than was decoded.
uint64_t MemoryOf(const NamedContent& content) {
  return kMemoryOfFill + (content.compressible ? std::min(kMemoryOfDecoder, content.size) : 0);
}

}  // namespace

BlobFetch* BlobFetches::Make(const std::string& client, const RepositoryKey& source,
                             const NamedContent& content) {
  auto fill = context_.admission.fills.TryTake(client);
  auto memory = fill ? context_.admission.memory.TryTake(client, MemoryOf(content)) : std::nullopt;
  if (!memory) return nullptr;
  auto made = std::make_unique<BlobFetch>(context_, source, content,
                                          [this, digest = content.digest] { Remove(digest); });
  Entry entry{std::move(fill), std::move(memory), std::move(made), {}};
  return fetches_.emplace(content.digest, std::move(entry)).first->second.fetch.get();
}

BlobFetch* BlobFetches::FindOrMake(const std::string& client, const RepositoryKey& source,
                                   const NamedContent& content) {
  if (const auto found = fetches_.find(content.digest); found != fetches_.end()) {
    return found->second.fetch.get();
  }
  BlobFetch* made = Make(client, source, content);
  if (made != nullptr) made->Open();
  return made;
}

std::optional<uint64_t> BlobFetches::SizeUnderWay(const RepositoryKey& source,
                                                  const Digest& digest) const {
  const auto found = fetches_.find(digest);
  if (found == fetches_.end() || !(found->second.fetch->source() == source)) return std::nullopt;
  return found->second.fetch->size();
}

std::vector<FillProgress> BlobFetches::Progress() const {
  std::vector<FillProgress> all;
  for (const auto& [digest, entry] : fetches_) {
    const BlobFetch& fetch = *entry.fetch;
    all.push_back({fetch.source(), digest, fetch.size(), fetch.Present(), fetch.Received()});
  }
  return all;
}

void BlobFetches::Adopt(const std::string& client, const RepositoryKey& source,
                        const NamedContent& content, std::unique_ptr<OpenedTransfer> opened) {
  BlobFetch* made = Make(client, source, content);
  if (made == nullptr) {
    // It is the transfer that calls us.
    context_.executor.Post([keep = std::move(opened)] {});
    return;
  }
  made->Adopt(std::move(opened));
  made->Open();
}

void BlobFetches::Subscribe(const std::string& client, const RepositoryKey& source,
                            const NamedContent& content, const FetchDemand& demand,
                            Executor& executor, BlobFetch::Callback done) {
  if (BlobFetch* fetch = FindOrMake(client, source, content)) {
    fetch->Subscribe(demand, executor, std::move(done));
    return;
  }
  executor.Post(
      [done = std::move(done)]() mutable { done(Overloaded("too many blobs are being fetched")); });
}

void BlobFetches::Prefetch(const RepositoryKey& source, const NamedContent& content,
                           Executor& executor, UniqueFunction<void(uint64_t)> over) {
  BlobFetch* fetch = FindOrMake({}, source, content);
  if (fetch == nullptr || fetch->IsForNobody()) {
    executor.Post([over = std::move(over)]() mutable { over(0); });
    return;
  }
  fetch->Prefetch();
  fetches_.at(content.digest).waiting_for_end.emplace_back(&executor, std::move(over));
}

void BlobFetches::DiskIsStuck() {
  for (auto next = fetches_.begin(); next != fetches_.end();) {
    Entry& entry = (next++)->second;  // it may be removed, no other one
    if (!entry.fetch->DiskIsStuck()) continue;
    // As long as the disk likes it is there for nobody, and takes nothing from others.
    entry.fill.reset();
    entry.memory.reset();
    entry.TellOfEnd();
  }
}

void BlobFetches::Entry::TellOfEnd() {
  const uint64_t fetched = fetch->Received();
  for (auto& [executor, over] : std::exchange(waiting_for_end, {})) {
    executor->Post([over = std::move(over), fetched]() mutable { over(fetched); });
  }
}

void BlobFetches::Remove(const Digest& digest) {
  auto node = fetches_.extract(digest);
  if (node.empty()) return;
  node.mapped().TellOfEnd();
  context_.executor.Post([old = std::move(node.mapped().fetch)] {});
}

}  // namespace longshore
