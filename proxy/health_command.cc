#include "proxy/health_command.h"

#include <iostream>

#include "proxy/config_address.h"
#include "proxy/upstream/curl_get.h"

namespace longshore {
namespace {

constexpr Duration kPatience{3'000};

// Who listens on every address is asked on the loopback.
ListenAddress ToAsk(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

}  // namespace

int RunHealth(const std::string& admin, const Config& config) {
  const auto address = admin.empty() ? config.admin_listen : ParseListenAddress(admin);
  if (!address) {
    std::cerr << "longshore health: --admin: " << address.error().message << "\n";
    return 2;
  }
  const std::string url = "http://" + ToAsk(*address).ToString() + "/readyz";
  const auto answer = CurlGet(url, kPatience);
  if (!answer) {
    std::cerr << "longshore health: " << url << ": " << answer.error().message
              << "; is it running, and is this its admin_listen?\n";
    return 1;
  }
  (answer->status == 200 ? std::cout : std::cerr) << answer->body;
  return answer->status == 200 ? 0 : 1;
}

}  // namespace longshore
