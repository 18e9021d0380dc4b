#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cache/base/clock.h"
#include "cache/base/log.h"
#include "proxy/config/config_address.h"
#include "proxy/config/config_listen.h"
#include "proxy/config/config_secret.h"
#include "proxy/config/config_values.h"

namespace longshore {

// The configuration file, checked: every value is within its bounds. Plain values; immutable once
// loaded.

struct CacheConfig {
  std::string path = "./longshore-cache";
  uint64_t size = uint64_t{50} << 30;            // bytes, for everything under path
  bool compress = true;                          // keep what compresses as zstd frames
  Duration scrub = std::chrono::hours(24 * 30);  // to prove all stored blobs anew; 0: never
  bool verify_first_read = false;  // hold a blob's end back until it is proven anew once a start
};

struct LogConfig {
  log::Level level = log::Level::kInfo;
  log::Format format = log::Format::kJson;
};

// One registry to pull from.
struct UpstreamConfig {
  HttpUrl url;
  std::vector<HttpUrl> more_urls;  // asked in this order while `url` fails
  // Put before names of one component: "library" for Docker Hub; or empty.
  std::string official_prefix;
  std::string username;  // empty: anonymous
  Secret password;       // read from password_file or password_env
  std::string ca_file;   // PEM; empty: the system's store
  std::string proxy;     // http URL of the HTTP proxy that all requests go through; empty: none
  // Host headers that mean this upstream; lower case, "host" or "host:port".
  std::vector<std::string> hosts;
  // Where its credentials may go besides url's own host: "auth.docker.io". The same form.
  std::vector<std::string> token_hosts;
  bool prefetch = true;      // config and layers start to fill when their manifest is taken
  int max_connections = 64;  // for blobs, at once, over all clients
  int max_connections_per_blob = 8;
  // May it redirect to addresses that are further inside than its own?
  bool allow_private_redirects = false;

  // All of them, in the order in which they are asked.
  std::vector<HttpUrl> Urls() const {
    std::vector<HttpUrl> urls = more_urls;
    urls.insert(urls.begin(), url);
    return urls;
  }
};

struct Config {
  std::string region = "local";
  std::vector<ListenConfig> listen = {{{"127.0.0.1", 5000}}};
  ListenAddress admin_listen = {"127.0.0.1", 5001};
  Secret admin_token;  // from admin_token_file; see AdminGuard
  int threads = 0;     // event loops; 0: one per core
  CacheConfig cache;
  LogConfig log;
  Duration tag_ttl = std::chrono::seconds(60);
  Duration stale_if_error = std::chrono::hours(24 * 7);
  Duration not_found_ttl = std::chrono::seconds(10);
  Duration upstream_first_byte = std::chrono::seconds(10);
  Duration drain = std::chrono::seconds(30);  // for running responses, once told to stop
  // Beyond these a client is told to come back.
  int max_connections = 16'384;
  int max_connections_per_client = 4'096;
  int max_fills = 256;
  uint64_t max_memory = uint64_t{2} << 30;  // bytes
  double complete_partial =
      0.25;  // the part of a blob that makes its fill go on when nobody reads any more
  std::string default_upstream = "docker.io";       // a key of `upstreams`
  std::map<std::string, UpstreamConfig> upstreams;  // by name, "docker.io"; never empty
};

// What `longshore serve` uses without a file: Docker Hub, quay.io and ghcr.io, all anonymous.
Config DefaultConfig();

struct ConfigError {
  std::string file;
  int line = 0;     // from 1; 0 when the file could not be read at all
  std::string key;  // "upstreams.ghcr.io.url", "listen[1]"; empty for the document itself
  std::string message;

  std::string ToString() const;  // "FILE:LINE: key: message"
};

// Everything that is wrong, in the order of lines. Never empty in a failed result. No message holds
// a secret.
using ConfigResult = tl::expected<Config, std::vector<ConfigError>>;

// Blocks: reads the file, and the files and environment variables that hold secrets. `upstreams` in
// the file replaces the default set. A key left out has its default. An empty file is the default
// configuration. With a `check`, certificates and keys are read, too: a subcommand may be run by
// somebody who cannot, and needs none.
[[nodiscard]] ConfigResult LoadConfig(const std::string& path, const CertificateCheck& check = {});

// The same on text, for tests: `file` is for messages, `environment` answers for password_env.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] ConfigResult ParseConfig(std::string_view text, const std::string& file,
                                       const Environment& environment,
                                       const CertificateCheck& check = {});

}  // namespace longshore
