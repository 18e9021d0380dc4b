#include "cache/codec/seek_table.h"

#include <doctest/doctest.h>

#include <random>

#include "cache/codec/frame.h"

namespace longshore::codec {
namespace {

using namespace std::string_literals;

SeekTable ThreeFrames() {
  SeekTable table;
  table.Add(10, 100);
  table.Add(200, 300);
  table.Add(5, 50);
  return table;
}

// Both steps of a reader.
Result<SeekTable> Read(std::string_view table, uint64_t file_size) {
  const size_t footer = std::min(table.size(), SeekTable::kFooterBytes);
  const auto bytes = SeekTable::TableBytes(table.substr(table.size() - footer), file_size);
  if (!bytes) return tl::unexpected(bytes.error());
  return SeekTable::Parse(table, file_size);
}

void CheckCorrupt(const std::string& table, uint64_t file_size) {
  const auto read = Read(table, file_size);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::kCorrupt);
}

TEST_CASE("a table is the bytes that the format asks for") {
  SeekTable table;
  table.Add(0x0102, 0x030405);
  CHECK(table.Encode() ==
        "\x5E\x2A\x4D\x18\x11\0\0\0\x02\x01\0\0\x05\x04\x03\0\x01\0\0\0\0\xB1\xEA\x92\x8F"s);
}

TEST_CASE("frames follow each other in both countings") {
  const std::string bytes = ThreeFrames().Encode();
  const uint64_t file_size = 215 + bytes.size();
  CHECK(SeekTable::TableBytes(bytes.substr(bytes.size() - SeekTable::kFooterBytes), file_size) ==
        bytes.size());
  const auto table = Read(bytes, file_size);
  REQUIRE(table);
  CHECK(table->FrameCount() == 3);
  CHECK(table->IdentityBytes() == 450);
  CHECK(table->StoredBytes() == 215);
  CHECK(table->Stored(0) == ByteRange{0, 10});
  CHECK(table->Stored(1) == ByteRange{10, 210});
  CHECK(table->Stored(2) == ByteRange{210, 215});
  CHECK(table->Identity(0) == ByteRange{0, 100});
  CHECK(table->Identity(2) == ByteRange{400, 450});
}

TEST_CASE("every offset is found in the frame that holds it") {
  const SeekTable table = ThreeFrames();
  for (uint64_t offset = 0; offset < table.IdentityBytes(); ++offset) {
    const ByteRange frame = table.Identity(table.FrameAt(offset));
    CHECK(frame.begin <= offset);
    CHECK(offset < frame.end);
  }
}

TEST_CASE("a table that is cut off, too long or of another file is damaged") {
  const std::string bytes = ThreeFrames().Encode();
  const uint64_t file_size = 215 + bytes.size();
  for (size_t size = 0; size < bytes.size(); ++size) {
    CheckCorrupt(bytes.substr(0, size), file_size);
    CheckCorrupt(bytes.substr(bytes.size() - size), file_size);
  }
  CheckCorrupt(bytes, file_size - 1);
  CheckCorrupt(bytes, file_size + 1);
  CheckCorrupt(bytes, 0);
  CheckCorrupt("x" + bytes, file_size + 1);
}

TEST_CASE("a frame without bytes or with too many is damage") {
  for (const auto& [stored, identity] :
       {std::pair<size_t, size_t>{0, 10}, {10, 0}, {kMaxFrameBytes + 1, 1}, {1, 0xffffffff}}) {
    SeekTable table;
    table.Add(stored, identity);
    const std::string bytes = table.Encode();
    CheckCorrupt(bytes, stored + bytes.size());
  }
}

TEST_CASE("a count that no memory would hold is refused by the footer alone") {
  const std::string footer = "\xff\xff\xff\xff\0\xB1\xEA\x92\x8F"s;
  const auto bytes = SeekTable::TableBytes(footer, UINT64_MAX);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code == Code::kCorrupt);
}

TEST_CASE("any bytes are safe to read") {
  const std::string good = ThreeFrames().Encode();
  for (unsigned seed = 1; seed <= 5000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string bytes = good;
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto table = Read(bytes, 215 + bytes.size());
    if (!table) CHECK(table.error().code == Code::kCorrupt);
    if (table) CHECK(table->StoredBytes() == 215);
  }
}

}  // namespace
}  // namespace longshore::codec
