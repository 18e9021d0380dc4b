#include "proxy/upstream/shared_connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <optional>

namespace longshore {
namespace {

std::optional<uint64_t> CookieOf(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return std::nullopt;
  return cookie;
}

bool IsSilent(int fd, Duration silent) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  // One that is being made has its own deadline.
  if (info.tcpi_state != TCP_ESTABLISHED) return false;
  // Milliseconds, by a coarse clock; where nothing ever came, since it is open.
  return 10 * Duration(info.tcpi_last_data_recv) >= 9 * silent;
}

}  // namespace

OpenedConnection::OpenedConnection(int fd_) : fd(fd_), cookie(CookieOf(fd_).value_or(0)) {}

bool OpenedConnection::IsOpen() const {
  return CookieOf(fd) == cookie;
}

void SharedConnections::Add(const UrlOrigin& origin, const OpenedConnection& connection) {
  ForgetClosed();
  connections_.emplace_back(origin, connection);
}

void SharedConnections::ShutDownSilent(const UrlOrigin& origin, Duration silent) {
  ForgetClosed();
  for (const auto& [leads_to, connection] : connections_) {
    if (leads_to == origin && IsSilent(connection.fd, silent)) {
      ::shutdown(connection.fd, SHUT_RDWR);
    }
  }
}

void SharedConnections::ForgetClosed() {
  std::erase_if(connections_, [](const auto& entry) { return !entry.second.IsOpen(); });
}

}  // namespace longshore
