#include "cache/health/disk_health.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace longshore {
namespace {

using Part = DiskHealth::Part;
using Trouble = CacheStats::Trouble;

struct Bench {
  FakeClock clock;
  CacheStats stats;
  DiskHealth health{clock, stats};

  bool Shows(Trouble trouble) const { return stats.troubles[static_cast<size_t>(trouble)] == 1; }
};

TEST_CASE("a disk that never failed is well") {
  Bench b;
  CHECK(b.health.IsWell());
  CHECK(b.health.CheckWrites());
  CHECK(b.health.Describe().empty());
}

TEST_CASE("a failed write is trouble until it is over, and the first one says why") {
  Bench b;
  SUBCASE("the disk is full") {
    b.health.WriteFailed(Part::kDisk, {Code::kNoSpace, "no space left"});
    CHECK(b.Shows(Trouble::kNoSpace));
    CHECK(b.health.Describe() == "no space left");
  }
  SUBCASE("the disk fails") {
    b.health.WriteFailed(Part::kDisk, {Code::kIo, "read-only file system"});
    b.health.WriteFailed(Part::kDisk, {Code::kIo, "something else"});
    CHECK(b.Shows(Trouble::kIo));
    CHECK(b.health.Describe() == "read-only file system");
    CHECK(b.stats.disk_errors == 2);
  }
  SUBCASE("the index fails") {
    b.health.WriteFailed(Part::kIndex, {Code::kIo, "the log cannot be written"});
    CHECK(b.Shows(Trouble::kIo));
    CHECK(b.stats.index_errors == 1);
  }
  CHECK_FALSE(b.health.IsWell());
  CHECK(b.health.CheckWrites().error().code == Code::kNoSpace);
  b.health.Recovered();
  CHECK(b.health.IsWell());
  CHECK(b.health.Describe().empty());
}

TEST_CASE("a failed read counts and is no trouble: others can be read") {
  Bench b;
  b.health.ReadFailed(Part::kDisk, {Code::kIo, "bad sector"});
  CHECK(b.health.IsWell());
  CHECK(b.stats.disk_errors == 1);
}

TEST_CASE("an operation that does not return for ten seconds is trouble") {
  Bench b;
  {
    const DiskHealth::Operation operation(b.health);
    b.clock.Advance(DiskHealth::kStuckAfter - Duration(1));
    b.health.Look();
    CHECK(b.health.IsWell());
    b.clock.Advance(Duration(1));
    b.health.Look();
    CHECK(b.health.IsStuck());
    CHECK(b.Shows(Trouble::kStuck));
    CHECK_FALSE(b.health.IsWell());
    CHECK(b.health.CheckWrites());  // what is under way may come to its end
    // Others come and go meanwhile.
    const DiskHealth::Operation other(b.health);
    b.health.Look();
    CHECK(b.health.IsStuck());
  }
  b.health.Look();
  CHECK_FALSE(b.health.IsStuck());
  CHECK_FALSE(b.health.IsWell());  // a probe has to show that it is
  b.health.Recovered();
  CHECK(b.health.IsWell());
}

TEST_CASE("too small a file system is told for a minute, and what fits is stored all the same") {
  Bench b;
  b.health.NoRoom(500, 100);
  CHECK(b.health.IsWell());
  CHECK(b.Shows(Trouble::kNoRoom));
  CHECK(b.health.Describe().find("cache.size") != std::string::npos);
  b.clock.Advance(DiskHealth::kNoRoomFor);
  b.health.Look();
  CHECK(b.health.Describe().empty());
}

TEST_CASE("a damaged index is told until the next start, beside other troubles") {
  Bench b;
  b.health.IndexDamaged({Code::kCorrupt, "checksum mismatch"});
  CHECK(b.health.IsWell());
  CHECK(b.health.IsIndexDamaged());
  b.health.WriteFailed(Part::kDisk, {Code::kIo, "full"});
  CHECK(b.health.Describe() == "full; the index is damaged: the next start rebuilds it");
  b.health.Recovered();
  CHECK(b.Shows(Trouble::kIndexDamaged));
}

TEST_CASE("an index that is made anew is told with how far it is, and says that the disk works") {
  Bench b;
  b.health.WriteFailed(Part::kDisk, {Code::kIo, "no such device"});
  b.health.Rebuilding(0);
  b.health.Rebuilding(37);
  CHECK_FALSE(b.Shows(Trouble::kIo));
  CHECK(b.Shows(Trouble::kIndexDamaged));
  CHECK(b.health.IsWell());
  CHECK(b.health.Describe().find("of which 37 % are looked through") != std::string::npos);
}

}  // namespace
}  // namespace longshore
