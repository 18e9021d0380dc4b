// A disk that fails, or does not answer, and then works again: what is asked for meanwhile is to be
// streamed through, and afterwards all is stored again, without a restart.
#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "cache/store/disk_probe.h"
#include "cache/store/upkeep.h"
#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

const std::string kFirst(90'000, 'f');
const std::string kSecond(70'000, 's');
const std::string kThird(50'000, 't');

constexpr int kProbeTicks = static_cast<int>(DiskProbe::kEvery.count()) / 1000 + 1;

const ContentByDigest& Contents() {
  static const ContentByDigest contents{
      {Digest::Of(kFirst), kFirst}, {Digest::Of(kSecond), kSecond}, {Digest::Of(kThird), kThird}};
  return contents;
}

// Fills, seals, evicts, reads, leaves: what a day does.
void Day(CacheBed& bed) {
  (void)bed.Fill(kFirst, 20'000);
  (void)bed.Read(Digest::Of(kFirst));
  if (auto opened = bed.Open(Digest::Of(kSecond), kSecond.size());
      opened && std::holds_alternative<std::unique_ptr<BlobFill>>(*opened)) {
    auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
    (void)bed.Write(fill, 0, kSecond.substr(0, 30'000));
    fill.Abandon({Code::kCancelled, "left"});
    bed.Settle();
  }
  (void)bed.Store("latest",
                  std::make_shared<const Manifest>(Manifest{Digest::Of("{}"), "json", "{}"}));
  CacheParts& parts = bed.impl().parts();
  const uint64_t whole = bed->stats().capacity_bytes;
  (void)parts.reclaimer.MakeRoom(whole - parts.budget.Missing(whole) + parts.budget.ObjectBytes());
  (void)bed.Fill(kSecond, 20'000);
  (void)bed.Read(Digest::Of(kSecond));
  (void)bed.Fill(kThird, 20'000);
}

std::unique_ptr<CacheBed> StartSmallSteps(Machine& machine) {
  auto bed = machine.Start();
  REQUIRE(bed->IsOpen());
  bed->impl().parts().record_every = 10'000;
  bed->impl().parts().sync_every = 25'000;
  return bed;
}

void CheckAllIsStored(CacheBed& bed) {
  for (const auto& [digest, content] : Contents()) {
    Status filled = bed.Fill(content, 20'000);
    // What was unreadable or could not be synced fails its proof once, and goes.
    if (!filled) filled = bed.Fill(content, 20'000);
    CHECK_MESSAGE(filled, (filled ? "" : filled.error().message));
    CHECK(bed.Read(digest).value_or("") == content);
  }
}

TEST_CASE(
    "every call of the disk and the index fails from the n-th on, for every n, and then works "
    "again: all is stored again without a restart, and nothing is lost track of") {
  uint64_t first = 0;
  uint64_t calls = 0;
  {
    Machine machine;
    auto bed = StartSmallSteps(machine);
    first = machine.plan.count();
    Day(*bed);
    calls = machine.plan.count();
  }
  REQUIRE(calls > first + 50);
  for (uint64_t n = first + 1; n <= calls; ++n) {
    CAPTURE(n);
    Machine machine(n);
    auto bed = StartSmallSteps(machine);
    machine.plan.DieAt(n);
    Day(*bed);
    // Not a wrong byte meanwhile; an error is an answer.
    for (const auto& [digest, content] : Contents()) {
      CHECK(bed->Read(digest).value_or(content) == content);
    }
    machine.plan.Heal();
    bed->Tick(kProbeTicks);
    CHECK(bed->impl().parts().health.IsWell());
    CheckAllIsStored(*bed);
    bed = machine.Restart(std::move(bed));
    REQUIRE(bed->IsOpen());
    for (const std::string& sentence : BrokenInvariants(*bed, machine.path(), Contents())) {
      FAIL_CHECK(sentence);
    }
    CheckAllIsStored(*bed);
  }
}

// A write fails, and with it all that follows.
void BreakDisk(CacheBed& bed, Machine& machine) {
  auto opened = bed.Open(Digest::Of(kThird), kThird.size());
  REQUIRE(opened);
  machine.plan.DieNow();
  CHECK_FALSE(bed.Write(*std::get<std::unique_ptr<BlobFill>>(*opened), 0, kThird));
}

TEST_CASE("in trouble fills are refused at once, what is stored is served, and a probe ends it") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill(kFirst));
  BreakDisk(*bed, machine);
  CHECK_FALSE(bed->Fill(kSecond));
  CHECK_FALSE((*bed)->Degradation().empty());
  machine.plan.Heal();
  // Nothing is asked of the disk before the probe.
  CHECK(bed->Open(Digest::Of(kSecond), kSecond.size()).error().code == Code::kNoSpace);
  CHECK(bed->Read(Digest::Of(kFirst)).value() == kFirst);
  machine.plan.DieNow();
  bed->Tick(kProbeTicks);
  CHECK_FALSE((*bed)->Degradation().empty());
  machine.plan.Heal();
  bed->Tick(kProbeTicks);
  CHECK((*bed)->Degradation().empty());
  CHECK(bed->Fill(kSecond));
  CHECK_FALSE(std::filesystem::exists(machine.path() + "/staging/probe"));
}

TEST_CASE("a disk that is full again soon stays in trouble until it has some room") {
  Machine machine;
  auto bed = machine.Start();
  BreakDisk(*bed, machine);
  machine.plan.Heal();
  machine.disk.SetFreeBytes(DiskProbe::kFreeBytes - 1);
  bed->Tick(kProbeTicks);
  CHECK_FALSE(bed->impl().parts().health.IsWell());
  machine.disk.SetFreeBytes(DiskProbe::kFreeBytes);
  bed->Tick(kProbeTicks);
  CHECK(bed->impl().parts().health.IsWell());
}

TEST_CASE("what the file system has no room for is not begun, though the budget has it") {
  Machine machine;
  auto bed = machine.Start();
  machine.disk.SetFreeBytes(20 << 20);
  const uint64_t large = 16 << 20;
  CHECK(bed->Open(Digest::Of("large"), large).error().code == Code::kNoSpace);
  CHECK((*bed)->Degradation().find("cache.size") != std::string::npos);
  CHECK((*bed)->stats().disk_errors == 0);
  CHECK(bed->impl().parts().budget.ObjectBytes() == 0);
  CHECK(bed->Fill(kFirst));

  // What others are about to write is not there for it.
  {
    auto other = bed->Open(Digest::Of("other"), 10 << 20);
    REQUIRE(other);
    CHECK(bed->Open(Digest::Of("one more"), 10 << 20).error().code == Code::kNoSpace);
  }
  bed->Settle();
  CHECK(bed->Open(Digest::Of("one more"), 10 << 20));
}

// A disk whose syncs do not return until they may.
class StuckDisk final : public Disk {
 public:
  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
    arrived_ = false;
  }
  void Release() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_; });
  }

  Status SyncData(const File& file) override {
    {
      std::unique_lock lock(mutex_);
      arrived_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
    }
    return disk_.SyncData(file);
  }
  Result<FilePtr> OpenRead(const std::string& path) override { return disk_.OpenRead(path); }
  Result<FilePtr> OpenReadWrite(const std::string& path) override {
    return disk_.OpenReadWrite(path);
  }
  Result<FilePtr> Create(const std::string& path) override { return disk_.Create(path); }
  Status WriteAt(const File& file, uint64_t offset, std::string_view data) override {
    return disk_.WriteAt(file, offset, data);
  }
  Result<size_t> ReadAt(const File& file, uint64_t offset, std::span<char> buffer) override {
    return disk_.ReadAt(file, offset, buffer);
  }
  Status SyncFolder(const std::string& path) override { return disk_.SyncFolder(path); }
  Status MakeFolders(const std::string& path) override { return disk_.MakeFolders(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return disk_.Rename(from, to);
  }
  Status Remove(const std::string& path) override { return disk_.Remove(path); }
  Result<uint64_t> FileSize(const std::string& path) override { return disk_.FileSize(path); }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return disk_.List(path);
  }
  Result<uint64_t> FolderUsage(const std::string& path) override { return disk_.FolderUsage(path); }
  Result<uint64_t> FreeBytes(const std::string& path) override { return disk_.FreeBytes(path); }
  Status RemoveTree(const std::string& path) override { return disk_.RemoveTree(path); }
  Status CheckFolder(const std::string& path) override { return disk_.CheckFolder(path); }

 private:
  PosixDisk disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool arrived_ = false;
};

TEST_CASE("while a sync does not return, whoever asks is answered at once, by the upstream then") {
  TempFolder folder;
  StuckDisk disk;
  FakeClock clock;
  FaultPlan plan;
  MemoryIndex index(plan);
  ManualExecutor executor(clock);
  ThreadPool pool(1);  // all of it is busy with the sync
  auto cache = OpenCache({folder.path(), 256 << 20, 4 << 20, false}, disk, clock, pool,
                         [&](const std::string&) -> Result<std::unique_ptr<Index>> {
                           return std::make_unique<MemoryIndexView>(index);
                         });
  REQUIRE(cache);
  const RepositoryKey repository{"docker.io", "library/debian"};
  const auto open = [&](const std::string& content) {
    std::optional<Result<OpenedFill>> answer;
    (*cache)->OpenFill(Digest::Of(content), content.size(), executor,
                       [&](Result<OpenedFill> opened) { answer = std::move(opened); });
    executor.RunUntil([&] { return answer.has_value(); });
    return std::move(*answer);
  };
  const auto write = [&](const Result<OpenedFill>& opened, const std::string& content) {
    std::optional<Status> written;
    std::get<std::unique_ptr<BlobFill>>(*opened)->Write(
        0, content, [&](Status status) { written = std::move(status); });
    executor.RunUntil([&] { return written.has_value(); });
  };
  std::optional<Status> sealed;
  const auto seal = [&](const Result<OpenedFill>& opened) {
    sealed.reset();
    std::get<std::unique_ptr<BlobFill>>(*opened)->Seal(
        [&](Status status) { sealed = std::move(status); });
  };
  const std::string kept = "what is stored when it begins";
  auto stored = open(kept);
  write(stored, kept);
  seal(stored);
  executor.RunUntil([&] { return sealed.has_value(); });
  (*cache)->ConfirmLink(repository, Digest::Of(kept), kept.size());
  auto opened = open(kFirst);
  write(opened, kFirst);
  disk.Hold();
  seal(opened);
  disk.AwaitArrival();
  std::optional<Result<BlobLookup>> early;
  (*cache)->LookupBlob(repository, Digest::Of(kSecond), executor,
                       [&](Result<BlobLookup> lookup) { early = std::move(lookup); });

  clock.Advance(DiskHealth::kStuckAfter);
  (*cache)->Tick();
  CHECK_FALSE((*cache)->Degradation().empty());
  executor.RunUntil([&] { return early.has_value(); });
  CHECK_FALSE(*early);
  CHECK(open(kSecond).error().code == Code::kIo);
  std::optional<Result<BlobLookup>> found;
  (*cache)->LookupBlob(repository, Digest::Of(kSecond), executor,
                       [&](Result<BlobLookup> lookup) { found = std::move(lookup); });
  executor.RunUntil([&] { return found.has_value(); });
  CHECK_FALSE(*found);
  // What is stored is found, and sent as far as it is in memory. It is not blamed for the rest.
  const auto peeked = (*cache)->PeekBlob(repository, Digest::Of(kept));
  REQUIRE(peeked);
  const auto read_ahead = [&] {
    std::optional<Status> read;
    (*cache)->ReadAhead(BlobView(peeked->sealed), {0, kept.size()}, executor,
                        [&](Status status) { read = std::move(status); });
    executor.RunUntil([&] { return read.has_value(); });
    return *read;
  };
  CHECK(read_ahead().error().code == Code::kIo);
  // Nothing piles up behind it, however long it takes.
  const size_t waiting = pool.QueueDepth();
  const Digest other = Digest::Of("of an upstream that is asked meanwhile");
  (*cache)->ConfirmLink(repository, other, 1);
  (*cache)->TouchTag(repository, "latest", other);
  (*cache)->ForgetTag(repository, "oldest");
  for (int use = 0; use < 1'000; ++use) (void)(*cache)->PeekBlob(repository, Digest::Of(kept));
  (*cache)->Tick();
  CHECK(pool.QueueDepth() == waiting);
  CHECK((*cache)->PeekBlob(repository, Digest::Of(kept)));

  disk.Release();
  executor.RunUntil([&] { return sealed.has_value(); });
  CHECK(*sealed);
  // The probe waits in the pool behind all else, and then shows that the disk is well.
  clock.Advance(DiskProbe::kEvery);
  (*cache)->Tick();
  CHECK(read_ahead());
  pool.Stop();
  CHECK((*cache)->Degradation().empty());
}

TEST_CASE("a folder emptied below the cache is made one again, unless it is another's by now") {
  Machine machine;
  auto bed = machine.Start();
  REQUIRE(bed->Fill(kFirst));
  for (const auto& entry : std::filesystem::directory_iterator(machine.path())) {
    std::filesystem::remove_all(entry);
  }
  const std::string format = machine.path() + "/FORMAT";
  constexpr int kTicks = static_cast<int>(Upkeep::kEvery.count()) / 1000 + 1;
  SUBCASE("emptied") {
    bed->Tick(kTicks);
    CHECK(std::filesystem::exists(format));
    CHECK(bed->Fill(kSecond));
    CHECK(bed->Read(Digest::Of(kSecond)) == kSecond);
  }
  SUBCASE("another's") {
    std::ofstream(machine.path() + "/thesis.txt") << "important";
    bed->Tick(kTicks);
    CHECK_FALSE(std::filesystem::exists(format));
  }
  CHECK((*bed)->Degradation().find("the next start rebuilds it") != std::string::npos);
}

}  // namespace
}  // namespace longshore
