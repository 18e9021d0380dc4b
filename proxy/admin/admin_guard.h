#pragma once

#include <optional>
#include <string>

#include "proxy/config/config_secret.h"
#include "proxy/http/message.h"

namespace longshore {

// Who may use the admin listener. Immutable; any thread; pure.
//
// Where other machines can reach the listener and there is no token, nobody. With a token:
// `Authorization: Bearer TOKEN`, or Basic with the token as the password, as browsers send it;
// compared in constant time. On a loopback address without one, the Host header must be one as
// well: else a web page whose name was made to resolve to 127.0.0.1 could read what it likes. What
// changes something must come from this very page (Sec-Fetch-Site, or an Origin that is the Host)
// or carry a header that no form can send and no foreign page may, X-Longshore-Request.
class AdminGuard {
 public:
  enum class Reach { kThisMachine, kOthers };
  struct Refusal {
    int status = 403;
    std::string message;  // says what to do
  };

  // `reach`: who can connect to the listener.
  AdminGuard(Secret token, Reach reach) : token_(std::move(token)), reach_(reach) {}

  std::optional<Refusal> Check(const Request& request, bool changes) const;

 private:
  bool IsAuthorized(const Request& request) const;

  const Secret token_;
  const Reach reach_;
};

inline constexpr char kAdminRequestField[] = "X-Longshore-Request";

}  // namespace longshore
