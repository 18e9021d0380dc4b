#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "proxy/net/stream.h"

namespace longshore {

// The server's side of one TLS session. The handshake happens inside Read. What is written is
// sealed in records of 16 KiB (RFC 8446 §5.1), full while there is enough; as many as the socket
// has room for, at most 128 KiB, go out in one call. Files are read into a buffer of the thread's,
// sealed from there: callers see to it that their pages are in memory.
//
// A connection that waits for room keeps at most what was sealed last; an idle one keeps nothing.
class TlsStream final : public Stream {
 public:
  static constexpr size_t kRecord = 16 * 1024;
  static constexpr size_t kBatch = 8 * kRecord;

  TlsStream(SSL* session, Socket socket);  // takes the session

  int fd() const override { return socket_.fd(); }
  Moved Read(char* buffer, size_t size) override;
  Moved Write(std::string_view data, bool more) override;
  Moved WriteTwo(std::string_view first, std::string_view second) override;
  Moved SendFile(int file_fd, uint64_t offset, size_t size) override;
  void SetCork(bool /*is_in*/) override {}  // many records go out in one call as it is
  void ShutdownWrite() override;
  size_t Unacknowledged() const override { return socket_.Unacknowledged(); }
  bool IsHandshaking() const override { return SSL_is_init_finished(session_.get()) == 0; }
  bool WantsToWrite() const override { return !unsent_.empty() && owed_ == 0; }

 private:
  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };

  Moved ToMoved(int result);
  Moved SealAndSend(std::string_view plain);
  Moved SendOwed();
  Moved::Kind SendSealed();
  size_t Room(size_t wanted) const;
  void TellPlainClient();

  Socket socket_;
  const std::unique_ptr<SSL, Free> session_;
  std::string unsent_;   // sealed, and there was no room for it
  size_t owed_ = 0;      // the caller's bytes in it: they have moved once all of it is sent
  bool broken_ = false;  // nothing may be said in the session any more: SSL_shutdown(3)
};

}  // namespace longshore
