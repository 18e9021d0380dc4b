#include "proxy/upstream/curl_error.h"

#include <string>

namespace longshore {

TransferEnd EndOf(CURLcode code, const char* detail, bool head_seen) {
  std::string message = detail != nullptr && *detail != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OK:
      if (head_seen) return {{}, ""};
      // A connection that closes within the head is a whole answer to curl.
      return {Fail(Code::kUnavailable, "the answer ended within its head"), "broken"};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Fail(Code::kUnavailable, std::move(message)), "dns"};
    case CURLE_COULDNT_CONNECT:
      return {Fail(Code::kUnavailable, std::move(message)), "connect"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Fail(Code::kTimeout, std::move(message)), head_seen ? "stalled" : "timeout"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return {Fail(Code::kUnavailable, std::move(message)), "tls"};
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {Fail(Code::kUnavailable, std::move(message)), "broken"};
    default:
      return {Fail(Code::kBadUpstream, std::move(message)), "protocol"};
  }
}

}  // namespace longshore
