// How a call shows that it may have what it asks for: tokens, and the challenges that say where
// they are to be had.
#include <utility>

#include "proxy/upstream/refusal.h"
#include "proxy/upstream/registry_call.h"

namespace longshore {

void RegistryCall::StartLeg() {
  TokenSource& tokens = endpoint_->tokens();
  if (!IsAtOwnOrigin()) {
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
    if (cached->refresh_due) FetchToken(*bearer, [](const Result<std::string>&) {});
    StartWithToken(cached->token);
    return;
  }
  realm_ = bearer->realm;
  FetchToken(*bearer, [self = shared_from_this()](Result<std::string> token) {
    self->StartWithToken(std::move(token));
  });
}

// A realm that is only remembered may be one the upstream has left: that a token cannot be had
// there means something once the upstream, asked without one, names that realm again.
bool RegistryCall::MayHaveMoved() const {
  return !challenged_ && no_token_->code != Code::kRateLimited &&
         no_token_->code != Code::kCancelled;
}

void RegistryCall::FetchToken(const BearerChallenge& challenge, TokenSource::Callback done) {
  endpoint_->tokens().Fetch(challenge, scope_, Reach(), registry_.client_, registry_.executor_,
                            std::move(done));
}

void RegistryCall::StartWithToken(Result<std::string> token) {
  if (observer_ == nullptr) return;
  if (token) {
    no_token_.reset();
    token_ = *token;
    Send("Bearer " + token_, false);
    return;
  }
  no_token_ = std::move(token.error());
  if (MayHaveMoved()) {
    Send("", false);
  } else {
    EndWithoutToken();
  }
}

void RegistryCall::EndWithoutToken() {
  const Code code = no_token_->code;
  TransferEnd end{tl::unexpected(*std::exchange(no_token_, std::nullopt)), "auth"};
  if (code == Code::kDenied || code == Code::kCancelled) {
    Finish(std::move(end));
  } else {
    OnFailed(std::move(end), false);
  }
}

void RegistryCall::OnChallenge() {
  challenged_ = true;
  TokenSource& tokens = endpoint_->tokens();
  const auto challenges = ParseChallenges(refused_->fields.All("WWW-Authenticate"));
  if (const auto bearer = FindBearer(challenges)) {
    tokens.LearnBearer(*bearer);
    if (no_token_ && bearer->realm == realm_) {
      EndWithoutToken();
      return;
    }
    if (!token_.empty()) tokens.Forget(scope_, token_);
    if (scope_.empty()) scope_ = bearer->scope;
    StartLeg();
  } else if (HasBasic(challenges) && !tokens.credentials().username.empty()) {
    tokens.LearnBasic();
    no_token_.reset();
    StartLeg();
  } else {
    EndRefused();
  }
}

// Who may not know what is there may be told that it is not: to somebody without a token that is
// no answer.
void RegistryCall::EndRefused() {
  if (no_token_) {
    EndWithoutToken();
  } else {
    Finish(RefusalEnd(refused_->status, refusal_));
  }
}

}  // namespace longshore
