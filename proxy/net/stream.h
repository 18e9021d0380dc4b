#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "proxy/net/socket.h"

namespace longshore {

// A client's byte stream, in the clear or under TLS. Non-blocking; one thread at a time. Closed
// when it goes.
//
// A write that would block is tried again with the same bytes: under TLS they may be on their way
// already.
class Stream {
 public:
  using Moved = Socket::Moved;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual int fd() const = 0;
  virtual Moved Read(char* buffer, size_t size) = 0;
  // As Socket's.
  virtual Moved Write(std::string_view data, bool more) = 0;
  virtual Moved WriteTwo(std::string_view first, std::string_view second) = 0;
  virtual Moved SendFile(int file_fd, uint64_t offset, size_t size) = 0;
  // As Socket's.
  virtual void SetCork(bool is_in) = 0;
  // Says that nothing more will be written.
  virtual void ShutdownWrite() = 0;
  virtual size_t Unacknowledged() const = 0;
  // Nothing of the peer's own can have come yet.
  virtual bool IsHandshaking() const = 0;
  // Read would block because something has to be written first: it is to be called again when
  // there is room.
  virtual bool WantsToWrite() const = 0;
};
using StreamPtr = std::unique_ptr<Stream>;

}  // namespace longshore
