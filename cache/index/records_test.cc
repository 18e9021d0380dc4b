#include "cache/index/records.h"

#include <doctest/doctest.h>

#include <random>

#include "cache/index/coding.h"

namespace longshore {
namespace {

const Digest kShort = Digest::Of("short");
const Digest kLong = Digest::Of("long", DigestAlgorithm::kSha512);

RangeSet Ranges(std::initializer_list<ByteRange> ranges) {
  RangeSet set;
  for (const ByteRange& range : ranges) set.Add(range);
  return set;
}

BlobRecord ABlob() {
  return {1 << 20, 12345, BlobEncoding::kZstdFrames, 1'700'000'000'000, -1};
}
ExtentRecord AnExtent() {
  return {500'000, 520'000, "sha256-ab.0", Ranges({{0, 1}}), Ranges({{0, 100}, {200, 500'000}}),
          "boot"};
}
ManifestRecord AManifest() {
  return {"application/json", std::string("{\0}", 3), {{kShort, 7}, {kLong, 0}}, 5};
}

// Every record, as text and as a way to read it, so that one test serves all.
template <typename Record, typename Use>
void With(const Record& record, Use use) {
  use(
      record.Encode(), [](std::string_view bytes) { return Record::Decode(bytes); }, record);
}
template <typename Use>
void ForEachRecord(Use use) {
  With(ABlob(), use);
  With(AnExtent(), use);
  With(AManifest(), use);
  With(TagRecord{kLong, 99}, use);
  With(LinkRecord{1'700'000'000'000, 1ull << 63, true}, use);
  With(AccessRecord{-5, 3}, use);
  With(ScrubRecord{5, -1, std::string("\1\0k", 3)}, use);
  With(PinRecord{1'700'000'000'000}, use);
}

TEST_CASE("every record comes back as it was") {
  ForEachRecord([](const std::string& bytes, auto decode, const auto& record) {
    const auto back = decode(bytes);
    REQUIRE(back);
    CHECK(*back == record);
  });
}

TEST_CASE("a record cut short anywhere, or with a byte too many, is corrupt") {
  ForEachRecord([](const std::string& bytes, auto decode, const auto&) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      const auto cut = decode(std::string_view(bytes).substr(0, size));
      REQUIRE_FALSE(cut);
      CHECK(cut.error().code == Code::kCorrupt);
    }
    CHECK_FALSE(decode(bytes + '\0'));
  });
}

TEST_CASE("a record of a later version is corrupt to this one") {
  ForEachRecord([](std::string bytes, auto decode, const auto&) {
    bytes[0] = 2;
    const auto later = decode(bytes);
    REQUIRE_FALSE(later);
    CHECK(later.error().message.find("unknown version") != std::string::npos);
  });
}

TEST_CASE("no bytes at all crash a decoder, and what decodes encodes to the same record") {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ForEachRecord([&](std::string bytes, auto decode, const auto&) {
      // Half of the time a good record with a few bytes changed: that gets further in.
      if (random() % 2 == 0) {
        bytes.resize(random() % 80);
        for (char& c : bytes) c = static_cast<char>(random());
        if (!bytes.empty()) bytes[0] = 1;
      } else {
        for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      const auto decoded = decode(bytes);
      if (decoded) CHECK(*decode(decoded->Encode()) == *decoded);
    });
  }
}

TEST_CASE("a staging name that leads elsewhere is corrupt") {
  for (const char* name : {"", "../index/CURRENT", "a/b"}) {
    ExtentRecord record = AnExtent();
    record.staging = name;
    CHECK_FALSE(ExtentRecord::Decode(record.Encode()));
  }
}

TEST_CASE("a count that the bytes cannot hold costs nothing") {
  Encoder out(1);
  out.Bytes("type");
  out.Bytes("{}");
  out.Signed(0);
  out.Number(UINT64_MAX);
  CHECK_FALSE(ManifestRecord::Decode(out.Take()));
}

TEST_CASE("varints at their edges") {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 63, UINT64_MAX}) {
    Encoder out(1);
    out.Number(value);
    const std::string bytes = out.Take();
    Decoder in(bytes);
    in.Byte();
    CHECK(in.Number() == value);
    CHECK(in.Complete());
  }
  Decoder over(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
  over.Number();
  CHECK(over.Failed());
  Decoder endless(std::string_view("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12));
  endless.Number();
  CHECK(endless.Failed());
}

TEST_CASE("what was only written counts while the kernel runs on") {
  const ExtentRecord record = AnExtent();
  CHECK(record.Present("boot", 500'000).ToString() == "[0,100) [200,500000)");
  CHECK(record.Present("another", 500'000).ToString() == "[0,1)");
  CHECK(record.Present("", 500'000).ToString() == "[0,1)");
}

TEST_CASE("nothing beyond the end of the file or of the blob is present") {
  CHECK(AnExtent().Present("boot", 300).ToString() == "[0,100) [200,300)");
  ExtentRecord record = AnExtent();
  record.durable.Add({0, 1'000'000});
  CHECK(record.Present("boot", 1'000'000).ToString() == "[0,500000)");
}

}  // namespace
}  // namespace longshore
