#include "proxy/config/config.h"

#include <algorithm>

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

constexpr std::string_view kPassword = "pass-phrase-7f3a";

void CheckErrors(const std::vector<ConfigError>& errors, std::string_view text) {
  Require(!errors.empty(), "a refusal has a reason");
  const bool names_it = text.find(kPassword) != std::string_view::npos;  // a key of that name, say
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const ConfigError& error : errors) {
    Require(error.line >= 1 && error.line <= lines + 1, "an error has a line of the file");
    Require(!error.message.empty(), "an error says what is wrong");
    const bool is_told = error.ToString().find(kPassword) != std::string::npos;
    Require(names_it || !is_told, "no error tells a password");
  }
}

void CheckConfig(const longshore::Config& config) {
  Require(!config.listen.empty(), "there is an address");
  Require(config.cache.size >= uint64_t{64} << 20, "the cache holds something");
  Require(config.threads >= 0 && config.threads <= 256, "threads are few");
  Require(config.tag_ttl.count() >= 0 && config.stale_if_error.count() >= 0, "time goes forward");
  Require(config.complete_partial >= 0 && config.complete_partial <= 1, "a part is a part");
  Require(config.upstreams.contains(config.default_upstream), "the default upstream is there");
  for (const auto& [name, upstream] : config.upstreams) {
    Require(!name.empty() && !upstream.url.host.empty(), "an upstream is somewhere");
    Require(IsOneLine(upstream.username) && IsOneLine(upstream.password.Reveal()),
            "credentials can stand in a header");
    Require(upstream.max_connections >= 1 && upstream.max_connections_per_blob >= 1,
            "an upstream may be asked");
  }
}

}  // namespace

void Config(std::string_view input) {
  const auto config = ParseConfig(
      input, "f", [](const std::string&) { return std::optional(std::string(kPassword)); });
  if (config) {
    CheckConfig(*config);
  } else {
    CheckErrors(config.error(), input);
  }
}

}  // namespace longshore::fuzz
