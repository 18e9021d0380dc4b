#include "proxy/upstream/registry_call.h"

#include <algorithm>
#include <random>

#include "cache/base/log.h"
#include "proxy/oci/hop.h"
#include "proxy/upstream/url.h"

namespace longshore {
namespace {

constexpr int kMaxRedirects = 5;
constexpr int kMaxRetries = 2;
constexpr int64_t kFirstDelayMillis = 100;
constexpr size_t kMaxRefusal = 512;        // bytes of an error body kept for the message
constexpr size_t kMaxDrained = 64 * 1024;  // bytes of an error body read to keep the connection

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Half the delay is fixed, half is chance: many waiting calls spread out.
Duration Jittered(int retry) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t full = kFirstDelayMillis << retry;
  return Duration{full / 2 + std::uniform_int_distribution<int64_t>(0, full)(random)};
}

std::string PullScope(const std::string& repository) {
  return repository.empty() ? std::string() : "repository:" + repository + ":pull";
}

std::string_view ReasonOf(int status) {
  if (status == 401 || status == 403) return "auth";
  if (status == 429) return "status_429";
  if (status >= 500) return "status_5xx";
  return "status_4xx";
}

Code CodeOf(int status) {
  switch (status) {
    case 401:
    case 403:
      return Code::kDenied;
    case 404:
      return Code::kNotFound;
    case 429:
      return Code::kRateLimited;
    case 504:
      return Code::kTimeout;
    default:
      return status >= 500 ? Code::kUnavailable : Code::kBadUpstream;
  }
}

}  // namespace

RegistryCall::RegistryCall(Registry& registry, UpstreamRequest request, TransferObserver& observer)
    : registry_(registry),
      request_(std::move(request)),
      observer_(&observer),
      url_(registry.tokens_.credentials().url + request_.path),
      scope_(PullScope(request_.repository)) {}

void RegistryCall::Begin() {
  if (!request_.location.empty()) {
    url_ = request_.location;
    is_shortcut_ = true;
  }
  StartLeg();
}

void RegistryCall::Cancel() {
  observer_ = nullptr;
  leg_.reset();
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

// Credentials belong to the upstream's own origin; where a redirect leads, they do not follow.
bool RegistryCall::MayAuthorize() const {
  const auto own = OriginOf(registry_.tokens_.credentials().url);
  const auto now = OriginOf(url_);
  return own && now && *own == *now;
}

void RegistryCall::StartLeg() {
  TokenSource& tokens = registry_.tokens_;
  if (!MayAuthorize()) {
    Send("", false);
    return;
  }
  if (tokens.KnowsBasic()) {
    Send("", true);
    return;
  }
  const auto bearer = tokens.KnownBearer();
  if (!bearer) {
    Send("", false);
    return;
  }
  if (const auto cached = tokens.Find(scope_)) {
    if (cached->refresh_due) {
      tokens.Fetch(*bearer, scope_, registry_.client_, registry_.executor_,
                   [](const Result<std::string>&) {});
    }
    StartWithToken(cached->token);
    return;
  }
  tokens.Fetch(*bearer, scope_, registry_.client_, registry_.executor_,
               [self = shared_from_this()](Result<std::string> token) {
                 self->StartWithToken(std::move(token));
               });
}

void RegistryCall::StartWithToken(Result<std::string> token) {
  if (observer_ == nullptr) return;
  if (!token) {
    Finish({tl::unexpected(token.error()), "auth"});
    return;
  }
  token_ = *token;
  Send("Bearer " + token_, false);
}

void RegistryCall::Send(const std::string& authorization, bool basic) {
  const Credentials& credentials = registry_.tokens_.credentials();
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
  transfer.http1 = request_.bulk;
  transfer.decode = request_.may_be_encoded;
  if (request_.may_be_encoded) transfer.fields.Add(std::string(kHopField), std::string(kHopZstd));
  refused_.reset();
  refusal_.clear();
  counted_ = 0;
  leg_started_ = registry_.clock_.Now();
  leg_ = registry_.client_.Start(std::move(transfer), *this);
}

void RegistryCall::OnHead(const TransferHead& head) {
  const auto elapsed = std::chrono::duration_cast<Duration>(registry_.clock_.Now() - leg_started_);
  registry_.metrics_.OnAnswer(registry_.name(), request_.kind, request_.method, head.status,
                              elapsed);
  if (head.status != 200 && head.status != 206) {
    refused_ = head;
    return;
  }
  streaming_ = true;
  if (paused_ && leg_) leg_->Pause();
  TransferHead seen = head;
  if (is_shortcut_ || redirects_ > 0) seen.location = url_;
  observer_->OnHead(seen);
}

void RegistryCall::OnBody(std::string_view data) {
  const uint64_t wire = leg_->WireBytes();
  registry_.metrics_.OnBytes(registry_.name(), wire - std::exchange(counted_, wire));
  if (streaming_) {
    observer_->OnBody(data);
    return;
  }
  refusal_ += data.substr(0, kMaxRefusal - std::min(kMaxRefusal, refusal_.size()));
  if (data.size() > kMaxDrained) {
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
  if (streaming_ || end.status) {
    Finish(end);
    return;
  }
  const auto elapsed = std::chrono::duration_cast<Duration>(registry_.clock_.Now() - leg_started_);
  registry_.metrics_.OnAnswer(registry_.name(), request_.kind, request_.method, 0, elapsed);
  const bool passing = end.status.error().code == Code::kUnavailable || end.reason == "connect" ||
                       end.reason == "broken";
  if (passing) {
    RetryOr(end);
  } else {
    Finish(end);
  }
}

void RegistryCall::EndOfRefusedLeg() {
  const int status = refused_->status;
  if (is_shortcut_ && !IsRedirect(status)) {
    StartOver();
    StartLeg();
  } else if (status == 401 && !challenged_ && MayAuthorize()) {
    OnChallenge();
  } else if (IsRedirect(status)) {
    OnRedirect();
  } else if (status >= 500) {
    RetryOr(RefusalEnd());
  } else {
    Finish(RefusalEnd());
  }
}

void RegistryCall::OnChallenge() {
  challenged_ = true;
  TokenSource& tokens = registry_.tokens_;
  const auto challenges = ParseChallenges(refused_->fields.All("WWW-Authenticate"));
  if (const auto bearer = FindBearer(challenges)) {
    tokens.LearnBearer(*bearer);
    if (!token_.empty()) tokens.Forget(scope_, token_);
    if (scope_.empty()) scope_ = bearer->scope;
    StartLeg();
  } else if (HasBasic(challenges) && !tokens.credentials().username.empty()) {
    tokens.LearnBasic();
    StartLeg();
  } else {
    Finish(RefusalEnd());
  }
}

void RegistryCall::OnRedirect() {
  const auto location = refused_->fields.Get("Location");
  if (!location || ++redirects_ > kMaxRedirects) {
    Finish(
        {Fail(Code::kBadUpstream, location ? "too many redirects" : "a redirect without Location"),
         "redirect"});
    return;
  }
  const auto next = ResolveUrl(url_, std::string(*location));
  const auto from = OriginOf(url_);
  const auto to = next ? OriginOf(*next) : Result<UrlOrigin>(tl::unexpected(next.error()));
  if (!to) {
    Finish({tl::unexpected(to.error()), "redirect"});
    return;
  }
  if (from && from->scheme == "https" && to->scheme != "https") {
    Finish({Fail(Code::kBadUpstream, "a redirect from https to http is not followed"), "redirect"});
    return;
  }
  url_ = *next;
  StartLeg();
}

void RegistryCall::RetryOr(TransferEnd end) {
  if (retries_ >= kMaxRetries) {
    Finish(std::move(end));
    return;
  }
  const Duration delay = Jittered(retries_++);
  registry_.metrics_.OnFailure(registry_.name(), end.reason);
  log::Info("upstream", "retrying",
            {{"upstream", registry_.name()},
             {"path", request_.path},
             {"reason", end.reason},
             {"delay_ms", static_cast<int64_t>(delay.count())}});
  StartOver();
  retry_timer_ = registry_.executor_.RunAfter(delay, [self = shared_from_this()] {
    self->retry_timer_ = 0;
    if (self->observer_ != nullptr) self->StartLeg();
  });
}

void RegistryCall::StartOver() {
  url_ = registry_.tokens_.credentials().url + request_.path;
  redirects_ = 0;
  is_shortcut_ = false;
}

TransferEnd RegistryCall::RefusalEnd() const {
  const int status = refused_->status;
  std::string message = "it answered " + std::to_string(status);
  // The upstream's own words help a person; quotes and control characters are left to the JSON
  // writer.
  if (!refusal_.empty()) message += ": " + refusal_;
  return {Fail(CodeOf(status), std::move(message)), ReasonOf(status)};
}

void RegistryCall::Finish(TransferEnd end) {
  TransferObserver* observer = std::exchange(observer_, nullptr);
  if (observer == nullptr) return;
  if (!end.status) {
    Error& error = end.status.error();
    // A definite answer is no failure of the upstream.
    const bool is_answer = error.code == Code::kNotFound;
    if (!is_answer) registry_.metrics_.OnFailure(registry_.name(), end.reason);
    error.message = "upstream " + registry_.name() + ": " + error.message;
  }
  observer->OnDone(end);
}

}  // namespace longshore
