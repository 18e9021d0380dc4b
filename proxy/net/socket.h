#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// An owned, non-blocking stream socket. One thread at a time. Closed when it goes.
class Socket {
 public:
  // What a call did: `bytes` moved, or none because it would block, or the stream is over, or, of
  // SendFile, the file cannot be read there.
  struct Moved {
    enum class Kind { kBytes, kWouldBlock, kClosed, kUnreadable } kind = Kind::kClosed;
    size_t bytes = 0;
    bool is_full = false;  // there was room for these bytes and no more
  };

  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  bool IsOpen() const { return fd_ >= 0; }

  Moved Read(char* buffer, size_t size);
  // `more`: the caller writes again at once, so a partial segment may wait for that (MSG_MORE).
  Moved Write(std::string_view data, bool more);
  // Head and body in one call.
  Moved WriteTwo(std::string_view first, std::string_view second);
  // From a file's page cache; `size` is not 0. A page that is not there blocks: callers see to it
  // that it is.
  Moved SendFile(int file_fd, uint64_t offset, size_t size);

  // For what is sent from now on; accepted sockets have it from the listening one. kUnavailable:
  // the kernel does not have it, or does not let this user choose it. tcp(7), TCP_CONGESTION.
  [[nodiscard]] Status SetCongestion(const std::string& name);
  // While it is in, only full segments leave; what is less goes when it is taken out, or after 200
  // ms. tcp(7), TCP_CORK.
  void SetCork(bool is_in);
  void ShutdownWrite();
  // About how many bytes a write would take now. socket(7), SO_MEMINFO.
  size_t RoomToWrite() const;
  // Bytes given to the kernel that the peer has not acknowledged.
  size_t Unacknowledged() const;

 private:
  int fd_ = -1;
};

// Binds and listens on `host`:`port` (a numeric IPv4 or IPv6 address, or "localhost"; port 0: any),
// non-blocking, with SO_REUSEPORT so that every loop has its own queue. kInvalid: not an address;
// kUnavailable: in use or not allowed. Blocks not.
[[nodiscard]] Result<Socket> Listen(const std::string& host, uint16_t port);
// Fails with kUnavailable if somebody listens there already: with SO_REUSEPORT alone a second
// process of the same user would silently share the port.
[[nodiscard]] Status CheckFree(const std::string& host, uint16_t port);
uint16_t LocalPort(const Socket& socket);
std::string PeerAddress(int fd);   // "192.0.2.7:1234", "[::1]:1234", or "unknown"
std::string LocalAddress(int fd);  // the same of its own end
// `host` as it is written by inet_ntop: "192.0.2.7:1234", "[::1]:1234".
std::string AddressText(const std::string& host, uint16_t port);
// What tells one client from another: the raw bytes of an IPv4 address, or of the /64 an IPv6
// address is in, which is one host's (RFC 7421); empty for anything else.
std::string PeerNetwork(int fd);

}  // namespace longshore
