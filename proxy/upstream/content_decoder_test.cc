#include "proxy/upstream/content_decoder.h"

#include <doctest/doctest.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/zstd_frames.h"

namespace longshore {
namespace {

std::string Zstd(std::string_view data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), data.data(), data.size(), 3);
  REQUIRE(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

std::string Gzip(std::string_view data) {
  z_stream zlib{};
  REQUIRE(deflateInit2(&zlib, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&zlib, data.size()), '\0');
  zlib.next_in = reinterpret_cast<const Bytef*>(data.data());
  zlib.avail_in = static_cast<uInt>(data.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

struct Coding {
  std::string name;
  std::string (*encode)(std::string_view);
};
const std::vector<Coding> kCodings{{"zstd", Zstd}, {"gzip", Gzip}};

// Some of it repeats, near and far, and some does not.
std::string Sample() {
  std::string noise;
  for (uint32_t i = 0, state = 1; i < 200; ++i, state = state * 1664525 + 1013904223) {
    noise += static_cast<char>(state >> 24);
  }
  return noise + std::string(1000, 'z') + noise.substr(50) + "layer layer layer" + noise;
}

// All of `encoded`, brought `cut` bytes at a time and decoded `room` bytes at a time. Nothing if
// it was refused, or may not end there.
std::optional<std::string> Decoded(const std::string& coding, std::string_view encoded,
                                   size_t cut = SIZE_MAX, size_t room = 1 << 16) {
  const auto decoder = MakeContentDecoder(coding);
  std::string decoded;
  std::string piece(room, '\0');
  while (!encoded.empty()) {
    std::string_view input = encoded.substr(0, cut);
    encoded.remove_prefix(input.size());
    for (size_t made = room; made == room;) {
      const auto result = decoder->Decode(input, piece);
      if (!result) {
        CHECK(result.error().code == Code::kBadUpstream);
        return std::nullopt;
      }
      made = *result;
      decoded.append(piece, 0, made);
    }
    REQUIRE(input.empty());
  }
  if (!decoder->IsWhole()) return std::nullopt;
  return decoded;
}

TEST_CASE("however the input is cut, and whatever room there is, the same bytes come out") {
  const std::string sample = Sample();
  for (const auto& [name, encode] : kCodings) {
    CAPTURE(name);
    const std::string encoded = encode(sample);
    REQUIRE(encoded.size() < sample.size() / 2);
    bool same = true;
    for (size_t cut = 1; cut <= encoded.size(); ++cut) {
      for (const size_t room : std::vector<size_t>{1, 2, 3, 7, 64, 1000, 100'000}) {
        same = same && Decoded(name, encoded, cut, room) == sample;
      }
    }
    for (size_t room = 1; room <= sample.size() + 1; ++room) {
      same = same && Decoded(name, encoded, SIZE_MAX, room) == sample;
    }
    CHECK(same);
  }
}

TEST_CASE("one member or frame follows the other, empty ones too") {
  const std::string skipped("\x5E\x2A\x4D\x18\x03\0\0\0abc", 11);
  for (const auto& [name, encode] : kCodings) {
    CAPTURE(name);
    std::string encoded = encode("a") + encode("") + encode("bc");
    if (name == "zstd") encoded = skipped + encoded + skipped;
    for (size_t cut = 1; cut <= encoded.size(); ++cut) {
      for (size_t room = 1; room <= 4; ++room) CHECK(Decoded(name, encoded, cut, room) == "abc");
    }
  }
}

TEST_CASE("what ends within a member or frame is not whole") {
  const std::string sample = Sample();
  for (const auto& [name, encode] : kCodings) {
    CAPTURE(name);
    const std::string one = encode(sample);
    const std::string two = one + encode("more");
    CHECK(Decoded(name, "") == "");
    for (size_t size = 1; size < two.size(); ++size) {
      CAPTURE(size);
      const auto decoded = Decoded(name, std::string_view(two).substr(0, size));
      CHECK(decoded == (size == one.size() ? std::optional(sample) : std::nullopt));
    }
  }
}

TEST_CASE("what follows the end, and is no other member or frame, is refused") {
  for (const auto& [name, encode] : kCodings) {
    CAPTURE(name);
    const std::string encoded = encode("content");
    for (const std::string& rest :
         {std::string(1, '\0'), std::string(512, '\0'), std::string("rubbish"),
          std::string("\x28rubbish"), std::string("\x1F\x8Crubbish")}) {
      for (const size_t cut : {size_t{1}, encoded.size(), SIZE_MAX}) {
        CHECK_FALSE(Decoded(name, encoded + rest, cut));
      }
    }
  }
}

TEST_CASE("neither zlib, raw deflate nor what zstd was before its format is taken") {
  const std::string sample = Sample();
  std::string zlib(compressBound(sample.size()), '\0');
  uLongf size = zlib.size();
  REQUIRE(compress(reinterpret_cast<Bytef*>(zlib.data()), &size,
                   reinterpret_cast<const Bytef*>(sample.data()), sample.size()) == Z_OK);
  zlib.resize(size);
  CHECK_FALSE(Decoded("gzip", zlib));
  CHECK_FALSE(Decoded("gzip", zlib.substr(2)));
  CHECK_FALSE(Decoded("gzip", Zstd(sample)));
  CHECK_FALSE(Decoded("zstd", Gzip(sample)));
  for (const char version : {'\x1E', '\x22', '\x23', '\x24', '\x25', '\x26', '\x27'}) {
    const auto decoder = MakeContentDecoder("zstd");
    const std::string magic = version + std::string("\xB5\x2F\xFD");
    std::string_view input = magic;
    std::string piece(10, '\0');
    CHECK_FALSE(decoder->Decode(input, piece));
  }
}

TEST_CASE("gzip's checksum is looked at") {
  std::string encoded = Gzip("content");
  encoded[encoded.size() - 8] ^= 1;
  CHECK_FALSE(Decoded("gzip", encoded));
}

TEST_CASE("a window of 8 MiB is taken, a larger one is not") {
  constexpr uint64_t kSize = 1 << 20;
  CHECK(Decoded("zstd", ZstdOfZeros(kSize, 23)) == std::string(kSize, '\0'));
  CHECK_FALSE(Decoded("zstd", ZstdOfZeros(kSize, 24)));
  CHECK_FALSE(Decoded("zstd", ZstdOfZeros(kSize, 41)));
}

TEST_CASE("a bomb gives a piece at a time, and its input waits") {
  const std::string sample(16 << 20, '\0');
  for (const auto& [name, encode] : kCodings) {
    CAPTURE(name);
    const std::string encoded = encode(sample);
    std::string_view input = encoded;
    const auto decoder = MakeContentDecoder(name);
    std::string piece(1 << 16, '\0');
    for (size_t seen = 0; seen < sample.size() / 2; seen += piece.size()) {
      REQUIRE(decoder->Decode(input, piece) == piece.size());
    }
    CHECK(input.size() > encoded.size() / 3);
    CHECK_FALSE(decoder->IsWhole());
  }
}

TEST_CASE("a coding goes by two names, and what was not asked for is refused by its own") {
  CHECK(Decoded("x-gzip", Gzip("content")) == "content");
  CHECK(MakeContentDecoder("") == nullptr);
  for (const std::string coding : {"br", "deflate", "gzip, gzip", "aws-chunked"}) {
    const auto decoder = MakeContentDecoder(coding);
    CHECK(decoder->IsWhole());  // an answer without content
    std::string_view input = "x";
    std::string piece(10, '\0');
    const auto refused = decoder->Decode(input, piece);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.ends_with(": " + coding));
  }
}

}  // namespace
}  // namespace longshore
