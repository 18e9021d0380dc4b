#include "proxy/fetch/opened_transfer.h"

#include <utility>

namespace longshore {

void OpenedTransfer::Open(Upstream& upstream, UpstreamRequest request, OnOpened opened) {
  opened_ = std::move(opened);
  transfer_ = upstream.Start(std::move(request), *this);
}

void OpenedTransfer::HandTo(TransferObserver& observer) {
  observer_ = &observer;
  executor_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Replay();
  });
}

// Each call may be the end of this object.
void OpenedTransfer::Replay() {
  const std::weak_ptr<bool> alive = alive_;
  observer_->OnHead(head_);
  if (alive.expired()) return;
  const std::string early = std::exchange(early_, std::string());
  if (!early.empty()) observer_->OnBody(early);
  if (alive.expired()) return;
  observer_->OnCaughtUp();
  if (alive.expired()) return;
  flows_ = true;
  if (end_) {
    observer_->OnDone(*end_);
  } else if (!paused_) {
    transfer_->Resume();
  }
}

void OpenedTransfer::Pause() {
  paused_ = true;
  if (flows_ && !end_) transfer_->Pause();
}

void OpenedTransfer::Resume() {
  paused_ = false;
  if (flows_ && !end_) transfer_->Resume();
}

void OpenedTransfer::OnHead(const TransferHead& head) {
  head_ = head;
  transfer_->Pause();
  opened_({});
}

void OpenedTransfer::OnBody(std::string_view data) {
  if (flows_) {
    observer_->OnBody(data);
  } else {
    early_ += data;
  }
}

void OpenedTransfer::OnCaughtUp() {
  if (flows_) observer_->OnCaughtUp();
}

void OpenedTransfer::OnDone(const TransferEnd& end) {
  end_ = end;
  if (flows_) {
    observer_->OnDone(end);
  } else if (head_.status == 0) {
    opened_(end.status);
  }
}

}  // namespace longshore
