#pragma once

#include <unordered_map>
#include <utility>

#include "cache/base/clock.h"
#include "proxy/upstream/url.h"

namespace longshore {

// The connections of one client that requests may share (HTTP/2), by the origin that they lead to.
// libcurl keeps such a one when a request on it is late, gives it to the next, and does not say
// which it is. One that died without a word would get all requests: what stands between may have
// forgotten it (NAT), which the kernel finds out after a quarter of an hour, or a balancer its
// server, which nobody does. Lives on one loop; never blocks.
class SharedConnections {
 public:
  void Add(int fd, UrlOrigin origin) { origins_[fd] = std::move(origin); }
  void Remove(int fd) { origins_.erase(fd); }
  // Shuts down those to `origin` over which nothing came for so long: whoever uses them sees their
  // end. They stay open, and libcurl's.
  void ShutDownSilent(const UrlOrigin& origin, Duration silent) const;

 private:
  std::unordered_map<int, UrlOrigin> origins_;
};

}  // namespace longshore
