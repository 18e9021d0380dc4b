#include "cache/codec/seek_table.h"

#include "cache/codec/frame.h"
#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

void CheckFrames(const codec::SeekTable& table) {
  uint64_t stored = 0;
  uint64_t identity = 0;
  for (size_t i = 0; i < table.FrameCount(); ++i) {
    const ByteRange on_disk = table.Stored(i);
    const ByteRange of_blob = table.Identity(i);
    Require(on_disk.begin == stored && of_blob.begin == identity, "frames follow each other");
    Require(!on_disk.empty() && on_disk.size() <= codec::kMaxFrameBytes && !of_blob.empty() &&
                of_blob.size() <= codec::kMaxFrameBytes,
            "a frame has bytes, and few");
    Require(table.FrameAt(of_blob.begin) == i && table.FrameAt(of_blob.end - 1) == i,
            "a byte is found in its frame");
    stored = on_disk.end;
    identity = of_blob.end;
  }
  Require(stored == table.StoredBytes() && identity == table.IdentityBytes(),
          "frames are all there is");
}

}  // namespace

// Four bytes of what the file holds before its table, then the table.
void SeekTable(std::string_view input) {
  const uint64_t before = TakeNumber(input, 4);
  const uint64_t file_size = before + input.size();
  const auto table = codec::SeekTable::Parse(input, file_size);
  if (!table) {
    Require(table.error().code == Code::kCorrupt, "what cannot be read is damaged");
    return;
  }
  const auto footer = input.substr(input.size() - codec::SeekTable::kFooterBytes);
  Require(codec::SeekTable::TableBytes(footer, file_size) == input.size(),
          "the footer says how long the table is");
  Require(table->StoredBytes() == before, "the frames fill the file");
  CheckFrames(*table);
  Require(table->Encode() == input, "a table has one form");
}

}  // namespace longshore::fuzz
