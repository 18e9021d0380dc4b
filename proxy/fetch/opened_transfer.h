#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cache/base/executor.h"
#include "proxy/fetch/upstream_load.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// A transfer that was started before it is known who will read it: it stops once the head is there,
// and goes on where it is handed to. Lives on one loop. What curl had read beyond the head (at most
// one of its buffers) is kept meanwhile.
class OpenedTransfer final : public Transfer, private TransferObserver {
 public:
  using OnOpened = UniqueFunction<void(const Status&)>;

  OpenedTransfer(Executor& executor, UpstreamLoad::Slot slot)
      : executor_(executor), slot_(std::move(slot)) {}

  // `opened` runs once: the head is there, or the transfer failed and is of no use. The caller may
  // not destroy this inside it.
  void Open(Upstream& upstream, UpstreamRequest request, OnOpened opened);

  const TransferHead& head() const { return head_; }

  // Once, after it opened. The observer sees the transfer from its head on, never inside this call,
  // and may destroy it at any time.
  void HandTo(TransferObserver& observer);

  void Pause() override;
  void Resume() override;
  uint64_t WireBytes() const override { return transfer_->WireBytes(); }

 private:
  void OnHead(const TransferHead& head) override;
  void OnBody(std::string_view data) override;
  void OnCaughtUp() override;
  void OnDone(const TransferEnd& end) override;
  void Replay();

  Executor& executor_;
  const UpstreamLoad::Slot slot_;
  TransferPtr transfer_;
  OnOpened opened_;
  TransferHead head_;
  std::string early_;  // came before anybody read
  std::optional<TransferEnd> end_;
  TransferObserver* observer_ = nullptr;
  bool flows_ = false;   // the observer has seen all that came early
  bool paused_ = false;  // by the observer
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
