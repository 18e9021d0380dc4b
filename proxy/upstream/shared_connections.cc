#include "proxy/upstream/shared_connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace longshore {
namespace {

// False, too, if that cannot be said.
bool IsSilent(int fd, Duration silent) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  // Milliseconds, by a coarse clock; where nothing ever came, since it is open.
  return 10 * Duration(info.tcpi_last_data_recv) >= 9 * silent;
}

}  // namespace

void SharedConnections::ShutDownSilent(const UrlOrigin& origin, Duration silent) const {
  for (const auto& [fd, leads_to] : origins_) {
    if (leads_to == origin && IsSilent(fd, silent)) ::shutdown(fd, SHUT_RDWR);
  }
}

}  // namespace longshore
