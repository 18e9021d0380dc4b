#include "proxy/upstream/redirect.h"

#include "proxy/upstream/url.h"

namespace longshore {

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<std::string> RedirectTarget(const std::string& url, const TransferHead& head) {
  const auto location = head.fields.Get("Location");
  if (!location) return Fail(Code::kBadUpstream, "a redirect without Location");
  auto next = ResolveUrl(url, std::string(*location));
  if (!next) return next;
  const auto to = OriginOf(*next);
  if (!to) return tl::unexpected(to.error());
  const auto from = OriginOf(url);
  if (from && from->scheme == "https" && to->scheme != "https") {
    return Fail(Code::kBadUpstream, "a redirect from https to http is not followed");
  }
  return next;
}

}  // namespace longshore
