// The budget under pressure: what goes, what stays, and what du says.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "cache/index/rocks_index.h"
#include "tests/support/cache_invariants.h"
#include "tests/support/machine.h"

namespace longshore {
namespace {

constexpr uint64_t kSmallest = Budget::kMinCapacity;
constexpr size_t kMiB = 1 << 20;

// Content that is cheap to make and different for every n.
std::string Content(unsigned n, size_t size) {
  std::string bytes(size, static_cast<char>('a' + n % 26));
  const std::string mark = std::to_string(n);
  bytes.replace(0, mark.size(), mark);
  return bytes;
}

bool IsStored(CacheBed& bed, const Digest& digest) {
  return bed.Blob(digest).value().sealed != nullptr;
}

TEST_CASE("more than fits goes in, and the oldest unused goes out") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  for (unsigned n = 0; n < 30; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  CHECK_FALSE(IsStored(*bed, Digest::Of(Content(0, 5 * kMiB))));
  CHECK(IsStored(*bed, Digest::Of(Content(29, 5 * kMiB))));
  CHECK((*bed)->stats().evictions >= 15);
  CHECK((*bed)->stats().evicted_bytes >= 15 * 5 * kMiB);
  CHECK((*bed)->stats().used_bytes <= kSmallest);
  CHECK((*bed)->stats().used_bytes >= kSmallest - 12 * kMiB);
}

TEST_CASE("what goes within an hour of being stored is counted as gone young, and nothing else") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const CacheStats& stats = (*bed)->stats();
  for (unsigned n = 0; n < 11; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  REQUIRE(stats.evictions == 0);

  bed->clock().Advance(std::chrono::minutes(59));
  REQUIRE(bed->impl().parts().reclaimer.MakeRoom(20 * kMiB));
  const uint64_t young = stats.evicted_young_bytes;
  CHECK(young >= 5 * kMiB);
  CHECK(young == stats.evicted_bytes);

  bed->clock().Advance(std::chrono::minutes(1));
  REQUIRE(bed->impl().parts().reclaimer.MakeRoom(40 * kMiB));
  CHECK(stats.evicted_bytes > young);
  CHECK(stats.evicted_young_bytes == young);
}

TEST_CASE("what is read is not evicted, and can be read to its end") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const std::string pinned = Content(1000, 5 * kMiB);
  REQUIRE(bed->Fill(pinned, kMiB));
  const auto reader = bed->Blob(Digest::Of(pinned)).value().sealed;
  for (unsigned n = 0; n < 40; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  std::string bytes(pinned.size(), '\0');
  REQUIRE(machine.disk.ReadAt(*reader->file, 0, bytes));
  CHECK(bytes == pinned);
  CHECK(IsStored(*bed, Digest::Of(pinned)));
}

TEST_CASE("a reader of a fill pins the blob after it is sealed") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const std::string content = Content(1000, 5 * kMiB);
  auto opened = bed->Open(Digest::Of(content), content.size());
  auto fill = std::move(std::get<std::unique_ptr<BlobFill>>(*opened));
  auto reader = std::make_optional(BlobView(fill->partial()));
  REQUIRE(bed->Write(*fill, 0, content));
  REQUIRE(bed->Seal(*fill));
  fill.reset();
  bed->Settle();
  for (unsigned n = 0; n < 40; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  CHECK(IsStored(*bed, Digest::Of(content)));
  const auto everything = [&] {
    return bed->impl().parts().reclaimer.MakeRoom(57 * kMiB).has_value();
  };
  CHECK_FALSE(everything());
  reader.reset();
  CHECK(everything());
  CHECK_FALSE(IsStored(*bed, Digest::Of(content)));
}

TEST_CASE("when everything is read or being filled, there is no space, and that passes") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  std::vector<std::shared_ptr<const SealedBlob>> readers;
  for (unsigned n = 0; n < 5; ++n) {
    REQUIRE(bed->Fill(Content(n, 8 * kMiB), kMiB));
    readers.push_back(bed->Blob(Digest::Of(Content(n, 8 * kMiB))).value().sealed);
  }
  auto filling = bed->Open(Digest::Of("in progress"), 10 * kMiB);
  REQUIRE(filling);
  const auto refused = bed->Open(Digest::Of("one too many"), 20 * kMiB);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kNoSpace);
  readers.clear();
  CHECK(bed->Open(Digest::Of("one too many"), 20 * kMiB));
}

TEST_CASE("unfinished fills that nobody works on are evicted, too") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const std::string content = Content(1000, 20 * kMiB);
  {
    auto opened = bed->Open(Digest::Of(content), content.size());
    auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
    REQUIRE(bed->Write(fill, 0, content.substr(0, 15 * kMiB)));
  }
  bed->Settle();
  bed = machine.Restart(std::move(bed));
  bed = machine.Start(kSmallest);
  for (unsigned n = 0; n < 12; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  const auto opened = bed->Open(Digest::Of(content), content.size());
  CHECK(std::get<std::unique_ptr<BlobFill>>(*opened)->partial()->Present().Empty());
}

TEST_CASE("a manifest that was evicted leaves its tag behind") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  const auto manifest = std::make_shared<const Manifest>(Manifest{Digest::Of("{}"), "json", "{}"});
  REQUIRE(bed->Store("1", manifest));
  // It is so small that all else would go first, were it not in use.
  std::vector<std::shared_ptr<const SealedBlob>> readers;
  for (unsigned n = 0; n < 11; ++n) {
    REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
    readers.push_back(bed->Blob(Digest::Of(Content(n, 5 * kMiB))).value().sealed);
  }
  CHECK_FALSE(bed->Fill(Content(11, 5 * kMiB), kMiB));
  const auto lookup = bed->Tag("1");
  REQUIRE(lookup->tag);
  CHECK(lookup->tag->digest == manifest->digest);
  CHECK_FALSE(lookup->manifest);
  REQUIRE(bed->Store("1", manifest));
  CHECK(bed->Tag("1")->manifest);
}

TEST_CASE("right after a start, eviction does not wait for the policy to be loaded") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  for (unsigned n = 0; n < 11; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  bed.reset();
  // Not one job of the pool has run when this returns.
  bed = machine.Start(kSmallest);
  CHECK(bed->impl().parts().residents.Count() == 0);
  CHECK(bed->impl().parts().reclaimer.MakeRoom(20 * kMiB));
  CHECK((*bed)->stats().evictions >= 3);
  bed->Settle();
  CHECK(bed->impl().parts().residents.Count() == 11 - (*bed)->stats().evictions);
}

TEST_CASE("what was used before a restart outlives what was not") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  for (unsigned n = 0; n < 10; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  const Digest loved = Digest::Of(Content(0, 5 * kMiB));
  for (int i = 0; i < 5; ++i) IsStored(*bed, loved);
  bed.reset();
  bed = machine.Start(kSmallest);
  bed->Settle();
  for (unsigned n = 100; n < 108; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  CHECK(IsStored(*bed, loved));
}

TEST_CASE("a victim whose removal fails stays, and counts") {
  Machine machine;
  auto bed = machine.Start(kSmallest);
  for (unsigned n = 0; n < 11; ++n) REQUIRE(bed->Fill(Content(n, 5 * kMiB), kMiB));
  machine.plan.DieNow();
  CHECK_FALSE(bed->impl().parts().reclaimer.MakeRoom(20 * kMiB));
  machine.plan.Heal();
  CHECK((*bed)->stats().evictions == 0);
  for (unsigned n = 0; n < 11; ++n) CHECK(IsStored(*bed, Digest::Of(Content(n, 5 * kMiB))));
  CHECK(bed->impl().parts().reclaimer.MakeRoom(20 * kMiB));
}

TEST_CASE("at no instant does the folder occupy more than it may, whatever is done") {
  for (unsigned seed = 1; seed <= 2; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    TempFolder folder;
    PosixDisk disk;
    ContentByDigest contents;
    auto bed = std::make_unique<CacheBed>(folder.path(), disk, OpenRocksIndex, kSmallest);
    REQUIRE(bed->IsOpen());
    std::deque<std::shared_ptr<const SealedBlob>> readers;
    uint64_t evictions = 0;
    for (unsigned step = 0; step < 120; ++step) {
      const size_t size = random() % 2 == 0 ? random() % (7 * kMiB) : random() % 200'000;
      const std::string content = Content(static_cast<unsigned>(random() % 60), size + 10);
      contents[Digest::Of(content)] = content;
      switch (random() % 6) {
        case 0: {
          auto opened = bed->Open(Digest::Of(content), content.size());
          if (!opened || opened->index() == 1) break;
          auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
          REQUIRE(
              bed->Write(fill, content.size() / 3, content.substr(content.size() / 3, size / 2)));
          break;
        }
        case 1: {
          const auto manifest = std::make_shared<const Manifest>(
              Manifest{Digest::Of(content.substr(0, 60'000)), "json", content.substr(0, 60'000)});
          (void)bed->Store(std::to_string(random() % 30), manifest, {{Digest::Of(content), size}});
          break;
        }
        case 2:
          if (random() % 8 == 0) {
            readers.clear();
            evictions += (*bed)->stats().evictions;
            bed.reset();
            bed = std::make_unique<CacheBed>(folder.path(), disk, OpenRocksIndex, kSmallest);
            REQUIRE(bed->IsOpen());
          }
          break;
        default: {
          const Status filled = bed->Fill(content, kMiB);
          if (!filled) REQUIRE(filled.error().code == Code::kNoSpace);
          if (filled && random() % 3 == 0)
            readers.push_back(bed->Blob(Digest::Of(content)).value().sealed);
          if (readers.size() > 4) readers.pop_front();
        }
      }
      REQUIRE(*disk.FolderUsage(folder.path()) <= kSmallest);
      REQUIRE((*bed)->stats().used_bytes <= kSmallest);
    }
    readers.clear();
    bed->Settle();
    for (const std::string& broken : BrokenInvariants(*bed, folder.path(), contents))
      FAIL_CHECK(broken);
    CHECK(evictions + (*bed)->stats().evictions > 5);
  }
}

}  // namespace
}  // namespace longshore
