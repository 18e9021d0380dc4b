#include "cache/index/coding.h"

#include <limits>

namespace longshore {

void Encoder::Number(uint64_t value) {
  while (value >= 0x80) {
    Byte(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  Byte(static_cast<uint8_t>(value));
}

void Encoder::Signed(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  Number((bits << 1) ^ (value < 0 ? ~uint64_t{0} : 0));
}

void Encoder::Bytes(std::string_view value) {
  Number(value.size());
  out_ += value;
}

void Encoder::Name(const Digest& digest) {
  Byte(static_cast<uint8_t>(digest.algorithm()));
  out_ += digest.Raw();
}

void Encoder::Ranges(const RangeSet& ranges) {
  const auto list = ranges.Ranges();
  Number(list.size());
  uint64_t last = 0;
  for (const ByteRange& range : list) {
    Number(range.begin - last);
    Number(range.size());
    last = range.end;
  }
}

std::string_view Decoder::Take(uint64_t size) {
  if (failed_ || size > rest_.size()) {
    failed_ = true;
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

uint8_t Decoder::Byte() {
  const std::string_view byte = Take(1);
  return byte.empty() ? uint8_t{0} : static_cast<uint8_t>(byte[0]);
}

uint64_t Decoder::Number() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = Byte();
    if (failed_) return 0;
    const uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((byte & 0x80) == 0) return value;
  }
  failed_ = true;
  return 0;
}

int64_t Decoder::Signed() {
  const uint64_t bits = Number();
  return static_cast<int64_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~uint64_t{0} : 0));
}

std::string_view Decoder::Bytes() {
  return Take(Number());
}

Digest Decoder::Name() {
  const auto algorithm = static_cast<DigestAlgorithm>(Byte());
  const auto digest =
      Digest::FromRaw(algorithm, Take(algorithm == DigestAlgorithm::kSha512 ? 64 : 32));
  if (!digest) failed_ = true;
  return failed_ ? Digest() : *digest;
}

RangeSet Decoder::Ranges() {
  RangeSet ranges;
  uint64_t last = 0;
  for (uint64_t count = Number(); count > 0 && !failed_; --count) {
    const uint64_t gap = Number();
    const uint64_t size = Number();
    constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
    if (size == 0 || gap > kMax - last || size > kMax - last - gap) failed_ = true;
    if (failed_) break;
    last += gap + size;
    ranges.Add({last - size, last});
  }
  return failed_ ? RangeSet() : ranges;
}

}  // namespace longshore
