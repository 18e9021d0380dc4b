#include "cache/fill/hash_follower.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/support/fault_disk.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

// A file being filled, and how often it was read back.
struct Bench {
  explicit Bench(size_t size) : bytes(size, '\0') {
    std::mt19937 random(static_cast<unsigned>(size));
    for (char& c : bytes) c = static_cast<char>(random());
    blob =
        std::make_shared<PartialBlob>(Digest::Of(bytes), size, *disk.Create(folder.path() + "/f"));
    follower = std::make_unique<HashFollower>(blob, disk);
  }
  bool Write(uint64_t at, size_t size) {
    const std::string piece = bytes.substr(at, size);
    REQUIRE(disk.WriteAt(*blob->file(), at, piece));
    blob->Publish({at, at + piece.size()});
    return follower->Offer(at, piece);
  }
  // Reads of the file that `work` makes.
  template <typename Work>
  uint64_t Reads(Work work) {
    const uint64_t before = plan.count();
    work();
    return plan.count() - before;
  }

  FaultPlan plan;
  FaultDisk disk{plan};
  TempFolder folder;
  std::string bytes;
  std::shared_ptr<PartialBlob> blob;
  std::unique_ptr<HashFollower> follower;
};

TEST_CASE("bytes that come in order are never read back") {
  Bench bench(1'000'000);
  for (size_t at = 0; at < 1'000'000; at += 100'000) {
    CHECK(bench.Write(at, 100'000));
    CHECK(bench.Reads([&] { CHECK_FALSE(*bench.follower->Drain(UINT64_MAX)); }) == 0);
  }
  CHECK(*bench.follower->Finish() == Digest::Of(bench.bytes));
}

TEST_CASE("bytes that come early wait, and are hashed from memory in their turn") {
  Bench bench(300'000);
  CHECK(bench.Write(200'000, 100'000));
  CHECK_FALSE(bench.Write(100'000, 100'000));  // a drain is on its way already
  CHECK_FALSE(*bench.follower->Drain(UINT64_MAX));
  CHECK(bench.Write(0, 100'000));
  CHECK(bench.Reads([&] { CHECK(*bench.follower->Finish() == Digest::Of(bench.bytes)); }) == 0);
}

TEST_CASE("what was present before is read back") {
  Bench bench(600'000);
  REQUIRE(bench.disk.WriteAt(*bench.blob->file(), 0, bench.bytes.substr(0, 400'000)));
  bench.blob->Publish({0, 400'000});
  CHECK(bench.Write(400'000, 200'000));
  CHECK(bench.Reads([&] { CHECK(*bench.follower->Finish() == Digest::Of(bench.bytes)); }) == 2);
}

TEST_CASE("memory is bounded: what lies furthest ahead is read back instead") {
  const size_t size = 3 * HashFollower::kMaxQueued;
  const size_t piece = 1 << 20;
  Bench bench(size);
  for (size_t at = size; at > 0; at -= piece) bench.Write(at - piece, piece);
  const uint64_t reads =
      bench.Reads([&] { CHECK(*bench.follower->Finish() == Digest::Of(bench.bytes)); });
  CHECK(reads == (size - HashFollower::kMaxQueued) / HashFollower::kReadBack);
}

TEST_CASE("a drain gives way after its share") {
  Bench bench(300'000);
  for (size_t at = 0; at < 300'000; at += 100'000) bench.Write(at, 100'000);
  CHECK(*bench.follower->Drain(1));
  CHECK(*bench.follower->Drain(1));
  CHECK(*bench.follower->Drain(1));
  CHECK_FALSE(*bench.follower->Drain(1));
}

TEST_CASE("sealing too early and a file that cannot be read are errors") {
  Bench bench(200'000);
  bench.Write(0, 100'000);
  CHECK(bench.follower->Finish().error().code == Code::kInternal);
  Bench unreadable(200'000);
  unreadable.blob->Publish({0, 200'000});
  CHECK(unreadable.follower->Finish().error().code == Code::kIo);  // the file is empty
  Bench broken(200'000);
  broken.Write(100'000, 100'000);
  broken.blob->Publish({0, 100'000});
  broken.plan.DieAt(broken.plan.count() + 1);
  CHECK(broken.follower->Drain(UINT64_MAX).error().code == Code::kIo);
}

TEST_CASE("any order gives the digest of the whole") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Bench bench(1 + random() % 500'000);
    std::vector<ByteRange> pieces;
    for (uint64_t at = 0; at < bench.bytes.size();) {
      const uint64_t end = std::min<uint64_t>(bench.bytes.size(), at + 1 + random() % 60'000);
      pieces.push_back({at, end});
      at = end;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    for (const ByteRange& piece : pieces) {
      bench.Write(piece.begin, piece.size());
      if (random() % 3 == 0) (void)bench.follower->Drain(random() % 100'000);
    }
    CHECK(*bench.follower->Finish() == Digest::Of(bench.bytes));
  }
}

}  // namespace
}  // namespace longshore
