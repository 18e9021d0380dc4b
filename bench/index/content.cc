#include "bench/index/content.h"

#include <algorithm>
#include <string>

#include "cache/index/charge.h"
#include "cache/store/catalog.h"

namespace longshore::bench {
namespace {

constexpr uint64_t kLeastSize = 64 << 10;
constexpr uint64_t kBlobsARepository = 500;
constexpr int64_t kWallMillis = 1'700'000'000'000;
constexpr int64_t kMonth = 30LL * 24 * 3600 * 1000;

// Well mixed (Vigna, splitmix64).
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
  value = (value ^ value >> 27) * 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

// Some time in the month before.
int64_t TimeOf(uint64_t hash) {
  return kWallMillis - static_cast<int64_t>(hash % static_cast<uint64_t>(kMonth));
}

}  // namespace

Digest IndexContent::BlobDigest(uint64_t number) {
  return Digest::Of("blob " + std::to_string(number));
}

Digest IndexContent::AbsentDigest(uint64_t number) {
  return Digest::Of("absent blob " + std::to_string(number));
}

uint64_t IndexContent::BlobSize(uint64_t number) {
  return kLeastSize + Mix(number) % kLeastSize;
}

std::array<RepositoryKey, IndexContent::kLinks> IndexContent::RepositoriesOf(
    uint64_t number) const {
  return {Repository(Mix(number ^ 1u << 30)), Repository(Mix(number ^ 2u << 30))};
}

void IndexContent::AddTo(IndexBatch& batch, uint64_t number) const {
  const Digest digest = BlobDigest(number);
  const uint64_t size = BlobSize(number);
  const int64_t sealed_at = TimeOf(Mix(number ^ 3u << 30));
  BlobRecord record{size, size, BlobEncoding::kIdentity, sealed_at, sealed_at};
  batch.Put(Family::kBlob, DigestKey(digest), record.Encode());
  batch.Add(std::string(kStoredBytesKey), static_cast<int64_t>(Charge(size)));
  for (const RepositoryKey& repository : RepositoriesOf(number)) {
    LinkRecord link{sealed_at, size, false};
    batch.Put(Family::kLink, *LinkKey(repository, digest), link.Encode());
  }
  AccessRecord access{kWallMillis, 1 + Mix(number ^ 4u << 30) % 8};
  batch.Put(Family::kAccess, AccessKey(ObjectKind::kBlob, digest), access.Encode());
}

RepositoryKey IndexContent::Repository(uint64_t hash) const {
  const uint64_t repositories = std::max<uint64_t>(blobs_ / kBlobsARepository, 1);
  const uint64_t number = hash % repositories;
  return {"docker.io",
          "team-" + std::to_string(number / 16) + "/service-" + std::to_string(number)};
}

}  // namespace longshore::bench
