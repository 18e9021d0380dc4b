#include "proxy/upstream/registry_call.h"

#include <algorithm>

#include "proxy/oci/hop.h"
#include "proxy/oci/rate_limit.h"
#include "proxy/upstream/redirect.h"
#include "proxy/upstream/refusal.h"
#include "proxy/upstream/retry_after.h"
#include "proxy/upstream/retry_delay.h"
#include "proxy/upstream/url.h"

namespace longshore {
namespace {

constexpr int kMaxRedirects = 5;
constexpr int kMaxRetries = 2;
constexpr Duration kLongestConnect{5'000};
constexpr size_t kMaxRefusal = 512;        // bytes of an error body kept for the message
constexpr size_t kMaxDrained = 64 * 1024;  // bytes of an error body read to keep the connection

std::string PullScope(const std::string& repository) {
  return repository.empty() ? std::string() : "repository:" + repository + ":pull";
}

int InSeconds(Duration time) {
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace

RegistryCall::RegistryCall(Registry& registry, UpstreamRequest request, TransferObserver& observer)
    : registry_(registry),
      endpoints_(registry.endpoints_),
      request_(std::move(request)),
      observer_(&observer),
      scope_(PullScope(request_.repository)) {}

void RegistryCall::Begin() {
  if (TakeShortcut()) return;
  if (endpoints_.not_found().Holds(endpoints_.NotFoundKey(request_))) {
    FinishLater({Fail(Code::kNotFound, "it answered 404 a moment ago"), "status_4xx"});
    return;
  }
  endpoints_.retries().OnCall();
  if (auto choice = endpoints_.Choose(tried_)) {
    Use(std::move(*choice));
  } else {
    FinishLater(HeldOff("it"));
  }
}

// False: there is none, or who is there is left alone; the upstream may know another way.
bool RegistryCall::TakeShortcut() {
  if (request_.location.empty()) return false;
  url_ = request_.location;
  if (!EnterTarget() || !target_) return false;
  endpoint_ = &endpoints_.at(request_.location_url);
  is_shortcut_ = true;
  StartLeg();
  return true;
}

// From inside a leg's callback, when the shortcut led nowhere.
void RegistryCall::BeginOrdinarily() {
  is_shortcut_ = false;
  if (auto choice = endpoints_.Choose(tried_)) {
    Use(std::move(*choice));
  } else {
    Finish(HeldOff("it"));
  }
}

void RegistryCall::Use(Endpoints::Choice choice) {
  endpoint_ = &choice.endpoint;
  permit_.emplace(std::move(choice.permit));
  target_.reset();
  tried_.set(static_cast<size_t>(endpoint_->index()));
  used_since_ = registry_.clock_.Now();
  url_ = endpoint_->url() + request_.path;
  redirects_ = 0;
  challenged_ = false;
  is_logged_ = false;
  token_.clear();
  no_token_.reset();
  StartLeg();
}

void RegistryCall::Cancel() {
  observer_ = nullptr;
  leg_.reset();
  permit_.reset();
  registry_.executor_.CancelTimer(std::exchange(retry_timer_, 0));
}

void RegistryCall::Pause() {
  paused_ = true;
  if (leg_ && streaming_) leg_->Pause();
}

void RegistryCall::Resume() {
  paused_ = false;
  if (leg_ && streaming_) leg_->Resume();
}

// Credentials belong to the endpoint's own origin; where a redirect leads, they do not follow.
bool RegistryCall::IsAtOwnOrigin() const {
  const auto own = OriginOf(endpoint_->url());
  const auto now = OriginOf(url_);
  return own && now && *own == *now;
}

// How far inside what is not configured may lie.
AddressReach RegistryCall::Reach() const {
  return endpoints_.allow_private_redirects() ? AddressReach::kLinkLocal : endpoint_->reach();
}

void RegistryCall::Send(const std::string& authorization, bool basic) {
  const Credentials credentials = endpoint_->tokens().credentials();
  TransferRequest transfer;
  transfer.method = request_.method;
  transfer.url = url_;
  transfer.fields = request_.fields;
  if (!authorization.empty()) transfer.fields.Add("Authorization", authorization);
  if (basic) {
    transfer.username = credentials.username;
    transfer.password = credentials.password;
  }
  transfer.ca_file = credentials.ca_file;
  transfer.proxy = credentials.proxy;
  transfer.http1 = request_.bulk;
  transfer.decode = request_.may_be_encoded;
  if (request_.may_be_encoded) transfer.fields.Add(std::string(kHopField), std::string(kHopZstd));
  if (target_) transfer.reach = Reach();
  transfer.first_byte_timeout = credentials.first_byte_timeout;
  transfer.connect_timeout = std::min(kLongestConnect, credentials.first_byte_timeout);
  refused_.reset();
  refusal_.clear();
  drained_ = 0;
  counted_ = 0;
  leg_started_ = registry_.clock_.Now();
  leg_ = registry_.client_.Start(std::move(transfer), *this);
}

void RegistryCall::OnHead(const TransferHead& head) {
  const auto elapsed = std::chrono::duration_cast<Duration>(registry_.clock_.Now() - leg_started_);
  registry_.metrics_.OnAnswer(registry_.name(), request_.kind, request_.method, head.status,
                              elapsed);
  if (target_) {
    NotePatience(*target_, head);
    NoteAnswered(head.status);
  } else if (IsAtOwnOrigin()) {
    NoteOwnAnswer(head);
  }
  if (head.status != 200 && head.status != 206) {
    refused_ = head;
    return;
  }
  streaming_ = true;
  if (paused_ && leg_) leg_->Pause();
  TransferHead seen = head;
  seen.url = endpoint_->index();
  if (is_shortcut_ || redirects_ > 0) seen.location = url_;
  observer_->OnHead(seen);
}

void RegistryCall::NoteOwnAnswer(const TransferHead& head) {
  endpoint_->OnPeer(head.peer);
  NotePatience(endpoint_->health(), head);
  const auto limit = ParseRateLimit(head.fields.Get("ratelimit-limit").value_or(""));
  const auto remaining = ParseRateLimit(head.fields.Get("ratelimit-remaining").value_or(""));
  if (limit && remaining) endpoints_.OnRateLimit(*limit, remaining->count);
  if (no_token_) {
    if (head.status >= 400) return;
    no_token_.reset();
    endpoint_->tokens().LearnOpen();
  }
  // After a first challenge it is the token's turn to show whether anything can be had.
  const bool is_challenge = head.status == 401 && !challenged_;
  if (!is_challenge) NoteAnswered(head.status);
}

void RegistryCall::NotePatience(ServerHealth& server, const TransferHead& head) {
  if (const auto patience = PatienceAsked(head, registry_.clock_.WallMillis())) {
    server.OnPatienceAsked(*patience);
  }
}

// By the server that permit_ is of.
void RegistryCall::NoteAnswered(int status) {
  if (status >= 500 || !permit_) return;
  if (permit_->Answered()) {
    log::Info("upstream", "answers again",
              {{"upstream", registry_.name()}, {"url", endpoint_->url()}, {"host", HostOf(url_)}});
  }
  permit_.reset();
}

// May the leg to url_, where a redirect led, be sent?
bool RegistryCall::EnterTarget() {
  permit_.reset();
  target_ = endpoints_.IsOwn(url_) ? nullptr : endpoints_.targets().At(url_);
  if (!target_) return true;
  permit_ = target_->TryEnter();
  return permit_.has_value();
}

void RegistryCall::OnBody(std::string_view data) {
  const uint64_t wire = leg_->WireBytes();
  registry_.metrics_.OnBytes(registry_.name(), wire - std::exchange(counted_, wire));
  if (streaming_) {
    observer_->OnBody(data);
    return;
  }
  refusal_ += data.substr(0, kMaxRefusal - std::min(kMaxRefusal, refusal_.size()));
  drained_ += data.size();
  if (drained_ > kMaxDrained) {
    const auto keep = shared_from_this();
    leg_.reset();
    EndOfRefusedLeg();
  }
}

void RegistryCall::OnCaughtUp() {
  if (streaming_ && observer_ != nullptr) observer_->OnCaughtUp();
}

void RegistryCall::OnDone(const TransferEnd& end) {
  const auto keep = shared_from_this();
  leg_.reset();
  if (refused_) {
    EndOfRefusedLeg();
    return;
  }
  if (streaming_ || end.status || end.status.error().code == Code::kCancelled) {
    Finish(end);
    return;
  }
  const auto elapsed = std::chrono::duration_cast<Duration>(registry_.clock_.Now() - leg_started_);
  registry_.metrics_.OnAnswer(registry_.name(), request_.kind, request_.method, 0, elapsed);
  // A certificate is no better a moment later, and a time-out has taken its time.
  OnFailed(end, end.status.error().code == Code::kUnavailable && end.reason != "tls");
}

void RegistryCall::EndOfRefusedLeg() {
  const int status = refused_->status;
  if (status >= 500 || status == 429) {
    OnFailed(RefusalEnd(status, refusal_), status >= 500);
  } else if (IsRedirect(status)) {
    OnRedirect();
  } else if (is_shortcut_) {
    BeginOrdinarily();
  } else if (status == 401 && !challenged_ && IsAtOwnOrigin()) {
    OnChallenge();
  } else {
    EndRefused();
  }
}

void RegistryCall::OnRedirect() {
  auto next = ++redirects_ > kMaxRedirects ? Fail(Code::kBadUpstream, "too many redirects")
                                           : RedirectTarget(url_, *refused_);
  if (!next) {
    Finish({tl::unexpected(std::move(next.error())), "redirect"});
    return;
  }
  url_ = std::move(*next);
  if (EnterTarget()) {
    StartLeg();
  } else {
    OnFailed(HeldOff("where it leads"), endpoints_.size() > 1);
  }
}

// Nothing usable came of the endpoint in use, or of where it led.
void RegistryCall::OnFailed(TransferEnd end, bool may_pass) {
  // That it may not lead there is our own rule, and says nothing of who is there.
  const bool is_forbidden = end.reason == "redirect";
  if (permit_ && !is_forbidden && permit_->Failed()) {
    endpoint_->failures().WriteLeftAlone(Failure(end));
    is_logged_ = true;
  }
  permit_.reset();
  if (is_shortcut_) {
    registry_.metrics_.OnFailure(registry_.name(), end.reason);
    Log("asking for it anew", log::Level::kInfo, end);
    BeginOrdinarily();
    return;
  }
  if (auto choice = endpoints_.Choose(tried_)) {
    registry_.metrics_.OnFailure(registry_.name(), end.reason);
    Log("asking the next URL", log::Level::kInfo, end);
    Use(std::move(*choice));
    return;
  }
  if (!may_pass || !RetryAfterPause(end)) Finish(std::move(end));
}

UpstreamFailure RegistryCall::Failure(const TransferEnd& end) const {
  return {registry_.name(), endpoint_->url(), request_.path, url_, end};
}

void RegistryCall::Log(std::string_view what_follows, log::Level level, const TransferEnd& end) {
  if (std::exchange(is_logged_, true)) return;
  endpoint_->failures().Write(level, what_follows, Failure(end));
}

// False: it is not worth it, or not allowed.
bool RegistryCall::RetryAfterPause(const TransferEnd& end) {
  if (retries_ >= kMaxRetries) return false;
  const Duration delay = RetryDelay(retries_);
  if (OpensIn() > delay || !endpoints_.retries().TryTake()) return false;
  ++retries_;
  registry_.metrics_.OnFailure(registry_.name(), end.reason);
  Log("retrying", log::Level::kInfo, end);
  tried_.reset();
  retry_timer_ = registry_.executor_.RunAfter(delay, [self = shared_from_this(), end] {
    self->retry_timer_ = 0;
    if (self->observer_ == nullptr) return;
    if (auto choice = self->endpoints_.Choose(self->tried_)) {
      self->Use(std::move(*choice));
    } else {
      self->Finish(end);
    }
  });
  return true;
}

// How long until it is worth to ask again. Where the last URL led matters if there is no other.
Duration RegistryCall::OpensIn() const {
  const Duration upstream = endpoints_.OpensIn();
  return target_ && endpoints_.size() == 1 ? std::max(upstream, target_->OpensIn()) : upstream;
}

TransferEnd RegistryCall::HeldOff(std::string_view what) {
  is_logged_ = true;  // nothing was sent, and why was said when that began
  return {Fail(Code::kUnavailable, std::string(what) + " is left alone for now, as it kept " +
                                       "failing or asked for patience"),
          "held_off"};
}

void RegistryCall::FinishLater(TransferEnd end) {
  registry_.executor_.Post(
      [self = shared_from_this(), end = std::move(end)] { self->Finish(end); });
}

void RegistryCall::Finish(TransferEnd end) {
  TransferObserver* observer = std::exchange(observer_, nullptr);
  if (observer == nullptr) return;
  if (!end.status) {
    Error& error = end.status.error();
    // What broke after its head is for its observer to go on with, and to log.
    const bool is_told = error.code == Code::kDenied || error.code == Code::kCancelled;
    // A definite answer is no failure of the upstream.
    const bool is_answer = error.code == Code::kNotFound;
    if (!is_answer && !is_told && !streaming_) Log("failed", log::Level::kWarn, end);
    if (!is_answer) registry_.metrics_.OnFailure(registry_.name(), end.reason);
    if (is_answer && endpoint_ != nullptr) {
      endpoints_.not_found().Add(endpoints_.NotFoundKey(request_), used_since_);
    }
    if (error.code == Code::kDenied && permit_) permit_->Answered();
    error.message = "upstream " + registry_.name() + ": " + error.message;
    error.retry_after = InSeconds(OpensIn());
  }
  permit_.reset();
  observer->OnDone(end);
}

}  // namespace longshore
