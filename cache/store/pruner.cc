#include "cache/store/pruner.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace longshore {
namespace {

// The digest that a link or tag leads to, if it was last confirmed before that time.
std::optional<Digest> OldLink(std::string_view key, std::string_view value, int64_t before) {
  const auto record = LinkRecord::Decode(value);
  if (!record || record->seen_at >= before) return std::nullopt;
  const auto link = ParseLinkKey(key);
  return link ? std::optional(link->digest) : std::nullopt;
}

std::optional<Digest> OldTag(std::string_view value, int64_t before) {
  const auto record = TagRecord::Decode(value);
  if (!record || record->proven_at >= before) return std::nullopt;
  return record->digest;
}

}  // namespace

void Pruner::Step() {
  const bool pressed = budget_.IndexIsLarge();
  if (!pressed && clock_.Now() < next_pass_) return;
  const Duration age = pressed ? kForgetSoon : kForgetAfter;
  const auto candidates = NextChunk(clock_.WallMillis() - age.count());
  if (!candidates) return;
  IndexBatch batch;
  for (const Candidate& candidate : *candidates) {
    const auto stored = IsStored(candidate.digest);
    if (stored && !*stored) batch.Delete(candidate.family, candidate.key);
  }
  (void)catalog_.Commit(batch, Index::Sync::kNo);
}

Result<std::vector<Pruner::Candidate>> Pruner::NextChunk(int64_t before) {
  std::vector<Candidate> candidates;
  size_t seen = 0;
  std::string next;
  auto scanned =
      catalog_.Scan(family_, "", next_, [&](std::string_view key, std::string_view value) {
        if (seen++ == kChunk) {
          next = key;
          return false;
        }
        const auto digest =
            family_ == Family::kLink ? OldLink(key, value, before) : OldTag(value, before);
        if (digest) candidates.push_back({family_, std::string(key), *digest});
        return true;
      });
  if (!scanned) return tl::unexpected(scanned.error());
  next_ = std::move(next);
  if (next_.empty()) {
    if (family_ == Family::kTag) next_pass_ = clock_.Now() + kBetweenPasses;
    family_ = family_ == Family::kLink ? Family::kTag : Family::kLink;
  }
  return candidates;
}

Result<bool> Pruner::IsStored(const Digest& digest) {
  for (const ObjectKind kind : {ObjectKind::kBlob, ObjectKind::kManifest, ObjectKind::kExtent}) {
    const auto known = catalog_.Has(kind, digest);
    if (!known) return tl::unexpected(known.error());
    if (*known) return true;
  }
  return false;
}

}  // namespace longshore
