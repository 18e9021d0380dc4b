#include "proxy/config/upstream_table.h"

#include <utility>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

std::string_view WithoutPort(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool is_v6 = host.ends_with(']');
  return colon == std::string_view::npos || is_v6 ? host : host.substr(0, colon);
}

}  // namespace

UpstreamTable::UpstreamTable(const Config& config) : default_upstream_(config.default_upstream) {
  for (const auto& [name, upstream] : config.upstreams) {
    prefixes_[name] = upstream.official_prefix;
    for (const std::string& host : upstream.hosts) by_host_[host] = name;
    by_ns_.try_emplace(upstream.url.Authority(), name);
  }
  // A name wins over another upstream's authority.
  for (const auto& entry : config.upstreams) by_ns_[entry.first] = entry.first;
}

RepositoryKey UpstreamTable::KeyOf(const std::string& upstream, std::string name) const {
  const std::string& prefix = prefixes_.at(upstream);
  if (!prefix.empty() && name.find('/') == std::string::npos) name = prefix + "/" + name;
  return {upstream, std::move(name)};
}

Result<RepositoryKey> UpstreamTable::Resolve(const Route& route,
                                             std::optional<std::string_view> host) const {
  auto resolved = Explain(route, host);
  if (!resolved) return tl::unexpected(resolved.error());
  return std::move(resolved->repository);
}

Result<ResolvedRepository> UpstreamTable::Explain(const Route& route,
                                                  std::optional<std::string_view> host) const {
  if (route.ns) {
    const auto found = by_ns_.find(LowerCase(*route.ns));
    if (found == by_ns_.end()) {
      return Fail(Code::kNotFound, "no upstream is configured for the namespace " + *route.ns);
    }
    return ResolvedRepository{KeyOf(found->second, route.name), UpstreamRule::kNamespace};
  }
  const std::string_view authority = route.authority ? *route.authority : host.value_or("");
  if (!authority.empty() && !by_host_.empty()) {
    const std::string lower = LowerCase(authority);
    auto found = by_host_.find(lower);
    if (found == by_host_.end()) found = by_host_.find(WithoutPort(lower));
    if (found != by_host_.end()) {
      return ResolvedRepository{KeyOf(found->second, route.name), UpstreamRule::kHost};
    }
  }
  const size_t slash = route.name.find('/');
  if (slash != std::string::npos) {
    const std::string first = route.name.substr(0, slash);
    if (prefixes_.contains(first)) {
      return ResolvedRepository{KeyOf(first, route.name.substr(slash + 1)), UpstreamRule::kPath};
    }
    if (first.find('.') != std::string::npos) {
      return Fail(Code::kNotFound, "no upstream is configured by the name " + first);
    }
  }
  return ResolvedRepository{KeyOf(default_upstream_, route.name), UpstreamRule::kDefault};
}

}  // namespace longshore
