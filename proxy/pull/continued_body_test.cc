#include "proxy/pull/continued_body.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/pull/blob_body.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

using Kind = BodyPiece::Kind;

constexpr uint64_t kSize = 64 * 1024;

// The rest, as a test wants it: `left` and then the end.
class Rest final : public BodySource {
 public:
  explicit Rest(std::string left) : left_(std::move(left)) {}
  BodyPiece Next(uint64_t max) override {
    BodyPiece piece;
    if (left_.empty()) return piece;
    piece.kind = Kind::kBytes;
    piece.bytes = left_.substr(0, max);
    left_.erase(0, piece.bytes.size());
    return piece;
  }
  void WhenReady(Task) override {}

 private:
  std::string left_;
};

// A client of some ranges of a stored blob, whose file somebody cuts off between two pages.
struct Fixture {
  explicit Fixture(std::vector<ByteRange> ranges) {
    for (uint64_t i = 0; i < kSize; ++i) content += static_cast<char>(i * i >> 7);
    std::ofstream(path, std::ios::binary) << content;
    file = PosixDisk().OpenRead(path).value();
    const BlobView view(std::make_shared<const SealedBlob>(
        SealedBlob{Digest::Of(content), kSize, file, nullptr, nullptr}));
    body.emplace(
        std::move(ranges),
        [this, view](ByteRange range) {
          return std::make_unique<BlobBody>(view, range, false, nullptr, executor, bed->impl());
        },
        [this](RelayedPart part) -> std::unique_ptr<BodySource> {
          asked.push_back(std::move(part));
          std::string left;
          for (const ByteRange& range : asked.back().wanted) {
            left += content.substr(range.begin, range.size());
          }
          return has_rest ? std::make_unique<Rest>(left) : nullptr;
        });
  }
  void CutOff(uint64_t size) { std::filesystem::resize_file(path, size); }
  // What the client gets until there is no more; `last` is how that is said.
  std::string Read(uint64_t max = 4096) {
    std::string read;
    for (;;) {
      BodyPiece piece = body->Next(max);
      last = piece.kind;
      if (piece.kind == Kind::kWait) {
        body->WhenReady([] {});
        bed->Settle();
        executor.RunAll();
      } else if (piece.kind == Kind::kFile) {
        std::string bytes(piece.size, '\0');
        const size_t got = PosixDisk().ReadAt(*piece.file, piece.offset, bytes).value();
        read += bytes.substr(0, got);
        if (got < piece.size) REQUIRE(body->TakeBack(piece.size - got));
      } else if (piece.kind == Kind::kBytes) {
        read += piece.bytes;
      } else {
        return read;
      }
    }
  }
  std::string Wanted(const std::vector<ByteRange>& ranges) const {
    std::string wanted;
    for (const ByteRange& range : ranges) wanted += content.substr(range.begin, range.size());
    return wanted;
  }

  TempFolder folder;
  const std::string path = folder.path() + "/blob";
  std::string content;
  FilePtr file;
  Machine machine;
  std::unique_ptr<CacheBed> bed = machine.Start();
  FakeClock clock;
  ManualExecutor executor{clock};
  bool has_rest = true;
  std::vector<RelayedPart> asked;
  std::optional<ContinuedBody> body;
  Kind last = Kind::kWait;
};

const std::vector<ByteRange> kThree = {{100, 1100}, {20'480, 30'000}, {30'000, 40'001}};

TEST_CASE("ranges whose file can be read come from there, one after the other") {
  Fixture f(kThree);
  CHECK(f.Read() == f.Wanted(kThree));
  CHECK(f.last == Kind::kEnd);
  CHECK(f.asked.empty());
}

TEST_CASE("where the file cannot be read all that is left is asked for at once") {
  Fixture f(kThree);
  uint64_t cut = 0;
  std::vector<ByteRange> wanted;
  std::vector<ByteRange> sent;
  SUBCASE("in the second range") {
    cut = 24'576;
    wanted = {{cut, 30'000}, {30'000, 40'001}};
    sent = {{100, 1100}, {20'480, cut}};
  }
  SUBCASE("before the second range") {
    cut = 12'288;
    wanted = {{20'480, 30'000}, {30'000, 40'001}};
    sent = {{100, 1100}};
  }
  SUBCASE("before all of it") {
    wanted = kThree;
  }
  f.CutOff(cut);
  CHECK(f.Read() == f.Wanted(kThree));
  CHECK(f.last == Kind::kEnd);
  REQUIRE(f.asked.size() == 1);
  CHECK(f.asked[0].wanted == wanted);
  CHECK(f.asked[0].sent == sent);
}

TEST_CASE("what was to be sent from memory and is not there is taken back, and asked for") {
  Fixture f({{0, kSize}});
  const BodyPiece piece = f.body->Next(10'000);
  REQUIRE(piece.kind == Kind::kFile);
  REQUIRE(f.body->TakeBack(piece.size - 1234));
  CHECK(f.Read() == f.content.substr(1234));
  CHECK(f.last == Kind::kEnd);
  REQUIRE(f.asked.size() == 1);
  CHECK(f.asked[0].wanted == std::vector<ByteRange>{{1234, kSize}});
  CHECK(f.asked[0].sent == std::vector<ByteRange>{{0, 1234}});
}

TEST_CASE("without a rest it ends short") {
  Fixture f(kThree);
  f.has_rest = false;
  f.CutOff(24'576);
  CHECK(f.Read() == f.Wanted({{100, 1100}, {20'480, 24'576}}));
  CHECK(f.last == Kind::kAbort);
}

TEST_CASE("what is left and goes back to bytes before is not asked for") {
  Fixture f({{20'480, 30'000}, {0, 100}});
  f.CutOff(24'576);
  CHECK(f.Read() == f.Wanted({{20'480, 24'576}}));
  CHECK(f.last == Kind::kAbort);
  CHECK(f.asked.empty());
}

}  // namespace
}  // namespace longshore
