#include "cache/upkeep/scrubber.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kPeriod = 30 * kDay;

std::string Content(int n) {
  const auto seed = static_cast<size_t>(n);
  std::string bytes(100'000 + seed * 1000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(seed + i * i / 13);
  return bytes;
}

struct Bench {
  explicit Bench(Duration period = kPeriod) {
    machine.scrub = period;
    bed = machine.Start();
    for (int n = 0; n < 8; ++n) {
      const std::string content = Content(n);
      contents[Digest::Of(content)] = content;
      REQUIRE(bed->Fill(content));
      total += content.size();
    }
  }
  const CacheStats& stats() const { return (*bed)->stats(); }
  // Time in steps in which the scrub may do all it wants to.
  void Pass(Duration time, Duration step = std::chrono::hours(1)) {
    constexpr Duration kTick{1'000};
    for (; time.count() > 0; time -= step) {
      bed->clock().Advance(step - kTick);
      bed->Tick();
    }
  }
  void Restart() { bed = machine.Restart(std::move(bed)); }
  void CheckInvariants() {
    for (const std::string& sentence : BrokenInvariants(*bed, machine.path(), contents)) {
      FAIL_CHECK(sentence);
    }
  }

  Machine machine;
  std::unique_ptr<CacheBed> bed;
  ContentByDigest contents;
  uint64_t total = 0;
};

// 10 seconds of a rate are the most that a pause is worth, so time is given in small steps.
constexpr Duration kStep{9'000};

TEST_CASE("every blob is read once in a pass, and a pass takes most of its period") {
  Bench b(std::chrono::hours(1));
  // The first pass begins now, and all were sealed just before.
  b.bed->clock().Advance(Duration(1));
  b.Pass(std::chrono::minutes(30), kStep);
  CHECK(b.stats().scrubbed_bytes > b.total / 3);
  CHECK(b.stats().scrubbed_bytes < b.total);
  CHECK(b.stats().scrub_last_pass_at == 0);
  b.Pass(std::chrono::minutes(30), kStep);
  CHECK(b.stats().scrubbed_bytes == b.total);
  CHECK(b.stats().scrub_last_pass_at > 0);
  CHECK(b.stats().corrupt_blobs == 0);
  b.Pass(std::chrono::minutes(58), kStep);
  CHECK(b.stats().scrubbed_bytes == 2 * b.total);
}

TEST_CASE("a blob that rots is counted, quarantined, and fetched anew") {
  Bench b(std::chrono::hours(1));
  const std::string content = Content(3);
  const Digest digest = Digest::Of(content);
  const std::string path = BlobFiles::SealedPath(digest);
  SUBCASE("a bit flips") {
    b.machine.FlipByte(path, 77'777);
  }
  SUBCASE("the file is cut off") {
    fs::resize_file(b.machine.path() + "/" + path, 5000);
  }
  b.Pass(std::chrono::minutes(61), kStep);
  CHECK(b.stats().corrupt_blobs == 1);
  CHECK_FALSE(fs::exists(b.machine.path() + "/" + path));
  CHECK(fs::exists(b.machine.path() + "/quarantine/" + BlobFiles::StagingName(digest, 0)));
  CHECK_FALSE(b.bed->Blob(digest)->sealed);
  CHECK(b.bed->Fill(content));
  CHECK(b.bed->Read(digest).value() == content);
  b.Restart();
  b.CheckInvariants();
}

TEST_CASE("a blob that is gone is counted and fetched anew") {
  Bench b(std::chrono::hours(1));
  const Digest digest = Digest::Of(Content(5));
  fs::remove(b.machine.path() + "/" + BlobFiles::SealedPath(digest));
  b.Pass(std::chrono::minutes(61), kStep);
  CHECK(b.stats().corrupt_blobs == 1);
  CHECK_FALSE(b.bed->Blob(digest)->sealed);
  CHECK(b.bed->Fill(Content(5)));
  b.CheckInvariants();
}

TEST_CASE("a rotten blob that somebody reads reads as absent, and goes with its last reader") {
  Bench b(std::chrono::hours(1));
  const Digest digest = Digest::Of(Content(2));
  auto reader = b.bed->Blob(digest)->sealed;
  b.machine.FlipByte(BlobFiles::SealedPath(digest), 5);
  b.Pass(std::chrono::minutes(61), kStep);
  CHECK(b.stats().corrupt_blobs == 1);
  CHECK_FALSE(b.bed->Blob(digest)->sealed);
  CHECK(b.bed->Open(digest, Content(2).size()).error().code == Code::kNoSpace);
  reader.reset();
  CHECK(b.bed->Fill(Content(2)));
}

TEST_CASE("a restart goes on where the pass was") {
  Bench b(std::chrono::hours(1));
  b.bed->clock().Advance(Duration(1));
  b.Pass(std::chrono::minutes(24), kStep);
  const uint64_t before = b.stats().scrubbed_bytes;
  REQUIRE(before > 0);
  b.Restart();
  // The new machine's clock begins anew; the pass began in its future, so it is a pass all the
  // same.
  b.bed->clock().Advance(std::chrono::minutes(24));
  b.Pass(std::chrono::minutes(36), kStep);
  CHECK(b.stats().scrubbed_bytes == b.total - before);
  CHECK(b.stats().scrub_last_pass_at > 0);
}

TEST_CASE("what was proven since the pass began is left out") {
  Bench b(std::chrono::hours(1));
  b.bed->clock().Advance(Duration(1));
  b.bed->Tick();  // the pass begins
  const std::string late(50'000, 'l');
  REQUIRE(b.bed->Fill(late));
  b.Pass(std::chrono::minutes(58), kStep);
  CHECK(b.stats().scrub_last_pass_at > 0);
  CHECK(b.stats().scrubbed_bytes == b.total);
}

TEST_CASE("compressed blobs are proven by what they decode to") {
  Machine machine;
  machine.scrub = std::chrono::hours(1);
  machine.compress = true;
  auto bed = machine.Start();
  const std::string text(300'000, 't');
  REQUIRE(bed->Fill(text));
  bed->Compress();
  REQUIRE(bed->Blob(Digest::Of(text))->sealed->frames);
  bed->clock().Advance(Duration(1));
  SUBCASE("right") {
    for (int i = 0; i < 400; ++i) bed->clock().Advance(kStep), bed->Tick();
    CHECK((*bed)->stats().scrubbed_bytes > 0);
    CHECK((*bed)->stats().corrupt_blobs == 0);
  }
  SUBCASE("wrong") {
    machine.FlipByte(BlobFiles::SealedPath(Digest::Of(text), BlobEncoding::kZstdFrames), 30);
    for (int i = 0; i < 400; ++i) bed->clock().Advance(kStep), bed->Tick();
    CHECK((*bed)->stats().corrupt_blobs == 1);
    CHECK(bed->Fill(text));
  }
  CHECK(bed->Read(Digest::Of(text)).value() == text);
}

TEST_CASE("it may be off") {
  Bench b(Duration(0));
  b.Pass(std::chrono::hours(2), kStep * 10);
  CHECK(b.stats().scrubbed_bytes == 0);
}

TEST_CASE("nothing is read while the pool is busy or the disk is in trouble") {
  Bench b(std::chrono::hours(1));
  b.bed->clock().Advance(Duration(1));
  SUBCASE("the disk is in trouble") {
    b.bed->impl().parts().health.WriteFailed(DiskHealth::Part::kDisk, {Code::kIo, "broken"});
    b.machine.disk.SetFreeBytes(0);  // so that no probe ends it
    b.Pass(std::chrono::minutes(30), kStep);
  }
  SUBCASE("the pool is busy") {
    for (int i = 0; i < 200; ++i) {
      b.bed->clock().Advance(kStep);
      // Asked for, and not yet run: this many jobs wait before the scrub's.
      for (size_t n = 0; n < Scrubber::kBusyJobs; ++n) {
        (*b.bed)->LookupBlob(b.bed->repository, Digest::Of("x"), b.bed->executor(), [](auto) {});
      }
      (*b.bed)->Tick();
      b.bed->Settle();
    }
  }
  CHECK(b.stats().scrubbed_bytes == 0);
}

}  // namespace
}  // namespace longshore
