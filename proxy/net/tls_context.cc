#include "proxy/net/tls_context.h"

#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>

#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

#include "proxy/net/tls_stream.h"

namespace longshore {
namespace {

constexpr std::string_view kHttp11 = "\x08http/1.1";  // length-prefixed, as ALPN lists are

// The first of this thread's errors in words, and no more of them.
std::string TakeError() {
  const auto error = ERR_get_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::system_category().message(ERR_GET_REASON(error));
  if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE) {
    return "it holds none in PEM";
  }
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "not known why";
}

// Without a protocol in common the session goes on without one: RFC 7301 §3.2 would end it, but
// clients that list only h2 speak HTTP/1.1 all the same or say so themselves.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(
      &chosen, out_size, reinterpret_cast<const unsigned char*>(kHttp11.data()),
      static_cast<unsigned int>(kHttp11.size()), offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void SetUp(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Tickets carry the session: a cache would be a lock that all loops share.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
}

int64_t EndOf(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return ::timegm(&end);
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::Load(const std::string& certificate_file,
                                                     const std::string& key_file) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Fail(Code::kInternal, "no TLS context: " + TakeError());
  SetUp(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return Fail(Code::kInvalid, "no certificate in " + certificate_file + ": " + TakeError());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Fail(Code::kInvalid,
                "no key for " + certificate_file + " in " + key_file + ": " + TakeError());
  }
  const int64_t expires_at = EndOf(SSL_CTX_get0_certificate(context.get()));
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(context), expires_at));
}

StreamPtr TlsContext::Accept(Socket socket) {
  MutexLock lock(mutex_);
  return std::make_unique<TlsStream>(SSL_new(context_.get()), std::move(socket));
}

void TlsContext::Replace(TlsContext& fresh) {
  ContextPtr context;
  const int64_t expires_at = fresh.expires_at();
  {
    MutexLock lock(fresh.mutex_);
    context = std::move(fresh.context_);
  }
  MutexLock lock(mutex_);
  context_ = std::move(context);
  expires_at_ = expires_at;
}

int64_t TlsContext::expires_at() const {
  MutexLock lock(mutex_);
  return expires_at_;
}

}  // namespace longshore
