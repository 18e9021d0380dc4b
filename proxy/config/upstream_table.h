#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cache/base/result.h"
#include "cache/index/repository.h"
#include "proxy/config/config.h"
#include "proxy/oci/route.h"

namespace longshore {

// By which rule a request found its upstream.
enum class UpstreamRule { kNamespace, kHost, kPath, kDefault };

struct ResolvedRepository {
  RepositoryKey repository;
  UpstreamRule rule = UpstreamRule::kDefault;
};

// Which repository of which upstream a request means. Immutable; any thread. A closed set: what a
// client sends is looked up here and never dialled.
//
// First that applies: `?ns=` (a configured name, or the authority of its URL); the Host header,
// where an upstream lists it; a first path component that is a configured name; the default
// upstream. A first component that looks like a host (it has a dot) but is not configured is
// kNotFound, not a repository of the default upstream.
class UpstreamTable {
 public:
  explicit UpstreamTable(const Config& config);

  [[nodiscard]] Result<RepositoryKey> Resolve(const Route& route,
                                              std::optional<std::string_view> host) const;
  // The same, with the reason: for a person who asks.
  [[nodiscard]] Result<ResolvedRepository> Explain(const Route& route,
                                                   std::optional<std::string_view> host) const;

 private:
  RepositoryKey KeyOf(const std::string& upstream, std::string name) const;

  std::string default_upstream_;
  std::map<std::string, std::string> prefixes_;              // upstream → official prefix
  std::map<std::string, std::string, std::less<>> by_ns_;    // namespace → upstream
  std::map<std::string, std::string, std::less<>> by_host_;  // Host header → upstream
};

}  // namespace longshore
