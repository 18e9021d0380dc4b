#include "cache/codec/frame.h"

#include <doctest/doctest.h>
#include <zstd.h>

#include <random>
#include <vector>

#include "cache/codec/frame_writer.h"

namespace longshore::codec {
namespace {

using Random = std::mt19937_64;

std::string Noise(size_t size, Random& random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

// Runs of noise and of repetition, as in a layer.
std::string Content(size_t size, Random& random) {
  std::string bytes;
  while (bytes.size() < size) {
    const size_t run = 1 + random() % (64 << 10);
    bytes += random() % 2 == 0 ? Noise(run, random) : std::string(run, static_cast<char>(random()));
  }
  bytes.resize(size);
  return bytes;
}

std::string EncodeAll(std::string_view identity) {
  FrameWriter writer;
  std::string file;
  for (; !identity.empty(); identity.remove_prefix(std::min(identity.size(), kFrameBytes))) {
    const auto frame = writer.Add(identity.substr(0, kFrameBytes));
    REQUIRE(frame);
    file += *frame;
  }
  return file + writer.Finish();
}

Result<SeekTable> ReadTable(std::string_view file) {
  const size_t footer = std::min(file.size(), SeekTable::kFooterBytes);
  const auto bytes = SeekTable::TableBytes(file.substr(file.size() - footer), file.size());
  if (!bytes) return tl::unexpected(bytes.error());
  return SeekTable::Parse(file.substr(file.size() - *bytes), file.size());
}

Result<std::string> DecodeAll(std::string_view file) {
  const auto table = ReadTable(file);
  if (!table) return tl::unexpected(table.error());
  std::string identity;
  for (size_t i = 0; i < table->FrameCount(); ++i) {
    const ByteRange stored = table->Stored(i);
    auto frame = DecodeFrame(file.substr(stored.begin, stored.size()), table->Identity(i).size());
    if (!frame) return frame;
    identity += *frame;
  }
  return identity;
}

std::string Damage(std::string file, Random& random) {
  const size_t at = random() % file.size();
  switch (random() % 3) {
    case 0:
      return file.substr(0, at);
    case 1:
      file[at] = static_cast<char>(file[at] ^ (1 << random() % 8));
      return file;
    default:
      file.erase(at, 1 + random() % 16);
      return file;
  }
}

TEST_CASE("any blob comes back, frame by frame and by zstd itself") {
  Random random(1);
  for (const size_t size : {size_t{1}, kFrameBytes - 1, kFrameBytes, kFrameBytes + 1,
                            size_t{random() % (4 * kFrameBytes) + 1}}) {
    CAPTURE(size);
    const std::string identity = Content(size, random);
    const std::string file = EncodeAll(identity);
    CHECK(DecodeAll(file).value_or("") == identity);
    std::string whole(size, '\0');
    CHECK(ZSTD_decompress(whole.data(), whole.size(), file.data(), file.size()) == size);
    CHECK(whole == identity);
  }
}

TEST_CASE("a damaged file gives the right bytes or kCorrupt, never others") {
  Random content(1);
  const std::string identity = Content(kFrameBytes + 100'000, content);
  const std::string file = EncodeAll(identity);
  int refused = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const auto decoded = DecodeAll(Damage(file, random));
    if (decoded) CHECK(*decoded == identity);
    if (decoded) continue;
    ++refused;
    CHECK(decoded.error().code == Code::kCorrupt);
  }
  CHECK(refused > 250);
}

TEST_CASE("a frame is decoded whole or not at all") {
  const std::string identity(100'000, 'x');
  FrameWriter writer;
  const std::string frame = writer.Add(identity).value();
  CHECK(DecodeFrame(frame, identity.size()).value() == identity);
  const std::pair<std::string, size_t> wrong[] = {
      {frame, identity.size() - 1},
      {frame, identity.size() + 1},
      {frame, 0},
      {frame, kMaxFrameBytes + 1},
      {frame.substr(0, frame.size() - 1), identity.size()},
      {frame + "x", identity.size()},
      {frame + frame, 2 * identity.size()},
      {"", 0},
      {writer.Finish(), 1},
      {writer.Finish(), 0},
  };
  for (const auto& [stored, size] : wrong) {
    const auto decoded = DecodeFrame(stored, size);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == Code::kCorrupt);
  }
}

TEST_CASE("each frame carries a checksum of its bytes") {
  FrameWriter writer;
  std::string frame = writer.Add(std::string(1000, 'x')).value();
  frame.back() = static_cast<char>(frame.back() ^ 1);
  const auto decoded = DecodeFrame(frame, 1000);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().message.find("checksum") != std::string::npos);
}

TEST_CASE("a writer refuses what no table may name") {
  FrameWriter writer;
  CHECK_FALSE(writer.Add(""));
  CHECK_FALSE(writer.Add(std::string(kFrameBytes + 1, 'x')));
}

}  // namespace
}  // namespace longshore::codec
