#include "proxy/oci/platform.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "proxy/oci/json_depth.h"
#include "proxy/oci/manifest.h"

namespace longshore {
namespace {

using Json = nlohmann::json;

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string Platform::ToString() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

Result<Platform> ParsePlatform(std::string_view text) {
  std::vector<std::string> words;
  std::string_view rest = text;
  while (words.size() < 4) {
    const size_t slash = rest.find('/');
    words.emplace_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  const bool plain = std::all_of(words.begin(), words.end(), IsWord);
  if (words.size() < 2 || words.size() > 3 || !plain) {
    return Fail(Code::kInvalid,
                "'" + std::string(text) + "' is not a platform; write it like linux/amd64");
  }
  words.resize(3);
  return Platform{words[0], words[1], words[2]};
}

Platform HostPlatform() {
#if defined(__aarch64__)
  return {"linux", "arm64", ""};
#elif defined(__riscv)
  return {"linux", "riscv64", ""};
#else
  return {"linux", "amd64", ""};
#endif
}

std::vector<IndexEntry> ReadIndex(std::string_view bytes) {
  std::vector<IndexEntry> entries;
  if (IsDeeperThan(bytes, kMaxManifestDepth)) return entries;
  const Json index = Json::parse(bytes, nullptr, false);
  if (!index.is_object() || !index.contains("manifests") || !index["manifests"].is_array()) {
    return entries;
  }
  for (const Json& manifest : index["manifests"]) {
    if (!manifest.is_object()) continue;
    const auto digest = Digest::Parse(Text(manifest, "digest"));
    if (!digest) continue;
    IndexEntry entry{*digest, 0, {}};
    const auto size = manifest.find("size");
    if (size != manifest.end() && size->is_number_unsigned()) entry.size = size->get<uint64_t>();
    const auto platform = manifest.find("platform");
    if (platform != manifest.end() && platform->is_object()) {
      entry.platform = {Text(*platform, "os"), Text(*platform, "architecture"),
                        Text(*platform, "variant")};
    }
    if (entry.platform.os != "unknown") entries.push_back(std::move(entry));
  }
  return entries;
}

bool Matches(const Platform& wanted, const Platform& offered) {
  return wanted.os == offered.os && wanted.architecture == offered.architecture &&
         (wanted.variant.empty() || wanted.variant == offered.variant);
}

}  // namespace longshore
