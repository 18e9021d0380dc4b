#include "bench/index/store.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "bench/cpu_seconds.h"
#include "cache/index/rocks_index.h"
#include "tests/support/cache_bed.h"

namespace longshore::bench {
namespace {

constexpr uint64_t kAmple = 1ULL << 50;
constexpr size_t kSampleBlobs = 2000;
constexpr size_t kSampleManifests = 20'000;  // twice what the memory for them holds
constexpr uint64_t kSampleShare = 10;        // at most one in so many
constexpr size_t kBlobBytes = 1024;
constexpr size_t kManifestBytes = 2048;
constexpr uint64_t kBlobsABatch = 256;

std::string Padded(std::string text, size_t bytes) {
  text.resize(bytes, ' ');
  return text;
}

Result<Sample> StoreSample(const std::string& folder, uint64_t most) {
  PosixDisk disk;
  CacheBed bed({folder, kAmple, 32 << 20, false}, disk, OpenRocksIndex);
  if (!bed.IsOpen()) return tl::unexpected(bed.open_error());
  Sample sample{bed.repository.name, {}, {}};
  for (size_t i = 0; i < std::min(kSampleBlobs, most); ++i) {
    const std::string bytes = Padded("sample blob " + std::to_string(i), kBlobBytes);
    if (auto filled = bed.Fill(bytes); !filled) return tl::unexpected(filled.error());
    sample.blobs.push_back(Digest::Of(bytes));
    bed->ConfirmLink(bed.repository, sample.blobs.back(), kBlobBytes);
  }
  for (size_t i = 0; i < std::min(kSampleManifests, most); ++i) {
    const std::string bytes = Padded("{\"number\": " + std::to_string(i) + "}", kManifestBytes);
    sample.manifests.push_back(Digest::Of(bytes));
    auto stored = bed.Store(
        {}, std::make_shared<const Manifest>(Manifest{
                sample.manifests.back(), "application/vnd.oci.image.manifest.v1+json", bytes}));
    if (!stored) return tl::unexpected(stored.error());
  }
  return sample;
}

Status Fill(Index& index, const IndexContent& content) {
  for (uint64_t number = 0; number < content.blobs();) {
    IndexBatch batch;
    const uint64_t end = std::min(number + kBlobsABatch, content.blobs());
    for (; number < end; ++number) content.AddTo(batch, number);
    if (auto committed = index.Commit(batch, Index::Sync::kNo); !committed) return committed;
  }
  return index.Commit({}, Index::Sync::kYes);
}

// Compactions are the only thing that still costs this process anything.
void AwaitCalm() {
  constexpr auto kLook = std::chrono::milliseconds(250);
  constexpr int kCalmLooks = 8;
  double seen = CpuSeconds();
  for (int calm = 0; calm < kCalmLooks;) {
    std::this_thread::sleep_for(kLook);
    const double now = CpuSeconds();
    calm = now - seen < 0.02 ? calm + 1 : 0;
    seen = now;
  }
}

}  // namespace

Result<Sample> MakeStore(const std::string& folder, const IndexContent& content) {
  auto sample = StoreSample(folder, content.blobs() / kSampleShare);
  if (!sample) return sample;
  auto index = OpenRocksIndex(folder + "/index");
  if (!index) return tl::unexpected(index.error());
  if (auto filled = Fill(**index, content); !filled) return tl::unexpected(filled.error());
  AwaitCalm();
  return sample;
}

}  // namespace longshore::bench
