#include "cache/codec/probe.h"

#include <zstd.h>

#include <algorithm>

namespace longshore::codec {
namespace {

constexpr uint64_t kSamples = 3;
constexpr int kFastLevel = 1;

}  // namespace

std::vector<ByteRange> Samples(uint64_t size) {
  std::vector<ByteRange> samples;
  const uint64_t most = std::min<uint64_t>(kSampleBytes, (size + kSamples - 1) / kSamples);
  if (most == 0) return samples;
  for (const uint64_t begin : {uint64_t{0}, (size - most) / 2, size - most}) {
    const uint64_t from = samples.empty() ? begin : std::max(begin, samples.back().end);
    if (from < begin + most) samples.push_back({from, begin + most});
  }
  return samples;
}

bool WorthCompressing(std::span<const std::string> samples) {
  uint64_t before = 0;
  uint64_t after = 0;
  std::string out;
  for (const std::string& sample : samples) {
    out.resize(ZSTD_compressBound(sample.size()));
    const size_t size =
        ZSTD_compress(out.data(), out.size(), sample.data(), sample.size(), kFastLevel);
    if (ZSTD_isError(size) != 0) return false;
    before += sample.size();
    after += size;
  }
  return before > 0 && after * 5 <= before * 4;
}

}  // namespace longshore::codec
