#include "proxy/config/config.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "proxy/config/config_section.h"
#include "proxy/config/config_tree.h"
#include "proxy/config/config_upstreams.h"

namespace longshore {
namespace {

constexpr uint64_t kSmallestCache = uint64_t{64} << 20;  // one large layer and the index beside it
constexpr Duration kShortestScrub{1'000};
constexpr int kMostThreads = 256;
constexpr uint64_t kSmallestMemory = uint64_t{16} << 20;  // a few fills and the largest manifest
constexpr size_t kMostRegionBytes = 64;
constexpr size_t kMostFileBytes = 1 << 20;

Result<std::string> ParseRegion(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (text.empty() || text.size() > kMostRegionBytes || !plain) {
    return Fail(Code::kInvalid, "must be 1 to 64 letters, digits, dots, dashes or underscores");
  }
  return std::string(text);
}

Result<int> ParseThreads(std::string_view text) {
  return ParseCount(text, 0, kMostThreads);
}

Result<std::string> ParsePath(std::string_view text) {
  if (text.empty()) return Fail(Code::kInvalid, "must not be empty");
  // A quote that was never closed brings the rest of the file with it.
  if (text.find_first_of(std::string_view("\0\n\r", 3)) != std::string_view::npos) {
    return Fail(Code::kInvalid, "must be a single line");
  }
  return std::string(text);
}

Result<uint64_t> ParseCacheSize(std::string_view text) {
  auto size = ParseSize(text);
  if (size && *size < kSmallestCache) {
    return Fail(Code::kInvalid, "must be " + FormatSize(kSmallestCache) + " at least");
  }
  return size;
}

Result<Duration> ParseFirstByte(std::string_view text) {
  constexpr Duration kLeast{100};
  constexpr Duration kMost = std::chrono::minutes(10);
  auto time = ParseDuration(text);
  if (time && (*time < kLeast || *time > kMost)) {
    return Fail(Code::kInvalid, "must be from 100ms to 10m");
  }
  return time;
}

Result<Duration> ParseScrub(std::string_view text) {
  // YAML's own word for it, too.
  if (text == "off" || text == "false") return Duration{0};
  auto period = ParseDuration(text);
  if (!period || *period < kShortestScrub) {
    return Fail(Code::kInvalid, "must be off or a duration of 1s at least, such as 30d");
  }
  return period;
}

Result<log::Level> ParseLevel(std::string_view text) {
  if (text == "debug") return log::Level::kDebug;
  if (text == "info") return log::Level::kInfo;
  if (text == "warn") return log::Level::kWarn;
  if (text == "error") return log::Level::kError;
  return Fail(Code::kInvalid, "must be debug, info, warn or error");
}

Result<log::Format> ParseFormat(std::string_view text) {
  if (text == "json") return log::Format::kJson;
  if (text == "text") return log::Format::kText;
  return Fail(Code::kInvalid, "must be json or text");
}

Result<std::string> ParseUpstreamName(std::string_view text) {
  return std::string(text);
}

void CheckAddressesDiffer(ConfigSection& top, const Config& config) {
  const ConfigEntry* listen = top.Find("listen");
  std::vector<ListenAddress> seen;
  for (const ListenConfig& one : config.listen) {
    const ListenAddress& address = one.address;
    if (address.port == 0) continue;  // any free one
    if (std::find(seen.begin(), seen.end(), address) != seen.end()) {
      top.Error(listen != nullptr ? listen->line : 1, "listen",
                address.ToString() + " is listed twice");
    }
    seen.push_back(address);
    if (address == config.admin_listen) {
      // Whichever of the two is written in the file is the one to change.
      const ConfigEntry* admin = top.Find("admin_listen");
      const ConfigEntry* culprit = admin != nullptr ? admin : listen;
      top.Error(culprit != nullptr ? culprit->line : 1,
                culprit == listen ? "listen" : "admin_listen",
                address.ToString() + " is both in listen and admin_listen");
    }
  }
}

void ReadAddresses(ConfigSection& top, const CertificateCheck& check, Config& config) {
  ReadListen(top, check, config.listen);
  top.Read("admin_listen", config.admin_listen, ParseListenAddress);

  const ConfigEntry* listen = top.Find("listen");
  if (listen != nullptr && listen->value.kind == ConfigNode::Kind::kList &&
      listen->value.items.empty()) {
    top.Error(listen->line, "listen", "must name one address at least");
  }
  CheckAddressesDiffer(top, config);
}

void ReadCache(ConfigSection& top, Config& config) {
  ConfigSection cache = top.Sub("cache");
  cache.Read("path", config.cache.path, ParsePath);
  cache.Read("size", config.cache.size, ParseCacheSize);
  cache.Read("compress", config.cache.compress, ParseSwitch);
  cache.Read("scrub", config.cache.scrub, ParseScrub);
  cache.Read("verify_first_read", config.cache.verify_first_read, ParseSwitch);
  cache.Finish();
}

void ReadLog(ConfigSection& top, Config& config) {
  ConfigSection log = top.Sub("log");
  log.Read("level", config.log.level, ParseLevel);
  log.Read("format", config.log.format, ParseFormat);
  log.Finish();
}

void ReadLimits(ConfigSection& top, Config& config) {
  const auto connections = [](std::string_view text) { return ParseCount(text, 1, 1'000'000); };
  const auto fills = [](std::string_view text) { return ParseCount(text, 1, 100'000); };
  const auto memory = [](std::string_view text) -> Result<uint64_t> {
    auto size = ParseSize(text);
    if (size && *size < kSmallestMemory) {
      return Fail(Code::kInvalid, "must be " + FormatSize(kSmallestMemory) + " at least");
    }
    return size;
  };
  top.Read("drain", config.drain, ParseDuration);
  top.Read("max_connections", config.max_connections, connections);
  top.Read("max_connections_per_client", config.max_connections_per_client, connections);
  top.Read("max_fills", config.max_fills, fills);
  top.Read("max_memory", config.max_memory, memory);
}

void CheckDefaultUpstream(ConfigSection& top, const Config& config) {
  if (config.upstreams.empty() || config.upstreams.count(config.default_upstream) != 0) return;
  if (const ConfigEntry* entry = top.Find("default_upstream")) {
    if (entry->value.kind == ConfigNode::Kind::kText) {
      top.Error(entry->line, "default_upstream", "is not one of the upstreams");
    }
    return;
  }
  const ConfigEntry* upstreams = top.Find("upstreams");
  top.Error(upstreams != nullptr ? upstreams->line : 1, "default_upstream",
            "missing: its default, " + config.default_upstream + ", is not one of the upstreams");
}

Config ReadConfig(const ConfigNode& root, const Environment& environment,
                  const CertificateCheck& check, ConfigErrors& errors) {
  Config config;
  ConfigSection top(root, "", errors);
  top.Read("region", config.region, ParseRegion);
  ReadAddresses(top, check, config);
  top.Read("admin_token_file", config.admin_token,
           [](std::string_view path) { return ReadSecretFile(std::string(path)); });
  top.Read("threads", config.threads, ParseThreads);
  ReadCache(top, config);
  ReadLog(top, config);
  top.Read("tag_ttl", config.tag_ttl, ParseDuration);
  top.Read("stale_if_error", config.stale_if_error, ParseDuration);
  top.Read("not_found_ttl", config.not_found_ttl, ParseDuration);
  top.Read("upstream_first_byte", config.upstream_first_byte, ParseFirstByte);
  top.Read("complete_partial", config.complete_partial, ParsePercent);
  ReadLimits(top, config);
  top.Read("default_upstream", config.default_upstream, ParseUpstreamName);
  ReadUpstreams(top, environment, config);
  CheckDefaultUpstream(top, config);
  top.Finish();
  return config;
}

tl::unexpected<std::vector<ConfigError>> OneError(const std::string& file, int line,
                                                  std::string message) {
  return tl::unexpected<std::vector<ConfigError>>(
      std::vector<ConfigError>{{file, line, "", std::move(message)}});
}

}  // namespace

Config DefaultConfig() {
  Config config;
  config.upstreams = DefaultUpstreams();
  return config;
}

std::string ConfigError::ToString() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  text += ": ";
  if (!key.empty()) text += key + ": ";
  return text + message;
}

ConfigResult ParseConfig(std::string_view text, const std::string& file,
                         const Environment& environment, const CertificateCheck& check) {
  auto tree = ParseConfigTree(text);
  if (!tree) return OneError(file, tree.error().line, std::move(tree.error().message));
  ConfigErrors errors(file);
  Config config = ReadConfig(*tree, environment, check, errors);
  auto found = errors.Take();
  if (!found.empty()) return tl::unexpected<std::vector<ConfigError>>(std::move(found));
  return config;
}

ConfigResult LoadConfig(const std::string& path, const CertificateCheck& check) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    text.resize(kMostFileBytes + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
  }
  if (file.bad() || (text.empty() && !file.eof())) {
    return OneError(path, 0, std::string("cannot read it: ") + std::strerror(errno));
  }
  if (text.size() > kMostFileBytes) return OneError(path, 0, "larger than 1MiB");
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  return ParseConfig(text, path, environment, check);
}

}  // namespace longshore
