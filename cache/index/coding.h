#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cache/base/byte_range.h"
#include "cache/base/digest.h"

namespace longshore {

// Writes the fields of one record: LEB128 varints, and byte strings with their length before them.
class Encoder {
 public:
  explicit Encoder(uint8_t version) { Byte(version); }

  void Byte(uint8_t value) { out_ += static_cast<char>(value); }
  void Number(uint64_t value);
  void Signed(int64_t value);  // zigzag: small either side of zero stays small
  void Bytes(std::string_view value);
  void Name(const Digest& digest);
  void Ranges(const RangeSet& ranges);  // count, then for each the gap before it and its length

  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Encoder wrote, from bytes that nobody vouches for. The first field that does not fit
// sets Failed(); every read after that yields an empty value. Views point into the input.
class Decoder {
 public:
  explicit Decoder(std::string_view input) : rest_(input) {}

  uint8_t Byte();
  uint64_t Number();
  int64_t Signed();
  std::string_view Bytes();
  Digest Name();
  RangeSet Ranges();

  bool Failed() const { return failed_; }
  // Every field fitted and nothing is left over.
  bool Complete() const { return !failed_ && rest_.empty(); }
  size_t Left() const { return rest_.size(); }

 private:
  std::string_view Take(uint64_t size);

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace longshore
