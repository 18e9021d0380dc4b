#include "proxy/oci/route.h"

#include "proxy/oci/reference.h"
#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

bool HasDotSegment(std::string_view path) {
  const std::string whole = '/' + std::string(path) + '/';
  return whole.find("/../") != std::string::npos || whole.find("/./") != std::string::npos ||
         whole.find("//") != std::string::npos;
}

void CheckReference(const longshore::Route& route) {
  const auto reference = ParseReference(route.reference);
  Require(reference.has_value() && ToString(*reference) == route.reference,
          "a reference is a tag or a digest");
  Require(route.digest.has_value() == std::holds_alternative<Digest>(*reference),
          "a digest is told from a tag");
  if (route.digest) Require(route.digest->ToString() == route.reference, "the digest is that one");
}

std::string PathOf(const longshore::Route& route) {
  std::string path = "/v2/" + PercentEncodePath(route.name);
  switch (route.kind) {
    case RouteKind::kManifest:
      return path + "/manifests/" + route.reference;
    case RouteKind::kBlob:
      return path + "/blobs/" + route.reference;
    case RouteKind::kReferrers:
      return path + "/referrers/" + route.reference;
    case RouteKind::kTagsList:
      return path + "/tags/list";
    default:
      return "/v2/";
  }
}

}  // namespace

void Route(std::string_view input) {
  const auto route = ParseRoute(input);
  if (!route) {
    Require(route.error().status == 400 || route.error().status == 404, "a refusal is a 4xx");
    return;
  }
  Require(!route->ns || (!route->ns->empty() && IsOneLine(*route->ns)),
          "a namespace can stand in a header");
  if (route->kind == RouteKind::kPing || route->kind == RouteKind::kCatalog) return;
  Require(IsValidRepositoryName(route->name) && route->name.size() <= kMaxNameBytes &&
              !HasDotSegment(route->name) && IsOneLine(route->name),
          "a name is a path below its repository");
  if (route->kind == RouteKind::kUpload) return;
  if (route->kind != RouteKind::kTagsList) CheckReference(*route);
  const std::string target = PathOf(*route) + '?' + FormatQuery(route->query);
  Require(IsOneLine(target) && target.find(' ') == std::string::npos,
          "what is asked of an upstream is one word");
  const auto again = ParseRoute(target);
  Require(again.has_value() && again->kind == route->kind && again->name == route->name &&
              again->reference == route->reference && again->query == route->query &&
              again->ns == route->ns,
          "a route written out again is read as the same");
}

}  // namespace longshore::fuzz
