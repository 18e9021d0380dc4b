#include "proxy/config/config_changes.h"

#include <utility>

namespace longshore {
namespace {

// Notes the keys that differ.
class Comparer {
 public:
  explicit Comparer(ConfigChanges& changes) : changes_(changes) {}

  // What cannot change, and is taken back.
  template <typename T>
  void Keep(const T& running, T& loaded, std::string key) {
    if (running == loaded) return;
    changes_.need_restart.push_back(std::move(key));
    loaded = running;
  }
  // What can.
  template <typename T>
  void Take(const T& running, const T& loaded, std::string key) {
    if (running != loaded) changes_.changed.push_back(std::move(key));
  }

 private:
  ConfigChanges& changes_;
};

void CompareUpstream(const UpstreamConfig& running, UpstreamConfig& loaded, const std::string& path,
                     Comparer& comparer) {
  const bool is_list = !running.more_urls.empty() || !loaded.more_urls.empty();
  std::vector<HttpUrl> urls = loaded.Urls();
  comparer.Keep(running.Urls(), urls, path + (is_list ? ".urls" : ".url"));
  loaded.url = urls.front();
  loaded.more_urls.assign(urls.begin() + 1, urls.end());
  comparer.Keep(running.official_prefix, loaded.official_prefix, path + ".official_prefix");
  comparer.Keep(running.hosts, loaded.hosts, path + ".hosts");
  comparer.Take(running.username, loaded.username, path + ".username");
  comparer.Take(running.password, loaded.password, path + ".password");
  comparer.Take(running.ca_file, loaded.ca_file, path + ".ca_file");
  comparer.Take(running.proxy, loaded.proxy, path + ".proxy");
  comparer.Take(running.token_hosts, loaded.token_hosts, path + ".token_hosts");
  comparer.Take(running.prefetch, loaded.prefetch, path + ".prefetch");
  comparer.Take(running.max_connections, loaded.max_connections, path + ".max_connections");
  comparer.Take(running.max_connections_per_blob, loaded.max_connections_per_blob,
                path + ".max_connections_per_blob");
  comparer.Take(running.allow_private_redirects, loaded.allow_private_redirects,
                path + ".allow_private_redirects");
}

void CompareUpstreams(const Config& running, Config& loaded, ConfigChanges& changes,
                      Comparer& comparer) {
  for (auto it = loaded.upstreams.begin(); it != loaded.upstreams.end();) {
    const std::string path = "upstreams." + it->first;
    const auto before = running.upstreams.find(it->first);
    if (before != running.upstreams.end()) {
      CompareUpstream(before->second, it->second, path, comparer);
      ++it;
    } else {
      changes.need_restart.push_back(path);
      it = loaded.upstreams.erase(it);
    }
  }
  for (const auto& [name, upstream] : running.upstreams) {
    if (!loaded.upstreams.emplace(name, upstream).second) continue;
    changes.need_restart.push_back("upstreams." + name);
  }
}

void CompareLive(const Config& running, const Config& loaded, Comparer& comparer) {
  comparer.Take(running.log.level, loaded.log.level, "log.level");
  comparer.Take(running.tag_ttl, loaded.tag_ttl, "tag_ttl");
  comparer.Take(running.stale_if_error, loaded.stale_if_error, "stale_if_error");
  comparer.Take(running.not_found_ttl, loaded.not_found_ttl, "not_found_ttl");
  comparer.Take(running.upstream_first_byte, loaded.upstream_first_byte, "upstream_first_byte");
  comparer.Take(running.complete_partial, loaded.complete_partial, "complete_partial");
  comparer.Take(running.drain, loaded.drain, "drain");
  comparer.Take(running.max_connections, loaded.max_connections, "max_connections");
  comparer.Take(running.max_connections_per_client, loaded.max_connections_per_client,
                "max_connections_per_client");
  comparer.Take(running.max_fills, loaded.max_fills, "max_fills");
  comparer.Take(running.max_memory, loaded.max_memory, "max_memory");
}

}  // namespace

ConfigChanges CompareConfigs(const Config& running, Config loaded) {
  ConfigChanges changes;
  Comparer comparer(changes);
  comparer.Keep(running.region, loaded.region, "region");
  comparer.Keep(running.listen, loaded.listen, "listen");
  comparer.Keep(running.admin_listen, loaded.admin_listen, "admin_listen");
  comparer.Keep(running.admin_token, loaded.admin_token, "admin_token_file");
  comparer.Keep(running.threads, loaded.threads, "threads");
  comparer.Keep(running.cache.path, loaded.cache.path, "cache.path");
  comparer.Keep(running.cache.size, loaded.cache.size, "cache.size");
  comparer.Keep(running.cache.compress, loaded.cache.compress, "cache.compress");
  comparer.Keep(running.cache.scrub, loaded.cache.scrub, "cache.scrub");
  comparer.Keep(running.cache.verify_first_read, loaded.cache.verify_first_read,
                "cache.verify_first_read");
  comparer.Keep(running.log.format, loaded.log.format, "log.format");
  comparer.Keep(running.default_upstream, loaded.default_upstream, "default_upstream");
  CompareLive(running, loaded, comparer);
  CompareUpstreams(running, loaded, changes, comparer);
  changes.config = std::move(loaded);
  return changes;
}

}  // namespace longshore
