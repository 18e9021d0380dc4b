#pragma once

#include <utility>

#include "proxy/net/stream.h"

namespace longshore {

// The socket itself.
class PlainStream final : public Stream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

  int fd() const override { return socket_.fd(); }
  Moved Read(char* buffer, size_t size) override { return socket_.Read(buffer, size); }
  Moved Write(std::string_view data, bool more) override { return socket_.Write(data, more); }
  Moved WriteTwo(std::string_view first, std::string_view second) override {
    return socket_.WriteTwo(first, second);
  }
  Moved SendFile(int file_fd, uint64_t offset, size_t size) override {
    return socket_.SendFile(file_fd, offset, size);
  }
  void SetCork(bool is_in) override { socket_.SetCork(is_in); }
  void ShutdownWrite() override { socket_.ShutdownWrite(); }
  size_t Unacknowledged() const override { return socket_.Unacknowledged(); }
  bool IsHandshaking() const override { return false; }
  bool WantsToWrite() const override { return false; }

 private:
  Socket socket_;
};

}  // namespace longshore
