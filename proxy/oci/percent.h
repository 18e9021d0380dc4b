#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore {

// Percent-encoding, RFC 3986 §2.1. Pure functions, any thread.

// Undoes %XX once; every other byte, '+' too, stands for itself. Nothing if a '%' lacks its two hex
// digits.
[[nodiscard]] std::optional<std::string> PercentDecode(std::string_view text);
// Encodes everything but the unreserved characters (RFC 3986 §2.3).
std::string PercentEncode(std::string_view text);
// The same for a whole path: '/' and ':' stay (a digest is easier to read with its colon, §3.3
// allows it).
std::string PercentEncodePath(std::string_view path);

// Keys and values of a query, decoded, in the order they came. A key may come more than once.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// `query` is what follows the '?'. A '+' is a space, as in HTML forms and Go's net/url, which every
// registry uses. Empty pairs are skipped; a pair without '=' has an empty value. Nothing if a %XX
// is malformed.
[[nodiscard]] std::optional<QueryPairs> ParseQuery(std::string_view query);
// "a=1&b=x%20y"; empty for no pairs. ParseQuery(FormatQuery(x)) is x.
std::string FormatQuery(const QueryPairs& pairs);
// The first value of `key` (Go's url.Values.Get does the same).
std::optional<std::string> FindQuery(const QueryPairs& pairs, std::string_view key);

}  // namespace longshore
