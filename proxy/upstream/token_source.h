#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "cache/base/mutex.h"
#include "proxy/oci/challenge.h"
#include "proxy/upstream/collect.h"
#include "proxy/upstream/transfer.h"
#include "proxy/upstream/url.h"

namespace longshore {

// How one upstream wants to be spoken to, and with what.
struct Credentials {
  std::string upstream;  // its name, for messages
  std::string url;       // its base URL
  std::string username;  // empty: anonymous
  std::string password;
  std::string ca_file;
  std::vector<std::string> token_hosts;  // hosts besides the URL's own that may see the credentials
  Duration first_byte_timeout{10'000};   // of each answer, to its head
  std::string proxy = {};                // of all requests, to wherever they lead
  bool operator==(const Credentials&) const = default;
};

// Bearer tokens of one upstream, for all loops: one fetch a scope however many ask, kept until
// shortly before they run out. Clients name the scopes, a repository each, so there is a bound on
// how many tokens are kept, and on their bytes: those that run out first go before. distribution
// docs/content/spec/auth/token.md. Thread-safe; one leaf lock.
class TokenSource {
 public:
  static constexpr size_t kMostScopes = 10'000;
  static constexpr size_t kMostBytes = 32 << 20;  // of tokens

  using Callback = UniqueFunction<void(Result<std::string>)>;
  struct Cached {
    std::string token;
    bool refresh_due = false;  // usable, but it is time to fetch the next one
  };

  TokenSource(Credentials credentials, const Clock& clock);

  const std::string& upstream() const { return upstream_; }
  Credentials credentials() const;
  // Of the same upstream at the same URL. True: others than before, and what was learnt and got
  // with those is forgotten.
  bool SetCredentials(Credentials credentials);

  // What the upstream last asked for, so that the next request need not be refused first.
  std::optional<BearerChallenge> KnownBearer() const;
  bool KnowsBasic() const;
  void LearnBearer(const BearerChallenge& challenge);
  void LearnBasic();
  void LearnOpen();  // it asks for nothing

  std::optional<Cached> Find(const std::string& scope) const;
  // The upstream refused this token: forget it (unless it has been replaced already).
  void Forget(const std::string& scope, const std::string& token);
  // A new token for `scope`, fetched through `client` (on `executor`, the current loop) unless a
  // fetch for that scope is under way on any loop. `done` is posted to `executor`. A realm that is
  // not configured may lie no further inside than `reach`: it is the upstream that names it.
  // Failures: kDenied, kRateLimited, kUnavailable, kTimeout, kBadUpstream.
  void Fetch(const BearerChallenge& challenge, const std::string& scope, AddressReach reach,
             TransferClient& client, Executor& executor, Callback done);

  // May the credentials be sent there? Only to the upstream's own host and those listed, and never
  // from https to plain http.
  bool MayHaveCredentials(const std::string& realm) const;

 private:
  struct Waiter {
    Executor* executor;
    Callback done;
  };
  struct Entry {
    std::string token;
    TimePoint refresh_at;
    TimePoint expires_at;
    bool fetching = false;
    bool outdated = false;  // what is being fetched is of credentials that are no more
    std::vector<Waiter> waiters;
  };

  void Keep(Entry& entry, std::string token) REQUIRES(mutex_);
  void MakeRoom(TimePoint now) REQUIRES(mutex_);
  bool IsPatient() const;  // the token server asked to be left alone, and still is
  void NotePatience(const Result<CollectedResponse>& answer);
  void Deliver(const std::string& scope, Result<std::string> token, TimePoint refresh_at,
               TimePoint expires_at);

  const std::string upstream_;
  const Clock& clock_;
  mutable Mutex mutex_;
  Credentials credentials_ GUARDED_BY(mutex_);
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);  // by scope
  size_t token_bytes_ GUARDED_BY(mutex_) = 0;                // of all entries
  std::optional<BearerChallenge> bearer_ GUARDED_BY(mutex_);
  bool basic_ GUARDED_BY(mutex_) = false;
  TimePoint patience_ends_ GUARDED_BY(mutex_);
};

}  // namespace longshore
