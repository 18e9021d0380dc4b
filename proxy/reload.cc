#include "proxy/reload.h"

#include <cstdint>
#include <utility>

#include "cache/base/log.h"
#include "proxy/config.h"
#include "proxy/server.h"

namespace longshore {

void ReloadFrom(const std::string& file, Server& server) {
  if (file.empty()) {
    log::Warn("reload", "started without a configuration file: there is nothing to reload");
    return;
  }
  auto config = LoadConfig(file);
  if (config) {
    server.Reload(std::move(*config));
    return;
  }
  for (const ConfigError& error : config.error()) {
    log::Error("reload", "configuration refused, nothing is changed",
               {{"file", error.file},
                {"line", static_cast<int64_t>(error.line)},
                {"key", error.key},
                {"reason", error.message}});
  }
}

}  // namespace longshore
