#include "proxy/config/config_listen.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/config/config_section.h"

namespace longshore {
namespace {

constexpr size_t kMostNameBytes = 15;  // TCP_CA_NAME_MAX with its NUL is 16

Result<std::string> ParseCongestion(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (text.empty() || text.size() > kMostNameBytes || !plain) {
    return Fail(Code::kInvalid,
                "must be the name of a congestion control, like cubic or bbr, or host");
  }
  return std::string(text);
}

Result<std::string> ParseFile(std::string_view text) {
  if (text.empty()) return Fail(Code::kInvalid, "must name a PEM file");
  return std::string(text);
}

void ReadTls(ConfigSection& listener, const CertificateCheck& check, ListenConfig& one) {
  const ConfigEntry* entry = listener.Find("tls");
  if (entry == nullptr) return;
  ConfigSection tls = listener.Sub("tls");
  tls.Read("certificate_file", one.tls_certificate_file, ParseFile);
  tls.Read("key_file", one.tls_key_file, ParseFile);
  const bool is_section = entry->value.kind == ConfigNode::Kind::kMap;
  for (const char* key : {"certificate_file", "key_file"}) {
    if (is_section && tls.Find(key) == nullptr) tls.Error(entry->line, tls.PathOf(key), "missing");
  }
  tls.Finish();
  if (!check || one.tls_certificate_file.empty() || one.tls_key_file.empty()) return;
  if (auto usable = check(one); !usable) {
    tls.Error(entry->line, listener.PathOf("tls"), usable.error().message);
  }
}

std::optional<ListenConfig> ReadOne(ConfigSection section, const CertificateCheck& check,
                                    const ListenConfig& defaults) {
  ListenConfig one = defaults;
  const ConfigEntry* address = section.Find("address");
  if (address == nullptr) {
    section.Error(section.line(), section.PathOf("address"), "missing");
  } else if (!section.ReadNode(address->value, section.PathOf("address"), one.address,
                               ParseListenAddress)) {
    address = nullptr;
  }
  section.Read("tcp_congestion", one.tcp_congestion, ParseCongestion);
  ReadTls(section, check, one);
  section.Finish();
  // Without an address of its own it would be taken for another's.
  return address == nullptr ? std::nullopt : std::optional(one);
}

}  // namespace

void ReadListen(ConfigSection& top, const CertificateCheck& check, std::vector<ListenConfig>& out) {
  ListenConfig defaults;
  top.Read("tcp_congestion", defaults.tcp_congestion, ParseCongestion);
  for (ListenConfig& one : out) one.tcp_congestion = defaults.tcp_congestion;
  const auto read = [&](const ConfigNode& item, const std::string& path) {
    if (item.kind == ConfigNode::Kind::kMap) return ReadOne(top.Below(item, path), check, defaults);
    std::optional<ListenConfig> one = defaults;
    if (!top.ReadNode(item, path, one->address, ParseListenAddress)) one.reset();
    return one;
  };
  top.ReadItems("listen", out, read);
}

}  // namespace longshore
