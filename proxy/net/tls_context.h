#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "cache/base/mutex.h"
#include "cache/base/result.h"
#include "proxy/net/stream.h"

namespace longshore {

// A certificate and what sessions under it share: TLS 1.2 and 1.3, HTTP/1.1 (RFC 7301), sessions
// resumed by tickets, whichever loop a client comes back to. Thread-safe, one leaf lock; outlives
// its streams.
class TlsContext {
 public:
  // PEM files: the server's certificate followed by its intermediates, and its key. kInvalid:
  // cannot be read, or do not belong together. Blocks.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> Load(const std::string& certificate_file,
                                                                const std::string& key_file);

  // The server's side of a session on a connection that was just accepted.
  StreamPtr Accept(Socket socket);
  // Sessions that begin from now on are under the certificate of `fresh`. Those that run stay as
  // they are; tickets of before are not taken, so who comes back sees the new certificate.
  void Replace(TlsContext& fresh);
  // When the certificate ends, in seconds since the epoch.
  int64_t expires_at() const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  using ContextPtr = std::unique_ptr<SSL_CTX, Free>;

  TlsContext(ContextPtr context, int64_t expires_at)
      : context_(std::move(context)), expires_at_(expires_at) {}

  mutable Mutex mutex_;
  ContextPtr context_ GUARDED_BY(mutex_);
  int64_t expires_at_ GUARDED_BY(mutex_);
};

}  // namespace longshore
