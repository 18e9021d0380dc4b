#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/result.h"

namespace longshore::codec {

// Where each frame of a compressed blob lies: the table at the end of a file in the zstd seekable
// format 0.1.0 (zstd, contrib/seekable_format/zstd_seekable_compression_format.md), which `zstd -d`
// skips.
//   0x184D2A5E, bytes to follow | for each frame: stored size, identity size | number of frames,
//   descriptor (one byte, here 0: no checksums, as the frames have their own), 0x8F92EAB1
// All numbers but the descriptor are four bytes, little-endian.
//
// Frames follow each other without gaps in both countings. Immutable once it is read: then any
// thread.
class SeekTable {
 public:
  static constexpr size_t kFooterBytes = 9;
  static constexpr size_t kMaxFrames = 1 << 20;  // 16 MiB in memory; a blob of 1 TiB

  // Of a file of `file_size` bytes whose last kFooterBytes are `footer`: the bytes at its end that
  // are the table. kCorrupt: it has none, or one that cannot be.
  [[nodiscard]] static Result<uint64_t> TableBytes(std::string_view footer, uint64_t file_size);
  // `table` is the last TableBytes() of that file. Any bytes are safe; what is not a table of
  // non-empty frames that fill the rest of the file exactly is kCorrupt.
  [[nodiscard]] static Result<SeekTable> Parse(std::string_view table, uint64_t file_size);

  // The writer's side: the next frame, then the bytes of the whole table.
  void Add(size_t stored_bytes, size_t identity_bytes);
  std::string Encode() const;

  size_t FrameCount() const { return ends_.size(); }
  uint64_t IdentityBytes() const { return ends_.empty() ? 0 : ends_.back().identity; }
  uint64_t StoredBytes() const { return ends_.empty() ? 0 : ends_.back().stored; }  // the frames'
  // The frame that holds the identity byte at `offset`, which is below IdentityBytes(). O(log n).
  size_t FrameAt(uint64_t offset) const;
  // Of frame `index`, which is below FrameCount().
  ByteRange Stored(size_t index) const;
  ByteRange Identity(size_t index) const;

 private:
  struct End {
    uint64_t stored;
    uint64_t identity;
  };
  std::vector<End> ends_;
};

}  // namespace longshore::codec
