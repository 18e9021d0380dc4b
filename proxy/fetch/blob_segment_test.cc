#include "proxy/fetch/blob_segment.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/plain_upstream.h"

namespace longshore {
namespace {

// A fill whose writes are done when the test says so.
class HeldFill final : public BlobFill {
 public:
  explicit HeldFill(uint64_t size) : bytes(size, '.') {}
  const std::shared_ptr<PartialBlob>& partial() const override { return partial_; }
  void Write(uint64_t offset, std::string data, Done done) override {
    bytes.replace(offset, data.size(), data);
    queued_ += data.size();
    writes.push_back({data.size(), std::move(done)});
  }
  uint64_t QueuedBytes() const override { return queued_; }
  uint64_t HashedBytes() const override { return 0; }
  void Seal(Done) override {}
  void Abandon(Error) override {}

  // Also those that these set off.
  void FinishAll(const Status& status = {}) {
    while (!writes.empty()) {
      auto [size, done] = std::move(writes.front());
      writes.erase(writes.begin());
      queued_ -= size;
      done(status);
    }
  }
  std::string bytes;
  std::vector<std::pair<size_t, Done>> writes;

 private:
  uint64_t queued_ = 0;
  std::shared_ptr<PartialBlob> partial_;
};

struct Fixture : BlobSegment::Owner {
  Fixture(uint64_t size, ByteRange range) : fill(size), segment(*this, fill, clock, size, range) {
    segment.Start(upstream, {}, *load.TryAcquire());
  }
  Status OnSegmentHead(BlobSegment&, const TransferHead&) override {
    ++heads;
    return {};
  }
  void OnSegmentEnd(BlobSegment&, const Status& status) override {
    ++ends;
    end = status;
  }
  FakeTransfers::Call& wire() { return upstream.transfers.last(); }
  void Head(int status, const std::vector<Fields::Entry>& fields) {
    TransferHead head;
    head.status = status;
    for (const auto& [name, value] : fields) head.fields.Add(name, value);
    wire().observer->OnHead(head);
  }

  FakeClock clock;
  UpstreamLoad load{1, 1};
  PlainUpstream upstream;
  HeldFill fill;
  BlobSegment segment;
  int heads = 0;
  int ends = 0;
  std::optional<Status> end;
};

TEST_CASE("a range is asked for, and only the answer with just that range is taken") {
  Fixture good(10, {2, 6});
  CHECK(good.wire().request.fields.Get("Range") == "bytes=2-5");
  good.Head(206, {{"Content-Range", "bytes 2-5/10"}});
  CHECK(good.heads == 1);
  good.wire().observer->OnBody("abcd");
  CHECK(good.ends == 0);  // not before it is written
  good.fill.FinishAll();
  REQUIRE(good.end);
  CHECK(*good.end);
  CHECK(good.fill.bytes == "..abcd....");

  for (const std::string other : {"bytes 2-6/10", "bytes 1-5/10", "bytes 2-5/11", "bytes 2-5/*",
                                  "bytes=2-5/10", "2-5/10", ""}) {
    CAPTURE(other);
    Fixture f(10, {2, 6});
    f.Head(206, {{"Content-Range", other}});
    REQUIRE(f.end);
    REQUIRE_FALSE(*f.end);
    CHECK(f.end->error().code == Code::kBadUpstream);
    CHECK(f.heads == 0);
    CHECK(f.upstream.transfers.Live() == 0);
    CHECK(f.load.open() == 0);
  }
}

TEST_CASE("a blob of another length than its manifest says is not taken") {
  for (const std::string length : {"9", "11", "ten", "-1", "10x"}) {
    CAPTURE(length);
    Fixture f(10, {0, 10});
    CHECK_FALSE(f.wire().request.fields.Get("Range"));
    f.Head(200, {{"Content-Length", length}});
    REQUIRE(f.end);
    REQUIRE_FALSE(*f.end);
    CHECK(f.end->error().message ==
          "the upstream has " + length + " bytes where the manifest says 10");
  }
  // What travels encoded has another length, and chunks have none.
  Fixture encoded(10, {0, 10});
  encoded.Head(200, {{"Content-Length", "7"}, {"Content-Encoding", "zstd"}});
  CHECK(encoded.heads == 1);
  Fixture chunked(10, {0, 10});
  chunked.Head(200, {});
  CHECK(chunked.heads == 1);
}

TEST_CASE("an answer that ends early keeps what came, and says that there is more to ask for") {
  Fixture f(10, {0, 10});
  f.Head(200, {{"Content-Length", "10"}});
  f.wire().observer->OnBody("abcd");
  f.wire().observer->OnDone({{}, ""});
  f.fill.FinishAll();
  REQUIRE(f.end);
  REQUIRE_FALSE(*f.end);
  CHECK(f.end->error().code == Code::kUnavailable);
  CHECK(f.fill.bytes == "abcd......");
  CHECK(f.segment.position() == 4);
  CHECK(f.ends == 1);
}

TEST_CASE("an upstream that ignores the range is read from the start, up to the end of the range") {
  Fixture f(10, {4, 6});
  f.Head(200, {{"Content-Length", "10"}});
  f.wire().observer->OnBody("abc");
  f.wire().observer->OnBody("defghij");
  f.fill.FinishAll();
  REQUIRE(f.end);
  CHECK(*f.end);
  CHECK(f.fill.bytes == "....ef....");
  CHECK(f.upstream.transfers.Live() == 0);
}

TEST_CASE("a write that fails ends the segment with that, and its transfer") {
  Fixture f(10, {0, 10});
  f.Head(200, {{"Content-Length", "10"}});
  f.wire().observer->OnBody("abcd");
  f.wire().observer->OnCaughtUp();
  f.fill.FinishAll(Fail(Code::kIo, "the disk is gone"));
  REQUIRE(f.end);
  REQUIRE_FALSE(*f.end);
  CHECK(f.end->error().code == Code::kIo);
  CHECK(f.upstream.transfers.Live() == 0);
  CHECK(f.ends == 1);
}

TEST_CASE("an upstream that is faster than the disk is paused, and resumed when there is room") {
  constexpr uint64_t kSize = 16 << 20;
  Fixture f(kSize, {0, kSize});
  f.Head(200, {});
  f.wire().observer->OnBody("x");
  CHECK(f.wire().paused);  // the first bytes go alone
  f.wire().observer->OnCaughtUp();
  f.fill.FinishAll();
  CHECK_FALSE(f.wire().paused);
  const std::string piece(BlobSegment::kChunk, 'y');
  uint64_t sent = 1;
  while (!f.wire().paused && sent + piece.size() < kSize) {
    f.wire().observer->OnBody(piece);
    sent += piece.size();
  }
  CHECK(f.fill.QueuedBytes() > BlobSegment::kQueueHigh);
  CHECK(f.fill.QueuedBytes() <= BlobSegment::kQueueHigh + piece.size());
  f.fill.FinishAll();
  CHECK_FALSE(f.wire().paused);
}

}  // namespace
}  // namespace longshore
