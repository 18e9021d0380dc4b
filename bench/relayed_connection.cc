#include "bench/relayed_connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace longshore::bench {
namespace {

constexpr int kPiecesATurn = 16;
constexpr uint64_t kUnbounded = std::numeric_limits<uint64_t>::max();

bool WouldBlock() {
  return errno == EAGAIN || errno == EINTR;
}

void Shut(Endpoint& endpoint) {
  endpoint.shut = true;
  ::shutdown(endpoint.fd, SHUT_WR);
}

void Close(Endpoint& endpoint) {
  if (endpoint.fd >= 0) ::close(endpoint.fd);
  endpoint = Endpoint{.ended = true, .shut = true};
}

}  // namespace

RelayedConnection::RelayedConnection(int client, int target, const RelayShape& shape, Time now)
    : client_{.fd = client},
      target_{.fd = target},
      up_(shape.link, now + 2 * shape.link.delay),
      down_(shape.link, now),
      cut_after_(shape.cut_every > 0 ? shape.cut_every : kUnbounded) {}

RelayedConnection::~RelayedConnection() {
  Close(client_);
  Close(target_);
}

bool RelayedConnection::TakeNote() {
  const bool noted = client_.noted || target_.noted;
  client_.noted = target_.noted = false;
  return noted;
}

Time RelayedConnection::Turn(Time now) {
  bool moved = true;
  for (int piece = 0; moved && piece < kPiecesATurn; ++piece) {
    if (was_cut_) {
      DropInput();
      return Time::max();
    }
    moved = Take(client_, up_, now);
    moved |= Take(target_, down_, now);
    moved |= Give(up_, target_, to_target_, kUnbounded, now);
    moved |= Give(down_, client_, to_client_, cut_after_, now);
    if (to_client_ >= cut_after_) Cut();
  }
  if (moved) return now;
  return std::min(up_.NextTurn(now, client_.readable), down_.NextTurn(now, target_.readable));
}

bool RelayedConnection::IsOver() const {
  if (client_.broken || target_.broken) return true;
  // The client closes last, so that what it has acknowledged is known.
  return client_.ended && target_.shut && (client_.shut || target_.ended);
}

uint64_t RelayedConnection::Delivered() const {
  int unacknowledged = 0;
  if (client_.fd >= 0) ::ioctl(client_.fd, SIOCOUTQ, &unacknowledged);
  return to_client_ - std::min(to_client_, static_cast<uint64_t>(unacknowledged));
}

bool RelayedConnection::Take(Endpoint& from, Link& link, Time now) {
  if (!from.readable) return false;
  const size_t room = link.Room(now);
  if (room == 0) return false;
  auto bytes = std::make_unique_for_overwrite<char[]>(room);
  const ssize_t count = ::recv(from.fd, bytes.get(), room, 0);
  if (count > 0) {
    link.Enter(std::move(bytes), static_cast<size_t>(count), now);
    return true;
  }
  from.readable = false;
  if (count == 0) {
    from.ended = true;
    link.End(now);
  } else if (!WouldBlock()) {
    from.broken = true;
  }
  return false;
}

bool RelayedConnection::Give(Link& link, Endpoint& to, uint64_t& sent, uint64_t most, Time now) {
  if (!to.writable || to.shut) return false;
  const std::string_view arrived = link.Arrived(now).substr(0, most - sent);
  if (arrived.empty()) {
    if (link.HasEnded(now)) Shut(to);
    return false;
  }
  const ssize_t count = ::send(to.fd, arrived.data(), arrived.size(), MSG_NOSIGNAL);
  if (count > 0) {
    link.Leave(static_cast<size_t>(count));
    sent += static_cast<uint64_t>(count);
    return true;
  }
  to.writable = false;
  to.broken = !WouldBlock();
  return false;
}

void RelayedConnection::Cut() {
  was_cut_ = true;
  Close(target_);
  Shut(client_);
}

void RelayedConnection::DropInput() {
  while (client_.readable && !client_.ended) {
    const ssize_t count = ::recv(client_.fd, nullptr, Link::kMostPiece, MSG_TRUNC);
    if (count > 0) continue;
    client_.readable = false;
    client_.ended = count == 0 || !WouldBlock();
  }
}

}  // namespace longshore::bench
