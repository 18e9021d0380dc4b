#pragma once

#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// The parts of an absolute http(s) URL that decisions hang on. RFC 3986 via libcurl's URL API.
// Pure, any thread.
struct UrlOrigin {
  std::string scheme;  // lower case
  std::string host;    // lower case
  std::string port;    // the scheme's own when none is given
  bool operator==(const UrlOrigin&) const = default;
};

// kBadUpstream unless `url` is http or https with a host and without user-info.
[[nodiscard]] Result<UrlOrigin> OriginOf(const std::string& url);
// What the log may say of `url`, which may hold secrets: its host, or nothing if it has none.
[[nodiscard]] std::string HostOf(const std::string& url);
// RFC 3986 §5: `location` as seen from `base`.
[[nodiscard]] Result<std::string> ResolveUrl(const std::string& base, const std::string& location);
// `url` with `name=value` (percent-encoded) added to its query.
[[nodiscard]] Result<std::string> WithQuery(const std::string& url, std::string_view name,
                                            std::string_view value);

}  // namespace longshore
