#include "proxy/admin/admin_guard.h"

#include <algorithm>
#include <array>

#include "cache/base/ascii.h"
#include "cache/base/digest.h"
#include "proxy/config/config_address.h"

namespace longshore {
namespace {

// The digests have one length and are compared to their end: the time tells nothing of the token.
bool SameSecret(std::string_view a, std::string_view b) {
  const Digest left = Digest::Of(a);
  const Digest right = Digest::Of(b);
  unsigned difference = 0;
  for (size_t i = 0; i < left.Raw().size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(left.Raw()[i]) ^
                                        static_cast<unsigned char>(right.Raw()[i]));
  }
  return difference == 0;
}

// RFC 4648 §4; anything malformed ends the text.
std::string DecodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

bool IsLoopbackHost(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && !host.ends_with(']');
  const std::string_view name = host.substr(0, has_port ? colon : host.size());
  if (EqualsIgnoreCase(name, "localhost") || name == "[::1]") return true;
  const auto address = ParseListenAddress(std::string(name) + ":1");
  return address && address->IsLoopback();
}

bool IsFromHere(const Request& request) {
  if (request.fields.Get(kAdminRequestField)) return true;
  if (request.fields.Get("Sec-Fetch-Site") == "same-origin") return true;
  const auto origin = request.fields.Get("Origin");
  const auto host = request.fields.Get("Host");
  if (!origin || !host) return false;
  return *origin == "http://" + std::string(*host) || *origin == "https://" + std::string(*host);
}

}  // namespace

bool AdminGuard::IsAuthorized(const Request& request) const {
  const std::string_view header = request.fields.Get("Authorization").value_or("");
  const size_t space = header.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view scheme = header.substr(0, space);
  const std::string_view credentials = header.substr(space + 1);
  if (EqualsIgnoreCase(scheme, "Bearer")) return SameSecret(credentials, token_.Reveal());
  if (!EqualsIgnoreCase(scheme, "Basic")) return false;
  const std::string pair = DecodeBase64(credentials);
  const size_t colon = pair.find(':');
  return colon != std::string::npos &&
         SameSecret(std::string_view(pair).substr(colon + 1), token_.Reveal());
}

std::optional<AdminGuard::Refusal> AdminGuard::Check(const Request& request, bool changes) const {
  if (!token_.empty()) {
    if (!IsAuthorized(request)) {
      return Refusal{401,
                     "a token is needed: send Authorization: Bearer with what admin_token_file "
                     "holds, or give the command line --token-file"};
    }
  } else if (reach_ == Reach::kOthers) {
    return Refusal{
        403,
        "page and API are off: other machines can reach this listener, and there is no "
        "admin_token_file. Put a long random word into a file (openssl rand -hex 32), "
        "name it as admin_token_file and restart, or set admin_listen to 127.0.0.1:5001"};
  } else if (!IsLoopbackHost(request.fields.Get("Host").value_or(""))) {
    return Refusal{403,
                   "without a token only localhost, 127.0.0.1 and [::1] are answered here: use one "
                   "of these, or set admin_token_file"};
  }
  if (changes && !IsFromHere(request)) {
    return Refusal{403,
                   "a change must come from the status page itself or carry the header "
                   "X-Longshore-Request: 1"};
  }
  return std::nullopt;
}

}  // namespace longshore
