#include "bench/replay/workload.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "cache/index/charge.h"

namespace longshore::bench {
namespace {

// FNV-1a, then MurmurHash3's finalizer: its high bits are as good as its low ones.
uint64_t Hash(const std::string& name, uint64_t salt) {
  uint64_t hash = 0xcbf29ce484222325u ^ (salt * 0x9e3779b97f4a7c15u);
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
  return hash ^ hash >> 33;
}

double Uniform(const std::string& name, uint64_t salt) {
  return std::ldexp(static_cast<double>(Hash(name, salt) >> 11), -53);
}

struct Quantile {
  double share;
  double bytes;
};
constexpr double k64Mib = 64 << 20;
// The last makes the mean of the 5.9 % above 64 MiB 154 MB, and so that of all 14 MB.
constexpr std::array<Quantile, 5> kQuantiles = {
    {{0, 100}, {0.65, 1e6}, {0.80, 1e7}, {0.941, k64Mib}, {1, 296e6}}};

}  // namespace

uint64_t BlobSize(const std::string& name, uint64_t salt) {
  const double share = Uniform(name, salt);
  size_t i = 1;
  while (i + 1 < kQuantiles.size() && share >= kQuantiles[i].share) ++i;
  const Quantile& low = kQuantiles[i - 1];
  const Quantile& high = kQuantiles[i];
  const double part = (share - low.share) / (high.share - low.share);
  return static_cast<uint64_t>(low.bytes * std::pow(high.bytes / low.bytes, part));
}

uint64_t ManifestSize(const std::string& name, uint64_t salt) {
  return static_cast<uint64_t>(500 * std::pow(20, Uniform(name, salt)));
}

uint64_t Workload::UniqueBytes() const {
  return std::accumulate(sizes.begin(), sizes.end(), uint64_t{0});
}

std::string Workload::Describe() const {
  const auto share = [&](double bytes) {
    const auto under = std::count_if(sizes.begin(), sizes.end(), [&](uint64_t size) {
      return static_cast<double>(size) < bytes;
    });
    return 100 * static_cast<double>(under) / static_cast<double>(sizes.size());
  };
  double bytes = 0;
  double large = 0;
  double large_bytes = 0;
  for (const uint32_t object : requests) {
    const auto size = static_cast<double>(sizes[object]);
    bytes += size;
    large += size > k64Mib ? 1 : 0;
    large_bytes += size > k64Mib ? size : 0;
  }
  const auto unique = static_cast<double>(UniqueBytes());
  const auto asked = static_cast<double>(requests.size());
  std::array<char, 512> text{};
  std::snprintf(
      text.data(), text.size(),
      "%zu requests of %.1f GB, %zu objects of %.1f GB\n"
      "objects: %.1f %% under 1 MB, %.1f %% under 10 MB, %.1f %% over 64 MiB, mean %.1f MB\n"
      "requests: %.1f %% over 64 MiB with %.1f %% of the bytes, mean %.1f MB\n",
      requests.size(), bytes / 1e9, sizes.size(), unique / 1e9, share(1e6), share(1e7),
      100 - share(k64Mib), unique / 1e6 / static_cast<double>(sizes.size()), 100 * large / asked,
      100 * large_bytes / bytes, bytes / 1e6 / asked);
  return text.data();
}

void WorkloadBuilder::Request(const std::string& name, uint64_t size) {
  const auto [at, is_new] =
      numbers_.try_emplace(name, static_cast<uint32_t>(workload_.sizes.size()));
  if (is_new) workload_.sizes.push_back(Charge(size));
  workload_.requests.push_back(at->second);
}

}  // namespace longshore::bench
