#include "proxy/oci/route.h"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

#include "cache/base/ascii.h"
#include "proxy/oci/reference.h"

namespace longshore {
namespace {

template <typename T>
using Parsed = tl::expected<T, ApiError>;

tl::unexpected<ApiError> Refuse(int status, OciCode code, std::string message) {
  return tl::unexpected<ApiError>(ApiError{status, code, std::move(message), {}});
}

tl::unexpected<ApiError> NoSuchPath() {
  return Refuse(404, OciCode::kUnsupported, "there is nothing at this path");
}

// Takes "http://host" off an absolute-form target and returns the host; nothing for origin-form.
Parsed<std::optional<std::string>> TakeAuthority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(authority.size());
    if (authority.empty() || authority.find('@') != std::string_view::npos) {
      return Refuse(400, OciCode::kUnsupported, "malformed authority in the request target");
    }
    return std::string(authority);
  }
  return std::nullopt;
}

using Components = std::vector<std::string_view>;

// The components after the leading slash, each decoded: those that had an escape, which nearly none
// has, lie in `decoded`, the others in `path`.
Parsed<Components> SplitPath(std::string_view path, std::list<std::string>& decoded) {
  Components components;
  components.reserve(static_cast<size_t>(std::count(path.begin(), path.end(), '/')));
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    if (component.find('%') == std::string_view::npos) {
      components.push_back(component);
      continue;
    }
    auto text = PercentDecode(component);
    if (!text) return Refuse(400, OciCode::kNameInvalid, "malformed escape in the path");
    components.push_back(decoded.emplace_back(std::move(*text)));
  }
  return components;
}

std::string Join(const Components& components, size_t begin, size_t end) {
  std::string out;
  for (size_t i = begin; i < end; ++i) {
    if (i > begin) out += '/';
    out += components[i];
  }
  return out;
}

// Where the name ends and what follows it. `components` begin with "v2".
struct Shape {
  RouteKind kind;
  size_t name_end;
  size_t reference_begin;
};

// The words before the last component decide, so that names may hold any of them
// ("a/tags/list/manifests/v1").
std::optional<Shape> FindShape(const Components& components) {
  const size_t count = components.size();
  if (count < 3) return std::nullopt;
  const std::string_view word = components[count - 2];
  const std::string_view last = components[count - 1];
  if (word == "manifests") return Shape{RouteKind::kManifest, count - 2, count - 1};
  if (word == "blobs" && last == "uploads") return Shape{RouteKind::kUpload, count - 2, count};
  if (word == "blobs") return Shape{RouteKind::kBlob, count - 2, count - 1};
  if (word == "referrers") return Shape{RouteKind::kReferrers, count - 2, count - 1};
  if (word == "tags" && last == "list") return Shape{RouteKind::kTagsList, count - 2, count};
  for (size_t i = count - 2; i > 1; --i) {
    if (components[i] == "uploads" && components[i - 1] == "blobs") {
      return Shape{RouteKind::kUpload, i - 1, i + 1};
    }
  }
  return std::nullopt;
}

Parsed<void> CheckReference(Route& route) {
  if (route.kind == RouteKind::kTagsList || route.kind == RouteKind::kUpload) return {};
  const bool is_digest =
      route.kind != RouteKind::kManifest || route.reference.find(':') != std::string::npos;
  if (is_digest) {
    const auto digest = Digest::Parse(route.reference);
    if (!digest) return Refuse(400, OciCode::kDigestInvalid, digest.error().message);
    route.digest = *digest;
  } else if (!IsValidTag(route.reference)) {
    return Refuse(404, OciCode::kManifestUnknown, "malformed tag: there can be no such manifest");
  }
  return {};
}

// It goes back in a header: nothing that a host and a port cannot have.
bool IsAuthority(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

Parsed<void> ReadQuery(Route& route, std::string_view query) {
  auto pairs = ParseQuery(query);
  if (!pairs) return Refuse(400, OciCode::kUnsupported, "malformed escape in the query");
  route.query = std::move(*pairs);
  if (const auto ns = FindQuery(route.query, "ns"); ns && !ns->empty()) {
    if (!IsAuthority(*ns)) {
      return Refuse(400, OciCode::kNameInvalid, "malformed ns: it must be the name of a registry");
    }
    route.ns = *ns;
  }
  route.n = FindQuery(route.query, "n");
  route.last = FindQuery(route.query, "last");
  route.artifact_type = FindQuery(route.query, "artifactType");
  if (route.artifact_type) {
    // No media type has a space: this one was a "+json" that its sender did not escape.
    std::replace(route.artifact_type->begin(), route.artifact_type->end(), ' ', '+');
  }
  return {};
}

Parsed<void> ReadPath(Route& route, std::string_view path) {
  std::list<std::string> decoded;
  auto components = SplitPath(path, decoded);
  if (!components) return tl::unexpected<ApiError>(std::move(components.error()));
  if (components->empty() || components->front() != "v2") return NoSuchPath();
  if (components->size() == 1 || (components->size() == 2 && components->back().empty())) {
    route.kind = RouteKind::kPing;
    return {};
  }
  if (components->size() == 2 && components->back() == "_catalog") {
    route.kind = RouteKind::kCatalog;
    return {};
  }

  const auto shape = FindShape(*components);
  if (!shape) return NoSuchPath();
  route.kind = shape->kind;
  // A component may have held an encoded slash, which would join two that the client kept apart.
  for (size_t i = 1; i < shape->name_end; ++i) {
    if ((*components)[i].find('/') != std::string_view::npos) {
      return Refuse(400, OciCode::kNameInvalid, "malformed repository name: an encoded slash");
    }
  }
  route.name = Join(*components, 1, shape->name_end);
  route.reference = Join(*components, shape->reference_begin, components->size());
  if (!IsValidRepositoryName(route.name)) {
    return Refuse(400, OciCode::kNameInvalid, "malformed repository name");
  }
  return CheckReference(route);
}

}  // namespace

std::string_view ToString(RouteKind kind) {
  switch (kind) {
    case RouteKind::kPing:
      return "ping";
    case RouteKind::kManifest:
      return "manifest";
    case RouteKind::kBlob:
      return "blob";
    case RouteKind::kTagsList:
      return "tags";
    case RouteKind::kReferrers:
      return "referrers";
    case RouteKind::kUpload:
      return "upload";
    case RouteKind::kCatalog:
      return "catalog";
  }
  return "other";
}

Asked AskedBy(RouteKind kind) {
  switch (kind) {
    case RouteKind::kManifest:
      return Asked::kManifest;
    case RouteKind::kBlob:
      return Asked::kBlob;
    case RouteKind::kTagsList:
      return Asked::kTags;
    case RouteKind::kReferrers:
      return Asked::kReferrers;
    case RouteKind::kPing:
    case RouteKind::kUpload:
    case RouteKind::kCatalog:
      break;
  }
  return Asked::kOther;
}

Parsed<Route> ParseRoute(std::string_view target) {
  Route route;
  auto authority = TakeAuthority(target);
  if (!authority) return tl::unexpected<ApiError>(std::move(authority.error()));
  route.authority = std::move(*authority);

  const size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  if (!path.empty() && path.front() != '/') return NoSuchPath();  // "*", "host:443" and the like
  if (auto status = ReadPath(route, path); !status) {
    return tl::unexpected<ApiError>(std::move(status.error()));
  }
  if (mark != std::string_view::npos) {
    if (auto status = ReadQuery(route, target.substr(mark + 1)); !status) {
      return tl::unexpected<ApiError>(std::move(status.error()));
    }
  }
  return route;
}

}  // namespace longshore
