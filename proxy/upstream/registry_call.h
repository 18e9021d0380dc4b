#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "proxy/upstream/registry.h"

namespace longshore {

// One call of a Registry: a chain of legs (transfers), each ended by success, a challenge, a
// redirect, a retry or an error. Lives on the registry's loop; shared by its holder and by what it
// waits for.
//
//   Begin → [token] → leg ──200/206──▶ streaming ──▶ done
//             ▲        ├──401──▶ learn the challenge, new token, once
//             │        ├──3xx──▶ next URL, at most kMaxRedirects
//             └────────┴──5xx, no answer──▶ wait, at most kMaxRetries
class RegistryCall final : public TransferObserver,
                           public std::enable_shared_from_this<RegistryCall> {
 public:
  RegistryCall(Registry& registry, UpstreamRequest request, TransferObserver& observer);

  void Begin();
  void Cancel();
  void Pause();
  void Resume();
  uint64_t WireBytes() const { return leg_ ? leg_->WireBytes() : 0; }

  void OnHead(const TransferHead& head) override;
  void OnBody(std::string_view data) override;
  void OnCaughtUp() override;
  void OnDone(const TransferEnd& end) override;

 private:
  void StartLeg();
  void StartWithToken(Result<std::string> token);
  void Send(const std::string& authorization, bool basic);
  void EndOfRefusedLeg();
  void OnChallenge();
  void OnRedirect();
  void StartOver();
  void RetryOr(TransferEnd end);
  void Finish(TransferEnd end);
  TransferEnd RefusalEnd() const;
  bool MayAuthorize() const;

  Registry& registry_;
  const UpstreamRequest request_;
  TransferObserver* observer_;  // null once cancelled or done

  std::string url_;
  TransferPtr leg_;
  TimePoint leg_started_;
  std::string scope_;
  std::string token_;                    // of this leg
  std::optional<TransferHead> refused_;  // a head that is not the final success
  std::string refusal_;                  // the start of its body
  uint64_t counted_ = 0;                 // bytes of this leg, in the metrics
  bool streaming_ = false;
  bool paused_ = false;
  bool challenged_ = false;
  bool is_shortcut_ = false;  // this leg goes straight to request_.location
  int redirects_ = 0;
  int retries_ = 0;
  Executor::TimerId retry_timer_ = 0;
};

// What the caller holds.
class RegistryTransfer final : public Transfer {
 public:
  explicit RegistryTransfer(std::shared_ptr<RegistryCall> call) : call_(std::move(call)) {}
  ~RegistryTransfer() override { call_->Cancel(); }
  void Pause() override { call_->Pause(); }
  void Resume() override { call_->Resume(); }
  uint64_t WireBytes() const override { return call_->WireBytes(); }

 private:
  std::shared_ptr<RegistryCall> call_;
};

}  // namespace longshore
