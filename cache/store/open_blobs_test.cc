#include "cache/store/open_blobs.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <thread>

namespace longshore {
namespace {

const Digest kDigest = Digest::Of("x");

FilePtr AFile() {
  return std::make_shared<File>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}
std::shared_ptr<const SealedBlob> ABlob(const Digest& digest) {
  return std::make_shared<SealedBlob>(SealedBlob{digest, 1, AFile()});
}

TEST_CASE("the table of open blobs pins nothing; a reader does") {
  OpenBlobs open(512);
  open.Add(ABlob(kDigest));
  auto reader = open.Recent(kDigest);
  REQUIRE(reader);
  CHECK_FALSE(open.TryClaim(kDigest));
  // The failed claim closed it for later comers only: who looks it up again shares the reader's
  // file.
  CHECK(open.OpenFile(kDigest) == reader->file);
  reader.reset();
  CHECK(open.TryClaim(kDigest));
  CHECK_FALSE(open.Recent(kDigest));
  open.Unclaim(kDigest);
}

TEST_CASE("whoever has the file pins the digest, by whatever name they hold it") {
  OpenBlobs open(512);
  FilePtr file = AFile();
  open.Track(kDigest, file);
  CHECK_FALSE(open.TryClaim(kDigest));
  file.reset();
  CHECK(open.TryClaim(kDigest));
  CHECK_FALSE(open.TryClaim(kDigest));  // one removal at a time
  open.Unclaim(kDigest);
}

TEST_CASE("a hold keeps removals off until the last one lets go") {
  OpenBlobs open(512);
  auto first = open.Acquire(kDigest);
  auto second = open.Acquire(kDigest);
  CHECK_FALSE(open.TryClaim(kDigest));
  first.LetGo();
  first.LetGo();
  OpenBlobs::Hold third = std::move(second);
  CHECK_FALSE(open.TryClaim(kDigest));
  third = OpenBlobs::Hold();
  CHECK(open.TryClaim(kDigest));
  open.Unclaim(kDigest);
}

TEST_CASE("who wants a digest that is being removed waits for the end of that") {
  OpenBlobs open(512);
  REQUIRE(open.TryClaim(kDigest));
  bool removed = false;
  std::thread other([&] {
    const auto hold = open.Acquire(kDigest);
    CHECK(removed);
  });
  removed = true;
  open.Unclaim(kDigest);
  other.join();
}

TEST_CASE("an abandoned claim keeps the pin of a file opened meanwhile") {
  OpenBlobs open(512);
  REQUIRE(open.TryClaim(kDigest));
  const auto blob = ABlob(kDigest);
  open.Add(blob);
  open.Unclaim(kDigest);
  CHECK_FALSE(open.TryClaim(kDigest));
}

TEST_CASE("a distrusted blob is no longer handed out, whoever still has it") {
  OpenBlobs open(512);
  open.Add(ABlob(kDigest));
  open.Distrust(kDigest);
  CHECK(open.IsDistrusted(kDigest));
  CHECK_FALSE(open.Recent(kDigest));
  open.Trust(kDigest);
  CHECK_FALSE(open.IsDistrusted(kDigest));
}

TEST_CASE("only so many blobs stay open") {
  OpenBlobs open(16);
  std::vector<std::weak_ptr<File>> files;
  for (int i = 0; i < 3000; ++i) {
    auto blob = ABlob(Digest::Of(std::to_string(i)));
    files.push_back(blob->file);
    open.Add(std::move(blob));
  }
  const auto alive =
      std::count_if(files.begin(), files.end(), [](const auto& file) { return !file.expired(); });
  CHECK(alive <= 16);
}

}  // namespace
}  // namespace longshore
