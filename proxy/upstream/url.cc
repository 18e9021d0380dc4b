#include "proxy/upstream/url.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlPtr = std::unique_ptr<CURLU, UrlDeleter>;

std::string Part(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

Result<UrlPtr> Parse(const std::string& text) {
  UrlPtr url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return Fail(Code::kBadUpstream, "not a URL");
  }
  return url;
}

}  // namespace

Result<UrlOrigin> OriginOf(const std::string& url) {
  auto parsed = Parse(url);
  if (!parsed) return tl::unexpected(parsed.error());
  UrlOrigin origin{LowerCase(Part(parsed->get(), CURLUPART_SCHEME)),
                   LowerCase(Part(parsed->get(), CURLUPART_HOST)),
                   Part(parsed->get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (origin.scheme != "http" && origin.scheme != "https") {
    return Fail(Code::kBadUpstream, "a URL that is neither http nor https");
  }
  if (!Part(parsed->get(), CURLUPART_USER).empty() || origin.host.empty()) {
    return Fail(Code::kBadUpstream, "a URL with user-info or without a host");
  }
  return origin;
}

std::string HostOf(const std::string& url) {
  auto origin = OriginOf(url);
  return origin ? std::move(origin->host) : std::string();
}

Result<std::string> ResolveUrl(const std::string& base, const std::string& location) {
  auto parsed = Parse(base);
  if (!parsed) return tl::unexpected(parsed.error());
  if (curl_url_set(parsed->get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return Fail(Code::kBadUpstream, "a redirect to something that is not a URL");
  }
  return Part(parsed->get(), CURLUPART_URL);
}

Result<std::string> WithQuery(const std::string& url, std::string_view name,
                              std::string_view value) {
  auto parsed = Parse(url);
  if (!parsed) return tl::unexpected(parsed.error());
  std::string pair(name);
  pair += '=';
  pair += value;
  if (curl_url_set(parsed->get(), CURLUPART_QUERY, pair.c_str(),
                   CURLU_APPENDQUERY | CURLU_URLENCODE) != CURLUE_OK) {
    return Fail(Code::kBadUpstream, "a URL that takes no query");
  }
  return Part(parsed->get(), CURLUPART_URL);
}

}  // namespace longshore
