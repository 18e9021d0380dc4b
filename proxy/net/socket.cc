#include "proxy/net/socket.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace longshore {
namespace {

Socket::Moved ToMoved(ssize_t n) {
  if (n > 0) return {Socket::Moved::Kind::kBytes, static_cast<size_t>(n)};
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return {Socket::Moved::Kind::kWouldBlock, 0};
  return {Socket::Moved::Kind::kClosed, 0};
}

// Does sendfile say this of the file, and not of the socket? As file systems report what they
// cannot read, or no longer want to; no socket does.
bool IsOfTheFile(int error) {
  return error == EIO || error == EUCLEAN || error == EBADMSG || error == ESTALE;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> ParseAddress(const std::string& text, uint16_t port) {
  const std::string host = text == "localhost" ? "127.0.0.1" : text;
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
    return address;
  }
  return Fail(Code::kInvalid, "not an IP address: " + text);
}

enum class Use { kListen, kLook };

// To look is not to listen: who connects just then would be taken, and reset when the look is over.
Result<Socket> Bind(const std::string& host, uint16_t port, Use use) {
  auto address = ParseAddress(host, port);
  if (!address) return tl::unexpected(address.error());
  Socket socket(
      ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket.IsOpen()) {
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (use == Use::kListen) ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (address->storage.ss_family == AF_INET6) {
      ::setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) ==
            0 &&
        (use == Use::kLook || ::listen(socket.fd(), SOMAXCONN) == 0)) {
      return socket;
    }
  }
  return Fail(Code::kUnavailable, "cannot listen on " + host + ":" + std::to_string(port) + ": " +
                                      std::system_category().message(errno));
}

std::string ToText(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return AddressText(text.data(), ntohs(v4.sin_port));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return AddressText(text.data(), ntohs(v6.sin6_port));
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Socket::Moved Socket::Read(char* buffer, size_t size) {
  return ToMoved(::recv(fd_, buffer, size, 0));
}

Socket::Moved Socket::Write(std::string_view data, bool more) {
  return ToMoved(::send(fd_, data.data(), data.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
}

Socket::Moved Socket::WriteTwo(std::string_view first, std::string_view second) {
  std::array<iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                              {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ToMoved(::sendmsg(fd_, &message, MSG_NOSIGNAL));
}

Socket::Moved Socket::SendFile(int file_fd, uint64_t offset, size_t size) {
  auto position = static_cast<off_t>(offset);
  const ssize_t n = ::sendfile(fd_, file_fd, &position, size);
  // 0: the file ends before.
  if (n == 0 || (n < 0 && IsOfTheFile(errno))) return {Moved::Kind::kUnreadable, 0};
  Moved moved = ToMoved(n);
  moved.is_full = moved.kind == Moved::Kind::kBytes && moved.bytes < size;
  return moved;
}

Status Socket::SetCongestion(const std::string& name) {
  const auto size = static_cast<socklen_t>(name.size());
  if (::setsockopt(fd_, IPPROTO_TCP, TCP_CONGESTION, name.data(), size) == 0) return {};
  return Fail(Code::kUnavailable, "no congestion control " + name + ": " +
                                      std::system_category().message(errno) +
                                      "; the machine's own is used");
}

void Socket::SetCork(bool is_in) {
  const int value = is_in ? 1 : 0;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

void Socket::ShutdownWrite() {
  ::shutdown(fd_, SHUT_WR);
}

size_t Socket::RoomToWrite() const {
  std::array<uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (::getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
  const uint32_t most = memory[SK_MEMINFO_SNDBUF];
  return most - std::min(most, memory[SK_MEMINFO_WMEM_QUEUED]);
}

size_t Socket::Unacknowledged() const {
  int bytes = 0;
  if (::ioctl(fd_, SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<size_t>(bytes);
}

Result<Socket> Listen(const std::string& host, uint16_t port) {
  return Bind(host, port, Use::kListen);
}

Status CheckFree(const std::string& host, uint16_t port) {
  if (port == 0) return {};
  auto probe = Bind(host, port, Use::kLook);
  if (!probe) return tl::unexpected(probe.error());
  return {};
}

uint16_t LocalPort(const Socket& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  sockaddr_in v4{};
  std::memcpy(&v4, &storage, sizeof v4);  // the port is at the same place for both families
  return ntohs(v4.sin_port);
}

std::string AddressText(const std::string& host, uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string PeerAddress(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "unknown";
  return ToText(storage);
}

std::string LocalAddress(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "unknown";
  return ToText(storage);
}

std::string PeerNetwork(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  std::array<char, 8> bytes{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    std::memcpy(bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
    return {bytes.data(), sizeof v4.sin_addr};
  }
  if (storage.ss_family != AF_INET6) return {};
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return {bytes.data(), bytes.size()};
}

}  // namespace longshore
