#include "proxy/config_changes.h"

#include <utility>

namespace longshore {
namespace {

// Takes back what cannot change, and notes its key.
class Keeper {
 public:
  explicit Keeper(std::vector<std::string>& keys) : keys_(keys) {}

  template <typename T>
  void Keep(const T& running, T& loaded, std::string key) {
    if (running == loaded) return;
    keys_.push_back(std::move(key));
    loaded = running;
  }

 private:
  std::vector<std::string>& keys_;
};

void CompareUpstream(const UpstreamConfig& running, UpstreamConfig& loaded, const std::string& path,
                     Keeper& keeper) {
  const bool is_list = !running.more_urls.empty() || !loaded.more_urls.empty();
  std::vector<HttpUrl> urls = loaded.Urls();
  keeper.Keep(running.Urls(), urls, path + (is_list ? ".urls" : ".url"));
  loaded.url = urls.front();
  loaded.more_urls.assign(urls.begin() + 1, urls.end());
  keeper.Keep(running.official_prefix, loaded.official_prefix, path + ".official_prefix");
  keeper.Keep(running.hosts, loaded.hosts, path + ".hosts");
}

void CompareUpstreams(const Config& running, Config& loaded, ConfigChanges& changes,
                      Keeper& keeper) {
  for (auto it = loaded.upstreams.begin(); it != loaded.upstreams.end();) {
    const std::string path = "upstreams." + it->first;
    const auto before = running.upstreams.find(it->first);
    if (before != running.upstreams.end()) {
      CompareUpstream(before->second, it->second, path, keeper);
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

}  // namespace

ConfigChanges CompareConfigs(const Config& running, Config loaded) {
  ConfigChanges changes;
  Keeper keeper(changes.need_restart);
  keeper.Keep(running.region, loaded.region, "region");
  keeper.Keep(running.listen, loaded.listen, "listen");
  keeper.Keep(running.admin_listen, loaded.admin_listen, "admin_listen");
  keeper.Keep(running.admin_token, loaded.admin_token, "admin_token_file");
  keeper.Keep(running.threads, loaded.threads, "threads");
  keeper.Keep(running.cache.path, loaded.cache.path, "cache.path");
  keeper.Keep(running.cache.size, loaded.cache.size, "cache.size");
  keeper.Keep(running.cache.compress, loaded.cache.compress, "cache.compress");
  keeper.Keep(running.cache.scrub, loaded.cache.scrub, "cache.scrub");
  keeper.Keep(running.cache.verify_first_read, loaded.cache.verify_first_read,
              "cache.verify_first_read");
  keeper.Keep(running.log.format, loaded.log.format, "log.format");
  keeper.Keep(running.default_upstream, loaded.default_upstream, "default_upstream");
  CompareUpstreams(running, loaded, changes, keeper);
  changes.config = std::move(loaded);
  return changes;
}

}  // namespace longshore
