#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cache/base/log.h"
#include "proxy/upstream/registry.h"

namespace longshore {

// One call of a Registry: a chain of legs (transfers), each ended by success, a challenge, a
// redirect, a retry or an error. Lives on the registry's loop; shared by its holder and by what it
// waits for.
//
//   Begin → Use an endpoint → [token] → leg ──200/206──▶ streaming ──▶ done
//                ▲                ▲      ├──401──▶ learn the challenge, new token, once
//                │                └──────┴──3xx──▶ where it leads, at most kMaxRedirects
//                │                       ├──404, 401 again, 403──▶ done: these are answers
//                └── the next one; after ┴──5xx, 429, no answer
//                    the last wait, at most
//                    kMaxRetries, and begin with the first
//
// How a leg ends is told to the breaker of the server it went to: the endpoint's, or that of where
// a redirect led, which says nothing about the endpoint. Of a redirect to one of the upstream's own
// URLs nothing is told. What a call shows of itself is in registry_call_auth.cc.
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
  bool TakeShortcut();
  void BeginOrdinarily();
  void Use(Endpoints::Choice choice);
  void StartLeg();
  bool MayHaveMoved() const;
  void FetchToken(const BearerChallenge& challenge, TokenSource::Callback done);
  void StartWithToken(Result<std::string> token);
  void EndWithoutToken();
  void EndRefused();
  void Send(const std::string& authorization, bool basic);
  void NoteOwnAnswer(const TransferHead& head);
  void NotePatience(ServerHealth& server, const TransferHead& head);
  void NoteAnswered(int status);
  bool EnterTarget();
  void EndOfRefusedLeg();
  void OnChallenge();
  void OnRedirect();
  void OnFailed(TransferEnd end, bool may_pass);
  UpstreamFailure Failure(const TransferEnd& end) const;
  void Log(std::string_view what_follows, log::Level level, const TransferEnd& end);
  bool RetryAfterPause(const TransferEnd& end);
  void Finish(TransferEnd end);
  void FinishLater(TransferEnd end);
  TransferEnd HeldOff(std::string_view what);
  Duration OpensIn() const;
  bool IsAtOwnOrigin() const;
  AddressReach Reach() const;

  Registry& registry_;
  Endpoints& endpoints_;
  const UpstreamRequest request_;
  TransferObserver* observer_;  // null once cancelled or done

  Endpoint* endpoint_ = nullptr;                  // the one in use
  std::shared_ptr<ServerHealth> target_;          // of url_, where that is none of the endpoints'
  std::optional<CircuitBreaker::Permit> permit_;  // of either, until it has shown how it is
  Endpoints::Set tried_;                          // in this round
  TimePoint used_since_;
  std::string url_;
  TransferPtr leg_;
  TimePoint leg_started_;
  std::string scope_;
  std::string token_;                    // of this leg
  std::string realm_;                    // that was asked for a token last
  std::optional<Error> no_token_;        // why it gave none
  std::optional<TransferHead> refused_;  // a head that is not the final success
  std::string refusal_;                  // the start of its body
  uint64_t drained_ = 0;                 // bytes of its body, all of them
  uint64_t counted_ = 0;                 // bytes of this leg, in the metrics
  bool streaming_ = false;
  bool paused_ = false;
  bool challenged_ = false;
  bool is_logged_ = false;    // what went wrong last, or there is nothing to say of it
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
