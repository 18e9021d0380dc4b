#include "proxy/config/config_upstreams.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "proxy/oci/reference.h"
#include "proxy/upstream/endpoints.h"

namespace longshore {
namespace {

constexpr std::string_view kHubHost = "registry-1.docker.io";
constexpr std::string_view kHubTokenHost = "auth.docker.io";

Result<std::string> AsText(std::string_view text) {
  return std::string(text);
}

Result<int> ParseConnections(std::string_view text) {
  return ParseCount(text, 1, 1000);
}

Result<std::string> ParsePrefix(std::string_view text) {
  if (!text.empty() && !IsValidRepositoryName(text)) {
    return Fail(Code::kInvalid, "not a repository path: write it like library");
  }
  return std::string(text);
}

Result<std::string> ParseUserName(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == ':') {
      // RFC 7617 §2
      return Fail(Code::kInvalid, "a user name must have no colon and no control character");
    }
  }
  return std::string(text);
}

Result<std::string> ParseReadableFile(std::string_view text) {
  std::string path(text);
  if (!path.empty() && ::access(path.c_str(), R_OK) != 0) {
    return Fail(Code::kInvalid, "cannot read " + path + ": " + std::strerror(errno));
  }
  return path;
}

Result<std::string> ParseProxy(std::string_view text) {
  if (text.empty()) return std::string();
  const auto url = ParseHttpUrl(text);
  if (!url || url->https || !url->path.empty()) {
    return Fail(Code::kInvalid,
                "not an HTTP proxy: write it like http://proxy.example:3128, without credentials");
  }
  // With its port: libcurl takes 1080 for a proxy without one.
  return "http://" + url->host + ":" + std::to_string(url->port);
}

bool IsGiven(ConfigSection& section, std::string_view key) {
  const ConfigEntry* entry = section.Find(key);
  return entry != nullptr &&
         (entry->value.kind != ConfigNode::Kind::kText || !entry->value.text.empty());
}

// The password of one upstream, from the one place that is given.
void ReadPassword(ConfigSection& section, const Environment& environment, Secret& out) {
  std::string file;
  std::string variable;
  section.Read("password_file", file, AsText);
  section.Read("password_env", variable, AsText);
  if (!file.empty() && !variable.empty()) {
    section.Error(section.Find("password_env")->line, section.PathOf("password_env"),
                  "password_file is given too: one of them is enough");
    return;
  }
  const auto from_file = [&file](std::string_view) -> Result<Secret> {
    return ReadSecretFile(file);
  };
  const auto from_variable = [&](std::string_view) -> Result<Secret> {
    auto text = environment(variable);
    if (!text) return Fail(Code::kInvalid, "the environment has no " + variable);
    return CheckSecret(std::move(*text), "the environment's " + variable);
  };
  if (!file.empty()) section.Read("password_file", out, from_file);
  if (!variable.empty()) section.Read("password_env", out, from_variable);
}

void ReadCredentials(ConfigSection& section, const Environment& environment,
                     UpstreamConfig& upstream) {
  section.Read("username", upstream.username, ParseUserName);
  ReadPassword(section, environment, upstream.password);
  if (const ConfigEntry* inline_password = section.Find("password")) {
    section.Error(inline_password->line, section.PathOf("password"),
                  "a password must not stand in this file: use password_file or password_env");
    return;
  }
  const bool has_password = IsGiven(section, "password_file") || IsGiven(section, "password_env");
  if (IsGiven(section, "username") == has_password) return;
  if (has_password) {
    section.Error(section.line(), section.PathOf("username"), "missing beside a password");
  } else {
    section.Error(section.Find("username")->line, section.PathOf("username"),
                  "needs a password: add password_file or password_env");
  }
}

// `url`, or `urls` of which the first is preferred.
void ReadUrls(ConfigSection& section, UpstreamConfig& upstream) {
  const ConfigEntry* one = section.Find("url");
  const ConfigEntry* several = section.Find("urls");
  if (one == nullptr && several == nullptr) {
    section.Error(section.line(), section.PathOf("url"), "missing");
  } else if (one != nullptr && several != nullptr) {
    section.Error(several->line, section.PathOf("urls"),
                  "url is given too: list it first and leave url out");
  }
  section.Read("url", upstream.url, ParseHttpUrl);
  if (several == nullptr) return;
  std::vector<HttpUrl> urls;
  section.ReadList("urls", urls, ParseHttpUrl);
  if (several->value.kind != ConfigNode::Kind::kList) return;
  const size_t listed = several->value.items.size();
  if (listed == 0 || listed > Endpoints::kMost) {
    section.Error(several->line, section.PathOf("urls"),
                  "must name 1 to " + std::to_string(Endpoints::kMost) + " URLs");
  }
  for (auto it = urls.begin(); it != urls.end(); ++it) {
    if (std::find(urls.begin(), it, *it) == it) continue;
    section.Error(several->line, section.PathOf("urls"), it->ToString() + " is listed twice");
  }
  if (urls.empty()) return;
  upstream.url = urls.front();
  upstream.more_urls.assign(urls.begin() + 1, urls.end());
}

// Is Docker Hub one of its URLs, be it behind a mirror of one's own?
bool HasHub(const UpstreamConfig& upstream) {
  const auto is_hub = [](const HttpUrl& url) { return url.host == kHubHost; };
  return is_hub(upstream.url) ||
         std::any_of(upstream.more_urls.begin(), upstream.more_urls.end(), is_hub);
}

UpstreamConfig ReadUpstream(ConfigSection& section, const Environment& environment) {
  UpstreamConfig upstream;
  ReadUrls(section, upstream);
  section.Read("official_prefix", upstream.official_prefix, ParsePrefix);
  section.Read("ca_file", upstream.ca_file, ParseReadableFile);
  section.Read("proxy", upstream.proxy, ParseProxy);
  section.ReadList("hosts", upstream.hosts, ParseHostPort);
  if (HasHub(upstream)) upstream.token_hosts = {std::string(kHubTokenHost)};
  section.ReadList("token_hosts", upstream.token_hosts, ParseHostPort);
  section.Read("prefetch", upstream.prefetch, ParseSwitch);
  section.Read("max_connections", upstream.max_connections, ParseConnections);
  section.Read("max_connections_per_blob", upstream.max_connections_per_blob, ParseConnections);
  section.Read("allow_private_redirects", upstream.allow_private_redirects, ParseSwitch);
  ReadCredentials(section, environment, upstream);
  section.Finish();
  return upstream;
}

// As a first path component must look to be told from a repository: distribution's reference
// grammar takes one with a dot or a colon, and "localhost", for a host.
bool LooksLikeRegistry(const std::string& name) {
  const auto host = ParseHostPort(name);
  return host && *host == name &&
         (name == "localhost" || name.find_first_of(".:") != std::string::npos);
}

void CheckHostsOnce(ConfigSection& section, const UpstreamConfig& upstream, const std::string& name,
                    std::map<std::string, std::string>& owners) {
  for (const std::string& host : upstream.hosts) {
    const auto [owner, fresh] = owners.emplace(host, name);
    if (fresh) continue;
    section.Error(
        section.Find("hosts")->line, section.PathOf("hosts"),
        host + (owner->second == name ? " is listed twice" : " already means " + owner->second));
  }
}

UpstreamConfig DefaultUpstream(std::string_view url) {
  UpstreamConfig upstream;
  upstream.url = ParseHttpUrl(url).value_or(HttpUrl{});
  return upstream;
}

}  // namespace

std::map<std::string, UpstreamConfig> DefaultUpstreams() {
  std::map<std::string, UpstreamConfig> upstreams;
  UpstreamConfig& hub = upstreams["docker.io"];
  hub = DefaultUpstream("https://registry-1.docker.io");
  hub.official_prefix = "library";
  hub.token_hosts = {std::string(kHubTokenHost)};
  upstreams["quay.io"] = DefaultUpstream("https://quay.io");
  upstreams["ghcr.io"] = DefaultUpstream("https://ghcr.io");
  return upstreams;
}

void ReadUpstreams(ConfigSection& top, const Environment& environment, Config& config) {
  const ConfigEntry* entry = top.Find("upstreams");
  if (entry == nullptr) {
    config.upstreams = DefaultUpstreams();
    return;
  }
  config.upstreams.clear();
  ConfigSection all = top.Sub("upstreams");
  if (all.entries().empty() && (entry->value.kind == ConfigNode::Kind::kMap ||
                                entry->value.kind == ConfigNode::Kind::kNothing)) {
    all.Error(entry->line, "upstreams", "must name one upstream at least");
  }
  std::map<std::string, std::string> owners;
  for (const ConfigEntry& one : all.entries()) {
    if (config.upstreams.count(one.key) != 0) continue;  // reported as given twice
    ConfigSection section = all.Sub(one.key);
    if (!LooksLikeRegistry(one.key)) {
      all.Error(
          one.line, all.PathOf(one.key),
          "an upstream's name must look like a registry, in lower case: quay.io or registry:5000");
    }
    UpstreamConfig upstream = ReadUpstream(section, environment);
    CheckHostsOnce(section, upstream, one.key, owners);
    config.upstreams.emplace(one.key, std::move(upstream));
  }
}

}  // namespace longshore
