#include "proxy/upstream/token_source.h"

#include <algorithm>
#include <utility>

#include "cache/base/log.h"
#include "proxy/oci/token_response.h"
#include "proxy/upstream/retry_after.h"

namespace longshore {
namespace {

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

// The upstream's own host, or one that may see its credentials.
bool IsConfiguredHost(const Credentials& credentials, const UrlOrigin& asked) {
  const auto own = OriginOf(credentials.url);
  if (own && asked.host == own->host) return true;
  const auto& listed = credentials.token_hosts;
  return std::find(listed.begin(), listed.end(), asked.host) != listed.end() ||
         std::find(listed.begin(), listed.end(), asked.host + ":" + asked.port) != listed.end();
}

}  // namespace

TokenSource::TokenSource(Credentials credentials, const Clock& clock)
    : upstream_(credentials.upstream), clock_(clock), credentials_(std::move(credentials)) {}

Credentials TokenSource::credentials() const {
  MutexLock lock(mutex_);
  return credentials_;
}

bool TokenSource::SetCredentials(Credentials credentials) {
  MutexLock lock(mutex_);
  credentials_.first_byte_timeout = credentials.first_byte_timeout;
  if (credentials_ == credentials) return false;
  credentials_ = std::move(credentials);
  bearer_.reset();
  basic_ = false;
  patience_ends_ = TimePoint();
  for (auto& item : entries_) {
    Keep(item.second, {});
    item.second.outdated = item.second.fetching;
  }
  return true;
}

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

void TokenSource::LearnOpen() {
  MutexLock lock(mutex_);
  basic_ = false;
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
  if (found != entries_.end() && found->second.token == token) Keep(found->second, {});
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
  const Credentials credentials = this->credentials();
  auto url = TokenUrl(challenge, scope);
  if (!url) {
    Deliver(scope,
            tl::unexpected(TokenError(credentials, Code::kBadUpstream, "the realm is not a URL")),
            {}, {});
    return;
  }
  if (IsPatient()) {
    Deliver(scope,
            tl::unexpected(TokenError(credentials, Code::kRateLimited,
                                      "the token server asked to be left alone for now")),
            {}, {});
    return;
  }
  TransferRequest request;
  request.url = *url;
  if (MayHaveCredentials(challenge.realm)) {
    request.username = credentials.username;
    request.password = credentials.password;
  } else if (!credentials.username.empty()) {
    log::Warn("token", "the realm may not see the credentials; asking anonymously",
              {{"upstream", credentials.upstream}, {"realm", challenge.realm}});
  }
  request.ca_file = credentials.ca_file;
  request.proxy = credentials.proxy;
  request.first_byte_timeout = credentials.first_byte_timeout;
  const auto origin = OriginOf(challenge.realm);
  if (!origin || !IsConfiguredHost(credentials, *origin)) request.reach = reach;
  // The collector keeps itself alive until it is done; the loop's client cancels it when the loop
  // ends.
  auto holder = std::make_shared<std::unique_ptr<Collector>>();
  *holder = std::make_unique<Collector>(
      kMaxTokenResponseBytes,
      [this, scope, credentials, holder, &executor](Result<CollectedResponse> answer) {
        executor.Post([keep = std::move(*holder)] {});
        const TimePoint now = clock_.Now();
        NotePatience(answer);
        const auto parsed = ReadAnswer(credentials, answer);
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
    if (!std::exchange(entry.outdated, false) && token) {
      Keep(entry, *token);
      entry.refresh_at = refresh_at;
      entry.expires_at = expires_at;
    }
    MakeRoom(clock_.Now());
  }
  for (Waiter& waiter : waiters) {
    waiter.executor->Post(
        [done = std::move(waiter.done), token]() mutable { done(std::move(token)); });
  }
}

// `token` in place of the one that was kept.
void TokenSource::Keep(Entry& entry, std::string token) {
  token_bytes_ = token_bytes_ - entry.token.size() + token.size();
  entry.token = std::move(token);
}

// Of too much a tenth goes at once, so that this is seldom done.
void TokenSource::MakeRoom(TimePoint now) {
  if (entries_.size() <= kMostScopes && token_bytes_ <= kMostBytes) return;
  std::vector<decltype(entries_)::iterator> idle;
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (!it->second.fetching) idle.push_back(it);
  }
  std::sort(idle.begin(), idle.end(), [](const auto& one, const auto& other) {
    return one->second.expires_at < other->second.expires_at;
  });
  for (const auto& it : idle) {
    const bool is_usable = !it->second.token.empty() && now < it->second.expires_at;
    const bool has_room =
        entries_.size() <= kMostScopes / 10 * 9 && token_bytes_ <= kMostBytes / 10 * 9;
    if (is_usable && has_room) break;
    token_bytes_ -= it->second.token.size();
    entries_.erase(it);
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
  const Credentials credentials = this->credentials();
  const auto own = OriginOf(credentials.url);
  const auto asked = OriginOf(realm);
  if (!own || !asked) return false;
  if (own->scheme == "https" && asked->scheme != "https") return false;
  return IsConfiguredHost(credentials, *asked);
}

}  // namespace longshore
