#include "cache/codec/probe.h"

#include <doctest/doctest.h>

#include <random>

namespace longshore::codec {
namespace {

std::string Noise(size_t size) {
  std::mt19937_64 random(size);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

bool Worth(const std::string& content) {
  std::vector<std::string> samples;
  for (const ByteRange& range : Samples(content.size())) {
    samples.push_back(content.substr(range.begin, range.size()));
  }
  return WorthCompressing(samples);
}

TEST_CASE("samples are the start, the middle and the end, and all of a small blob") {
  using Ranges = std::vector<ByteRange>;
  CHECK(Samples(0).empty());
  CHECK(Samples(1) == Ranges{{0, 1}});
  CHECK(Samples(1 << 20) == Ranges{{0, 65'536}, {491'520, 557'056}, {983'040, 1'048'576}});
  for (const uint64_t size : {2u, 3u, 5u, 1000u, 196'607u, 196'608u}) {
    RangeSet seen;
    for (const ByteRange& range : Samples(size)) seen.Add(range);
    CHECK(seen.Ranges() == Ranges{{0, size}});
  }
}

TEST_CASE("text is worth it, noise is not, and a fifth is the border") {
  CHECK(Worth(std::string(1 << 20, 'x')));
  CHECK_FALSE(Worth(Noise(1 << 20)));
  CHECK_FALSE(Worth(""));
  CHECK(Worth(Noise(70'000) + std::string(30'000, 'x')));
  CHECK_FALSE(Worth(Noise(90'000) + std::string(10'000, 'x')));
}

TEST_CASE("a compressible start alone does not deceive it") {
  CHECK_FALSE(Worth(std::string(30'000, 'x') + Noise(2 << 20)));
}

}  // namespace
}  // namespace longshore::codec
