#include "cache/fill/compression.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "cache/codec/frame.h"
#include "cache/fill/compressor.h"
#include "cache/index/charge.h"
#include "cache/store/stored_frames.h"
#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

// Every other byte is noise.
std::string Text(size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string bytes(size, ' ');
  for (size_t i = 0; i < size; i += 2) bytes[i] = static_cast<char>(random());
  return bytes;
}

std::string Noise(size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

struct Bed {
  explicit Bed(uint64_t size = 256 << 20) {
    machine.compress = true;
    bed = machine.Start(size);
    REQUIRE(bed->IsOpen());
  }
  void Restart() {
    bed = machine.Restart(std::move(bed));
    REQUIRE(bed->IsOpen());
  }
  CacheParts& parts() { return bed->impl().parts(); }
  const CacheStats& stats() { return (*bed)->stats(); }
  std::string PathOf(const std::string& content, BlobEncoding encoding) {
    return machine.path() + "/" + BlobFiles::SealedPath(Digest::Of(content), encoding);
  }
  bool IsCompressed(const std::string& content) {
    const bool frames = fs::exists(PathOf(content, BlobEncoding::kZstdFrames));
    CHECK(fs::exists(PathOf(content, BlobEncoding::kIdentity)) != frames);
    return frames;
  }
  void CheckAtRest(const std::string& content) {
    CHECK(bed->Read(Digest::Of(content)).value_or("") == content);
    for (const auto& sentence :
         BrokenInvariants(*bed, machine.path(), {{Digest::Of(content), content}}))
      FAIL_CHECK(sentence);
  }

  Machine machine;
  std::unique_ptr<CacheBed> bed;
};

Compression::Outcome Finish(Compression& compression) {
  for (;;) {
    const auto outcome = compression.Step();
    if (outcome != Compression::Outcome::kMore) return outcome;
  }
}

TEST_CASE("a blob that is worth it becomes frames, and reads the same before and after a restart") {
  Bed b;
  const std::string content = Text(2 * codec::kFrameBytes + 5000);
  REQUIRE(b.bed->Fill(content));
  CHECK_FALSE(b.IsCompressed(content));  // the next tick will
  b.bed->Compress();
  CHECK(b.IsCompressed(content));
  const auto stored = fs::file_size(b.PathOf(content, BlobEncoding::kZstdFrames));
  CHECK(stored < content.size() * 4 / 5);
  CHECK(b.stats().compressed_blobs == 1);
  CHECK(b.stats().compression_saved_bytes == content.size() - stored);
  CHECK(b.parts().budget.ObjectBytes() == Charge(stored));
  const auto blob = b.bed->Blob(Digest::Of(content))->sealed;
  REQUIRE(blob->frames);
  CHECK(blob->frames->FrameCount() == 3);
  CHECK(BlobView(blob).frames() == blob->frames.get());
  CHECK(ReadFrame(*blob, 1, b.machine.disk) ==
        content.substr(codec::kFrameBytes, codec::kFrameBytes));
  b.CheckAtRest(content);
  b.Restart();
  CHECK(b.parts().budget.ObjectBytes() == Charge(stored));
  b.CheckAtRest(content);
}

TEST_CASE("what is small, dense or not wanted stays as it is") {
  Bed b;
  std::string content;
  SUBCASE("small") {
    content = Text(Compressor::kMinBytes - 1);
  }
  SUBCASE("dense") {
    content = Noise(100'000);
  }
  SUBCASE("its samples deceive") {
    content = std::string(100'000, 'x') + Noise(2 << 20) + std::string(100'000, 'x');
  }
  SUBCASE("compression is off") {
    content = Text(100'000);
    b.machine.compress = false;
    b.Restart();
  }
  REQUIRE(b.bed->Fill(content));
  b.bed->Compress();
  CHECK_FALSE(b.IsCompressed(content));
  CHECK(b.stats().compressed_blobs == 0);
  CHECK(b.parts().budget.ObjectBytes() == Charge(content.size()));
  b.CheckAtRest(content);
}

TEST_CASE("a reader keeps the file that it has; the next tick tries again") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  auto reader = b.bed->Blob(Digest::Of(content))->sealed;
  b.bed->Compress();
  CHECK_FALSE(b.IsCompressed(content));
  CHECK(b.bed->Blob(Digest::Of(content))->sealed->file == reader->file);
  reader.reset();
  b.bed->impl().Tick();
  b.bed->Settle();
  CHECK(b.IsCompressed(content));
  b.CheckAtRest(content);
}

TEST_CASE("a reader who comes while the frames are written is not disturbed either") {
  Bed b;
  const std::string content = Text(2 * codec::kFrameBytes);
  REQUIRE(b.bed->Fill(content));
  b.bed->Settle();  // the fill closes its file
  Compression compression(b.parts(), Digest::Of(content));
  CHECK(compression.Step() == Compression::Outcome::kMore);
  const auto reader = b.bed->Blob(Digest::Of(content))->sealed;
  CHECK(Finish(compression) == Compression::Outcome::kBusy);
  CHECK(compression.Begun());
  CHECK_FALSE(b.IsCompressed(content));
  CHECK(fs::is_empty(b.machine.path() + "/staging"));
  CHECK_FALSE(reader->frames);
  b.CheckAtRest(content);
}

// A compression of what was filled, whose record changes once it has begun.
Compression::Outcome WithRecordChanged(Bed& b, const std::string& content,
                                       const std::function<void(BlobRecord&)>& change) {
  REQUIRE(b.bed->Fill(content));
  b.bed->Settle();  // the fill closes its file
  Compression compression(b.parts(), Digest::Of(content));
  CHECK(compression.Step() == Compression::Outcome::kMore);
  BlobRecord record = **b.parts().catalog.FindBlob(Digest::Of(content));
  change(record);
  IndexBatch batch;
  batch.Put(Family::kBlob, DigestKey(Digest::Of(content)), record.Encode());
  REQUIRE(b.parts().catalog.Commit(batch, Index::Sync::kYes));
  return Finish(compression);
}

TEST_CASE("what was removed and filled anew meanwhile is left alone") {
  Bed b;
  const std::string content = Text(100'000);
  const auto refill = [](BlobRecord& record) { ++record.sealed_at; };
  CHECK(WithRecordChanged(b, content, refill) == Compression::Outcome::kGivenUp);
  CHECK_FALSE(b.IsCompressed(content));
  b.CheckAtRest(content);
}

// A small store is scrubbed within a second: what was stored meanwhile stayed as it was for ever.
TEST_CASE("what the scrub has proven meanwhile is compressed") {
  Bed b;
  const std::string content = Text(100'000);
  const auto prove = [](BlobRecord& record) { ++record.verified_at; };
  CHECK(WithRecordChanged(b, content, prove) == Compression::Outcome::kDone);
  CHECK(b.IsCompressed(content));
  b.CheckAtRest(content);
}

TEST_CASE("without room for both files the blob stays as it is, and nothing is evicted for it") {
  Bed b(Budget::kMinCapacity);
  const std::string content = Text(1 << 20);
  REQUIRE(b.bed->Fill(content));
  const uint64_t free =
      b.stats().capacity_bytes - b.parts().budget.Missing(b.stats().capacity_bytes);
  REQUIRE(b.parts().budget.TryReserve(free));
  b.bed->Compress();
  CHECK_FALSE(b.IsCompressed(content));
  CHECK(b.stats().evictions == 0);
  b.parts().budget.Release(free);
  b.CheckAtRest(content);
}

TEST_CASE("a pool that stops does not wait for a compression") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  b.parts().compressor.TryWaiting();
  b.parts().pool.Stop();
  b.bed->Settle();
  CHECK_FALSE(b.IsCompressed(content));
}

TEST_CASE("a compression that is dropped half-way leaves nothing behind") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  {
    b.bed->Settle();  // the fill closes its file
    Compression compression(b.parts(), Digest::Of(content));
    CHECK(compression.Step() == Compression::Outcome::kMore);
    CHECK(compression.Step() == Compression::Outcome::kMore);
    CHECK_FALSE(fs::is_empty(b.machine.path() + "/staging"));
  }
  CHECK(fs::is_empty(b.machine.path() + "/staging"));
  b.CheckAtRest(content);
}

TEST_CASE("frames that do not decode to the blob never take its place") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  SUBCASE("they were written wrong") {
    b.bed->Settle();  // the fill closes its file
    Compression compression(b.parts(), Digest::Of(content));
    for (int step = 0; step < 3; ++step) CHECK(compression.Step() == Compression::Outcome::kMore);
    const std::string staging = BlobFiles::StagingName(Digest::Of(content), 0);
    std::fstream file(b.machine.path() + "/staging/" + staging);
    file.seekp(5000);
    file << "wrong";
    file.close();
    CHECK(compression.Step() == Compression::Outcome::kGivenUp);
    b.CheckAtRest(content);
  }
  SUBCASE("the old file was wrong already") {
    std::fstream file(b.PathOf(content, BlobEncoding::kIdentity));
    file << "wrong";
    file.close();
    b.bed->Compress();
    CHECK(b.stats().compressed_blobs == 0);
    CHECK(b.parts().open.IsDistrusted(Digest::Of(content)));
  }
  CHECK(fs::is_empty(b.machine.path() + "/staging"));
  CHECK_FALSE(b.IsCompressed(content));
  CHECK(b.parts().budget.ObjectBytes() == Charge(content.size()));
}

TEST_CASE("a compressed blob that is damaged reads as absent and can be filled again") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  b.bed->Compress();
  REQUIRE(b.IsCompressed(content));
  b.Restart();
  const std::string path = b.PathOf(content, BlobEncoding::kZstdFrames);
  SUBCASE("its file is gone") {
    fs::remove(path);
  }
  SUBCASE("its file is shorter") {
    fs::resize_file(path, fs::file_size(path) - 1);
  }
  SUBCASE("its seek table is wrong") {
    std::fstream file(path);
    file.seekp(-10, std::ios::end);
    file << '\x7f';
  }
  SUBCASE("its record is wrong") {
    IndexBatch damage;
    damage.Put(Family::kBlob, DigestKey(Digest::Of(content)), "\x07nonsense");
    REQUIRE(b.machine.index.Commit(damage, Index::Sync::kNo));
  }
  CHECK_FALSE(b.bed->Blob(Digest::Of(content))->sealed);
  CHECK_FALSE(fs::exists(path));
  CHECK(b.stats().disk_errors == 1);
  REQUIRE(b.bed->Fill(content));
  CHECK_FALSE(b.IsCompressed(content));
  b.Restart();  // the account of a blob without a record is put right at a start
  b.CheckAtRest(content);
}

TEST_CASE("a frame damaged on disk is never served, and who finds it can have the blob dropped") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  b.bed->Compress();
  std::fstream file(b.PathOf(content, BlobEncoding::kZstdFrames));
  file.seekp(5000);
  file << "wrong";
  file.close();
  auto reader = b.bed->Blob(Digest::Of(content))->sealed;
  const auto frame = ReadFrame(*reader, 0, b.machine.disk);
  REQUIRE_FALSE(frame);
  CHECK(frame.error().code == Code::kCorrupt);
  b.parts().open.Distrust(Digest::Of(content));
  CHECK_FALSE(b.bed->Blob(Digest::Of(content))->sealed);
  CHECK(fs::exists(b.PathOf(content, BlobEncoding::kZstdFrames)));  // while it is read
  CHECK(b.bed->Open(Digest::Of(content), content.size()).error().code == Code::kNoSpace);
  reader.reset();
  CHECK_FALSE(b.bed->Blob(Digest::Of(content))->sealed);
  CHECK_FALSE(fs::exists(b.PathOf(content, BlobEncoding::kZstdFrames)));
  REQUIRE(b.bed->Fill(content));
  b.bed->Compress();
  CHECK(b.IsCompressed(content));
  CHECK(b.bed->Read(Digest::Of(content)) == content);
}

TEST_CASE("an evicted compressed blob leaves nothing behind") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  b.bed->Compress();
  REQUIRE(b.IsCompressed(content));
  const uint64_t whole = b.stats().capacity_bytes;
  const uint64_t free = whole - b.parts().budget.Missing(whole);
  (void)b.parts().reclaimer.MakeRoom(free + b.parts().budget.ObjectBytes());
  CHECK_FALSE(b.bed->Blob(Digest::Of(content))->sealed);
  CHECK(b.parts().budget.ObjectBytes() == 0);
  REQUIRE(b.bed->Fill(content));
  b.bed->Compress();
  CHECK(b.IsCompressed(content));
  b.CheckAtRest(content);
}

TEST_CASE("the queue is bounded and forgets the oldest") {
  Bed b;
  const std::string content = Text(100'000);
  REQUIRE(b.bed->Fill(content));
  for (size_t i = 0; i < Compressor::kMaxWaiting; ++i) {
    b.parts().compressor.Offer(Digest::Of(std::to_string(i)), content.size());
  }
  b.bed->Compress();
  CHECK_FALSE(b.IsCompressed(content));
  b.CheckAtRest(content);
}

}  // namespace
}  // namespace longshore
