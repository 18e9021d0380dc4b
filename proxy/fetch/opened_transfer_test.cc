#include "proxy/fetch/opened_transfer.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"
#include "tests/support/plain_upstream.h"

namespace longshore {
namespace {

class Reader final : public TransferObserver {
 public:
  void OnHead(const TransferHead& head) override {
    status = head.status;
    if (leave_at_head) transfer.reset();
  }
  void OnBody(std::string_view data) override { body += data; }
  void OnCaughtUp() override { caught_up_at.push_back(body.size()); }
  void OnDone(const TransferEnd& seen) override { end = seen; }
  std::unique_ptr<OpenedTransfer> transfer;
  bool leave_at_head = false;
  int status = 0;
  std::string body;
  std::vector<size_t> caught_up_at;  // bytes seen by then
  std::optional<TransferEnd> end;
};

struct Fixture {
  Fixture() {
    opened = std::make_unique<OpenedTransfer>(executor, *load.TryAcquire());
    opened->Open(upstream, {}, [this](const Status& status) { answer = status; });
  }
  TransferObserver& wire() { return *upstream.transfers.last().observer; }
  bool IsPaused() { return upstream.transfers.last().paused; }
  void Head() {
    TransferHead head;
    head.status = 200;
    wire().OnHead(head);
  }
  void Hand() {
    OpenedTransfer& handed = *opened;
    reader.transfer = std::move(opened);
    handed.HandTo(reader);
  }

  FakeClock clock;
  ManualExecutor executor{clock};
  UpstreamLoad load{1, 1};
  PlainUpstream upstream;
  std::optional<Status> answer;
  Reader reader;
  std::unique_ptr<OpenedTransfer> opened;
};

TEST_CASE("it stops at its head and goes on where it is handed to, with all that came early") {
  Fixture f;
  f.Head();
  REQUIRE(f.answer.has_value());
  CHECK(f.answer->has_value());
  CHECK(f.IsPaused());
  f.wire().OnBody("ab");
  f.Hand();
  CHECK(f.reader.status == 0);  // not inside the call
  f.executor.RunAll();
  CHECK(f.reader.status == 200);
  CHECK(f.reader.body == "ab");
  CHECK_FALSE(f.IsPaused());
  CHECK(f.reader.caught_up_at == std::vector<size_t>{2});
  f.wire().OnBody("c");
  f.wire().OnBody("d");
  f.wire().OnCaughtUp();
  CHECK(f.reader.body == "abcd");
  CHECK(f.reader.caught_up_at == std::vector<size_t>{2, 4});
}

TEST_CASE("an end that came early is told after the bytes") {
  Fixture f;
  f.Head();
  f.wire().OnBody("all");
  f.upstream.transfers.Break(Code::kUnavailable, "broken");
  f.Hand();
  f.executor.RunAll();
  CHECK(f.reader.body == "all");
  REQUIRE(f.reader.end.has_value());
  CHECK(f.reader.end->reason == "broken");
}

TEST_CASE("a reader that pauses before it has seen all is not flooded, and one that leaves may") {
  Fixture f;
  f.Head();
  f.Hand();
  f.reader.transfer->Pause();
  f.executor.RunAll();
  CHECK(f.IsPaused());
  f.reader.transfer->Resume();
  CHECK_FALSE(f.IsPaused());

  Fixture g;
  g.Head();
  g.wire().OnBody("never seen");
  g.reader.leave_at_head = true;
  g.Hand();
  g.executor.RunAll();
  CHECK(g.reader.body.empty());
  CHECK(g.upstream.transfers.Live() == 0);
}

TEST_CASE("a failure before the head is the answer, and the connection's slot comes back") {
  Fixture f;
  CHECK_FALSE(f.load.TryAcquire().has_value());
  f.upstream.transfers.Break(Code::kNotFound, "status_4xx");
  REQUIRE(f.answer.has_value());
  CHECK(f.answer->error().code == Code::kNotFound);
  f.opened.reset();
  CHECK(f.load.TryAcquire().has_value());
}

}  // namespace
}  // namespace longshore
