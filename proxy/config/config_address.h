#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// Addresses and URLs in the configuration file. Pure functions, any thread; nothing is resolved.
// Every failure is kInvalid, with a message that says what would be right.

// An address to listen on.
struct ListenAddress {
  std::string host;   // numeric IPv4 or IPv6, canonical, without brackets
  uint16_t port = 0;  // 0: any free port

  std::string ToString() const;  // "127.0.0.1:5000", "[::1]:5000"
  bool IsLoopback() const;       // 127.0.0.0/8 or ::1
  bool operator==(const ListenAddress&) const = default;
};
// "127.0.0.1:5000", "[::1]:5000", "localhost:5000" (127.0.0.1). Other host names are refused:
// listening must not depend on DNS.
[[nodiscard]] Result<ListenAddress> ParseListenAddress(std::string_view text);

// An absolute http or https URL without user-info, query and fragment: RFC 3986 §3.
struct HttpUrl {
  bool https = true;
  std::string host;   // lower case; IPv6 in brackets
  uint16_t port = 0;  // the scheme's own where none is written
  std::string path;   // "" or "/a/b", without a trailing slash

  std::string Authority() const;  // "host" or "host:port" where the port is not the scheme's own
  std::string ToString() const;   // normalised
  bool operator==(const HttpUrl&) const = default;
};
// Failures never quote the text: it may hold a password.
[[nodiscard]] Result<HttpUrl> ParseHttpUrl(std::string_view text);

// "ghcr.io", "registry.example:5000", "[::1]:5000", in lower case: a host as it stands in a Host
// header.
[[nodiscard]] Result<std::string> ParseHostPort(std::string_view text);

}  // namespace longshore
