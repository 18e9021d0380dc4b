#include "proxy/admin/admin_reload.h"

#include <nlohmann/json.hpp>
#include <string>

namespace longshore {
namespace {

using Json = nlohmann::json;

std::string Sentence(const ReloadReport& report) {
  std::string text = "reloaded; ";
  text += report.changed.empty() ? "nothing changed" : "changed: " + Join(report.changed, ", ");
  if (report.certificates > 0) {
    text += "; certificates read again: " + std::to_string(report.certificates);
  }
  if (!report.need_restart.empty()) {
    text += "; as before until a restart: " + Join(report.need_restart, ", ");
  }
  return text;
}

AdminAnswer Done(const ReloadReport& report) {
  const Json json = {{"changed", report.changed},
                     {"need_restart", report.need_restart},
                     {"certificates", report.certificates},
                     {"message", Sentence(report)}};
  return {200, json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace

AdminAnswer ReloadAnswer(const ReloadReport& report) {
  switch (report.outcome) {
    case ReloadReport::Outcome::kDone:
      return Done(report);
    case ReloadReport::Outcome::kRefused:
      return AdminError(
          {Code::kInvalid, "nothing is changed, the configuration of before goes on: " +
                               Join(report.errors, "; ") + ". Correct it and reload again"});
    case ReloadReport::Outcome::kNoFile:
      return AdminError({Code::kDenied,
                         "it was started without a configuration file: start it with --config "
                         "FILE to have one that can be read again"});
    case ReloadReport::Outcome::kStopping:
      break;
  }
  return AdminError({Code::kUnavailable, "the process stops: the next start reads the file"});
}

}  // namespace longshore
