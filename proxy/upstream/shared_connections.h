#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cache/base/clock.h"
#include "proxy/upstream/url.h"

namespace longshore {

// A TCP connection by its descriptor, which may be another's by now, and the number that the kernel
// gave it, which never is.
struct OpenedConnection {
  explicit OpenedConnection(int fd_);
  bool IsOpen() const;  // and is the same

  int fd;
  uint64_t cookie = 0;  // SO_COOKIE
};

// The connections of one client that requests share (HTTP/2), by the origin that they lead to.
// libcurl keeps such a one when a request on it is late, gives it to the next, and does not say
// which it is. One that died without a word would get all requests: what stands between may have
// forgotten it (NAT), which the kernel finds out after a quarter of an hour, or a balancer its
// server, which nobody does. Lives on one loop; never blocks.
class SharedConnections {
 public:
  void Add(const UrlOrigin& origin, const OpenedConnection& connection);
  // Shuts down those to `origin` over which nothing came for so long: whoever uses them sees their
  // end. They stay open, and libcurl's.
  void ShutDownSilent(const UrlOrigin& origin, Duration silent);

 private:
  void ForgetClosed();

  std::vector<std::pair<UrlOrigin, OpenedConnection>> connections_;  // one an origin, as a rule
};

}  // namespace longshore
