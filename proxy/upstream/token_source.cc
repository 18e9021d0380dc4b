#include "proxy/upstream/token_source.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "proxy/oci/token_response.h"
#include "proxy/upstream/retry_after.h"

namespace longshore {
namespace {

constexpr size_t kMaxScopes = 10'000;  // then the expired ones go

Error TokenError(const Credentials& credentials, Code code, const std::string& why) {
  return {code, "no token for upstream " + credentials.upstream + ": " + why};
}

Result<std::string> TokenUrl(const BearerChallenge& challenge, const std::string& scope) {
  Result<std::string> url = challenge.realm;
  if (!challenge.service.empty()) url = WithQuery(*url, "service", challenge.service);
  if (url && !scope.empty()) url = WithQuery(*url, "scope", scope);
  return url;
}

Result<TokenResponse> ReadAnswer(const Credentials& credentials,
                                 const Result<CollectedResponse>& answer) {
  if (!answer) {
    return tl::unexpected(TokenError(credentials, answer.error().code, answer.error().message));
  }
  const int status = answer->head.status;
  if (status == 401 || status == 403) {
    return tl::unexpected(TokenError(credentials, Code::kDenied, "the token server refused"));
  }
  if (status != 200) {
    const Code code = status == 429   ? Code::kRateLimited
                      : status >= 500 ? Code::kUnavailable
                                      : Code::kBadUpstream;
    return tl::unexpected(
        TokenError(credentials, code, "the token server answered " + std::to_string(status)));
  }
  return ParseTokenResponse(answer->body);
}

}  // namespace

TokenSource::TokenSource(Credentials credentials, const Clock& clock)
    : credentials_(std::move(credentials)), clock_(clock) {}

std::optional<BearerChallenge> TokenSource::KnownBearer() const {
  MutexLock lock(mutex_);
  return bearer_;
}

bool TokenSource::KnowsBasic() const {
  MutexLock lock(mutex_);
  return basic_;
}

void TokenSource::LearnBearer(const BearerChallenge& challenge) {
  MutexLock lock(mutex_);
  bearer_ = challenge;
  basic_ = false;
}

void TokenSource::LearnBasic() {
  MutexLock lock(mutex_);
  basic_ = true;
  bearer_.reset();
}

std::optional<TokenSource::Cached> TokenSource::Find(const std::string& scope) const {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  const auto found = entries_.find(scope);
  if (found == entries_.end() || found->second.token.empty() || now >= found->second.expires_at) {
    return std::nullopt;
  }
  return Cached{found->second.token, now >= found->second.refresh_at && !found->second.fetching};
}

void TokenSource::Forget(const std::string& scope, const std::string& token) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(scope);
  if (found != entries_.end() && found->second.token == token) found->second.token.clear();
}

void TokenSource::Fetch(const BearerChallenge& challenge, const std::string& scope,
                        AddressReach reach, TransferClient& client, Executor& executor,
                        Callback done) {
  {
    MutexLock lock(mutex_);
    Entry& entry = entries_[scope];
    entry.waiters.push_back({&executor, std::move(done)});
    if (std::exchange(entry.fetching, true)) return;
  }
  auto url = TokenUrl(challenge, scope);
  if (!url) {
    Deliver(scope,
            tl::unexpected(TokenError(credentials_, Code::kBadUpstream, "the realm is not a URL")),
            {}, {});
    return;
  }
  if (IsPatient()) {
    Deliver(scope,
            tl::unexpected(TokenError(credentials_, Code::kRateLimited,
                                      "the token server asked to be left alone for now")),
            {}, {});
    return;
  }
  TransferRequest request;
  request.url = *url;
  if (MayHaveCredentials(challenge.realm)) {
    request.username = credentials_.username;
    request.password = credentials_.password;
  } else if (!credentials_.username.empty()) {
    log::Warn("token", "the realm may not see the credentials; asking anonymously",
              {{"upstream", credentials_.upstream}, {"realm", challenge.realm}});
  }
  request.ca_file = credentials_.ca_file;
  request.first_byte_timeout = credentials_.first_byte_timeout;
  const auto origin = OriginOf(challenge.realm);
  if (!origin || !IsConfiguredHost(*origin)) request.reach = reach;
  // The collector keeps itself alive until it is done; the loop's client cancels it when the loop
  // ends.
  auto holder = std::make_shared<std::unique_ptr<Collector>>();
  *holder = std::make_unique<Collector>(
      kMaxTokenResponseBytes, [this, scope, holder, &executor](Result<CollectedResponse> answer) {
        executor.Post([keep = std::move(*holder)] {});
        const TimePoint now = clock_.Now();
        NotePatience(answer);
        const auto parsed = ReadAnswer(credentials_, answer);
        if (!parsed) {
          Deliver(scope, tl::unexpected(parsed.error()), {}, {});
          return;
        }
        const auto life = std::chrono::duration_cast<Duration>(parsed->expires_in);
        // A tenth is kept as a margin for clocks and for requests on their way.
        Deliver(scope, parsed->token, now + life * 3 / 4, now + life * 9 / 10);
      });
  Collector& collector = **holder;
  collector.Own(client.Start(std::move(request), collector));
}

void TokenSource::Deliver(const std::string& scope, Result<std::string> token, TimePoint refresh_at,
                          TimePoint expires_at) {
  std::vector<Waiter> waiters;
  {
    MutexLock lock(mutex_);
    Entry& entry = entries_[scope];
    entry.fetching = false;
    waiters.swap(entry.waiters);
    if (token) {
      entry.token = *token;
      entry.refresh_at = refresh_at;
      entry.expires_at = expires_at;
    }
    if (entries_.size() > kMaxScopes) {
      const TimePoint now = clock_.Now();
      std::erase_if(entries_, [now](const auto& item) {
        return !item.second.fetching && now >= item.second.expires_at;
      });
    }
  }
  for (Waiter& waiter : waiters) {
    waiter.executor->Post(
        [done = std::move(waiter.done), token]() mutable { done(std::move(token)); });
  }
}

bool TokenSource::IsPatient() const {
  const TimePoint now = clock_.Now();
  MutexLock lock(mutex_);
  return now < patience_ends_;
}

void TokenSource::NotePatience(const Result<CollectedResponse>& answer) {
  if (!answer) return;
  const auto asked = PatienceAsked(answer->head, clock_.WallMillis());
  if (!asked) return;
  const TimePoint end = clock_.Now() + *asked;
  MutexLock lock(mutex_);
  patience_ends_ = end;
}

bool TokenSource::MayHaveCredentials(const std::string& realm) const {
  const auto own = OriginOf(credentials_.url);
  const auto asked = OriginOf(realm);
  if (!own || !asked) return false;
  if (own->scheme == "https" && asked->scheme != "https") return false;
  return IsConfiguredHost(*asked);
}

bool TokenSource::IsConfiguredHost(const UrlOrigin& asked) const {
  const auto own = OriginOf(credentials_.url);
  if (own && asked.host == own->host) return true;
  const auto& listed = credentials_.token_hosts;
  return std::find(listed.begin(), listed.end(), asked.host) != listed.end() ||
         std::find(listed.begin(), listed.end(), asked.host + ":" + asked.port) != listed.end();
}

}  // namespace longshore
