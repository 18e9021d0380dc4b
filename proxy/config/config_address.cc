#include "proxy/config/config_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cache/base/ascii.h"
#include "proxy/net/socket.h"

namespace longshore {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;
constexpr size_t kMaxHostBytes = 253;  // RFC 1035 §2.3.4, as text

// The canonical form of a numeric address, or nothing.
std::optional<std::string> Numeric(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> raw{};
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  if (::inet_pton(family, text.c_str(), raw.data()) != 1) return std::nullopt;
  if (::inet_ntop(family, raw.data(), canonical.data(), canonical.size()) == nullptr) {
    return std::nullopt;
  }
  return std::string(canonical.data());
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  if (value > 65535) return std::nullopt;
  return static_cast<uint16_t>(value);
}

// "host", "host:port" or "[v6]:port", cut but not yet judged. The port is nothing where no colon
// is.
struct Split {
  std::string_view host;  // with its brackets
  std::optional<std::string_view> port;
};

std::optional<Split> SplitHostPort(std::string_view text) {
  size_t end_of_host = text.find(':');
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    end_of_host = close + 1;
    if (end_of_host < text.size() && text[end_of_host] != ':') return std::nullopt;
    if (end_of_host == text.size()) end_of_host = std::string_view::npos;
  }
  Split split{text.substr(0, end_of_host), std::nullopt};
  if (end_of_host != std::string_view::npos) split.port = text.substr(end_of_host + 1);
  return split;
}

// Letters, digits, '-' and '_' in labels parted by dots; '_' is no host name by the book, but
// Docker networks use it.
bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes || host.front() == '.' || host.back() == '.' ||
      host.front() == '-' || host.find("..") != std::string_view::npos) {
    return false;
  }
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// In lower case, IPv6 canonical and in brackets; nothing if it is no host.
std::optional<std::string> NormalHost(std::string_view host) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return std::nullopt;
    auto address = Numeric(AF_INET6, std::string(host.substr(1, host.size() - 2)));
    if (!address) return std::nullopt;
    return "[" + *address + "]";
  }
  std::string lower = LowerCase(host);
  if (!IsHostName(lower)) return std::nullopt;
  return lower;
}

// What a path of RFC 3986 §3.3 may hold, loosely: visible, and nothing that ends it or breaks a
// header.
bool IsPathCharacter(char c) {
  constexpr std::string_view kNever = "?#\"<>\\^`{|}";
  return c > 0x20 && c < 0x7F && kNever.find(c) == std::string_view::npos;
}

}  // namespace

bool ListenAddress::IsLoopback() const {
  return host.starts_with("127.") || host == "::1";
}

std::string ListenAddress::ToString() const {
  return AddressText(host, port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const auto split = SplitHostPort(text);
  if (!split || !split->port) {
    return Fail(Code::kInvalid, "not an address: write it like 127.0.0.1:5000 or [::1]:5000");
  }
  const auto port = ParsePort(*split->port);
  if (!port) return Fail(Code::kInvalid, "the port must be a number from 0 to 65535");
  if (split->host.empty() || split->host == "*") {
    return Fail(Code::kInvalid, "the host is missing: write 0.0.0.0 or [::] for all of them");
  }
  std::optional<std::string> host;
  if (split->host.starts_with('[')) {
    host = Numeric(AF_INET6, std::string(split->host.substr(1, split->host.size() - 2)));
  } else if (EqualsIgnoreCase(split->host, "localhost")) {
    host = "127.0.0.1";
  } else {
    host = Numeric(AF_INET, std::string(split->host));
  }
  if (!host) {
    return Fail(Code::kInvalid,
                "the host must be a numeric IPv4 address, or a numeric IPv6 one in brackets");
  }
  return ListenAddress{std::move(*host), *port};
}

std::string HttpUrl::Authority() const {
  if (port == (https ? kHttpsPort : kHttpPort)) return host;
  return host + ":" + std::to_string(port);
}

std::string HttpUrl::ToString() const {
  return (https ? "https://" : "http://") + Authority() + path;
}

Result<HttpUrl> ParseHttpUrl(std::string_view text) {
  const size_t mark = text.find("://");
  const std::string scheme = LowerCase(text.substr(0, std::min(mark, text.size())));
  if (mark == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return Fail(Code::kInvalid, "not a URL: it must begin with https:// or http://");
  }
  text.remove_prefix(mark + 3);
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Fail(Code::kInvalid, "the URL must have no query and no fragment");
  }
  const std::string_view authority = text.substr(0, text.find('/'));
  std::string_view path = text.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) {
    return Fail(Code::kInvalid,
                "the URL must hold no user name: use username and password_file instead");
  }

  HttpUrl url;
  url.https = scheme == "https";
  url.port = url.https ? kHttpsPort : kHttpPort;
  const auto split = SplitHostPort(authority);
  auto host = split ? NormalHost(split->host) : std::nullopt;
  if (!host) return Fail(Code::kInvalid, "the URL has no valid host");
  url.host = std::move(*host);
  if (split->port) {
    const auto port = ParsePort(*split->port);
    if (!port || *port == 0) {
      return Fail(Code::kInvalid, "the URL's port must be a number from 1 to 65535");
    }
    url.port = *port;
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!std::all_of(path.begin(), path.end(), IsPathCharacter)) {
    return Fail(Code::kInvalid, "the URL's path has characters that no path has");
  }
  url.path = path;
  return url;
}

Result<std::string> ParseHostPort(std::string_view text) {
  const auto wrong = [] {
    return Fail(Code::kInvalid,
                "not a host: write it like registry.example or registry.example:5000");
  };
  const auto split = SplitHostPort(text);
  const auto host = split ? NormalHost(split->host) : std::nullopt;
  if (!host) return wrong();
  if (!split->port) return *host;
  const auto port = ParsePort(*split->port);
  if (!port || *port == 0) return wrong();
  return *host + ":" + std::to_string(*port);
}

}  // namespace longshore
