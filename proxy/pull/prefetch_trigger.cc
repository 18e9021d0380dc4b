#include "proxy/pull/prefetch_trigger.h"

#include <utility>
#include <vector>

#include "proxy/oci/manifest.h"

namespace longshore {
namespace {

constexpr size_t kMaxRecent = 4096;  // then all are forgotten: considering one twice costs little

}  // namespace

bool PrefetchTrigger::IsNew(const Digest& digest) {
  const TimePoint now = clock_.Now();
  if (recent_.size() >= kMaxRecent) recent_.clear();
  auto [entry, is_new] = recent_.try_emplace(digest, now);
  if (!is_new && now - entry->second < kForget) return false;
  entry->second = now;
  return true;
}

void PrefetchTrigger::OnTaken(const RepositoryKey& repository, const Manifest& manifest) {
  if (!enabled_.at(repository.upstream) || manifest.bytes.size() > kMaxBytes) return;
  if (!IsNew(manifest.digest)) return;
  const auto facts = ParseManifest(manifest.bytes, manifest.media_type);
  if (!facts || IsIndex(facts->kind)) return;
  std::vector<NamedContent> contents;
  contents.reserve(facts->named.size());
  for (const Descriptor& descriptor : facts->named) {
    contents.push_back({descriptor.digest, descriptor.size, descriptor.compressible});
  }
  prefetcher_.At(0, [repository, contents = std::move(contents)](Prefetcher& prefetcher) {
    prefetcher.Add(repository, contents);
  });
}

}  // namespace longshore
