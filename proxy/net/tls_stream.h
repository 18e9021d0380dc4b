#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "proxy/net/stream.h"

namespace longshore {

// The server's side of one TLS session. The handshake happens inside Read. Each write is one record
// of at most 16 KiB (RFC 8446 §5.1), full while there is enough. Files are read into a buffer of
// the thread's, encrypted from there: callers see to it that their pages are in memory.
class TlsStream final : public Stream {
 public:
  static constexpr size_t kRecord = 16 * 1024;

  TlsStream(SSL* session, Socket socket);  // takes the session

  int fd() const override { return socket_.fd(); }
  Moved Read(char* buffer, size_t size) override;
  Moved Write(std::string_view data, bool more) override;
  Moved WriteTwo(std::string_view first, std::string_view second) override;
  Moved SendFile(int file_fd, uint64_t offset, size_t size) override;
  void ShutdownWrite() override;
  size_t Unacknowledged() const override { return socket_.Unacknowledged(); }
  bool IsHandshaking() const override { return SSL_is_init_finished(session_.get()) == 0; }
  bool WantsToWrite() const override { return wants_to_write_; }

 private:
  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };

  Moved ToMoved(int result);
  void TellPlainClient();

  Socket socket_;
  const std::unique_ptr<SSL, Free> session_;
  bool wants_to_write_ = false;
  bool broken_ = false;  // nothing may be said in the session any more: SSL_shutdown(3)
};

}  // namespace longshore
