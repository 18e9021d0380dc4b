#include "proxy/reload.h"

#include <cstdint>
#include <utility>

#include "cache/base/log.h"
#include "proxy/config/config.h"
#include "proxy/server.h"

namespace longshore {
namespace {

ReloadReport Refused(const std::vector<ConfigError>& errors) {
  ReloadReport report{ReloadReport::Outcome::kRefused, {}, {}, 0, {}};
  for (const ConfigError& error : errors) {
    log::Error("reload", "configuration refused, nothing is changed",
               {{"file", error.file},
                {"line", static_cast<int64_t>(error.line)},
                {"key", error.key},
                {"reason", error.message}});
    report.errors.push_back(error.ToString());
  }
  return report;
}

ReloadReport Apply(Config config, Server& server) {
  ReloadReport report = server.Reload(std::move(config));
  for (const std::string& error : report.errors) {
    log::Error("reload", "certificate refused, nothing is changed", {{"reason", error}});
  }
  if (report.outcome != ReloadReport::Outcome::kDone) return report;
  for (const std::string& key : report.need_restart) {
    log::Warn("reload", "this key needs a restart; until then it is as it was", {{"key", key}});
  }
  log::Info("reload", "configuration reloaded", {{"changed", Join(report.changed, ", ")}});
  return report;
}

}  // namespace

ReloadReport ReloadFrom(const std::string& file, Server& server) {
  if (file.empty()) {
    log::Warn("reload", "started without a configuration file: there is nothing to reload");
    return {ReloadReport::Outcome::kNoFile, {}, {}, 0, {}};
  }
  auto config = LoadConfig(file);
  return config ? Apply(std::move(*config), server) : Refused(config.error());
}

void ReloadFor(ReloadRequests& requests, const std::string& file, Server& server) {
  auto waiting = requests.Take();
  const ReloadReport report = ReloadFrom(file, server);
  for (auto& answer : waiting) answer(report);
}

}  // namespace longshore
