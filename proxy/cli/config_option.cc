#include "proxy/cli/config_option.h"

#include <utility>

namespace longshore::cli {

Result<Config> LoadForCommand(const std::string& file) {
  if (file.empty()) return DefaultConfig();
  auto loaded = LoadConfig(file);
  if (loaded) return std::move(*loaded);
  return Fail(Code::kInvalid, loaded.error().front().ToString() +
                                  " (longshore check-config says all that is wrong)");
}

}  // namespace longshore::cli
