#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/result.h"
#include "proxy/config/config_address.h"

namespace longshore {

// The machine's own congestion control, whatever that is.
inline constexpr std::string_view kHostCongestion = "host";

// One socket of the registry API.
struct ListenConfig {
  ListenAddress address;
  // The congestion control for what is sent there, by the kernel's name for it, or kHostCongestion.
  // Some pace (BBR), which on a local network costs half of what a core can send.
  std::string tcp_congestion = "cubic";
  // PEM files; empty: in the clear. Both or none.
  std::string tls_certificate_file{};
  std::string tls_key_file{};

  bool is_tls() const { return !tls_certificate_file.empty(); }
  std::string_view scheme() const { return is_tls() ? "https" : "http"; }
  bool operator==(const ListenConfig&) const = default;
};

// Can this listener be opened under its certificate? What is wrong becomes an error of its `tls`.
using CertificateCheck = std::function<Status(const ListenConfig& listener)>;

class ConfigSection;

// `listen`: a list of addresses, or of mappings with an `address` and what is special to it. Leaves
// `out` alone when the key is missing. Without a `check` the files of `tls` are not looked at.
void ReadListen(ConfigSection& top, const CertificateCheck& check, std::vector<ListenConfig>& out);

}  // namespace longshore
