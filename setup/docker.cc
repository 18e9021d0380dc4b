#include "setup/docker.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace longshore::setup {
namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order they were written in

constexpr const char* kKey = "registry-mirrors";

Result<Json> Parse(const std::string& text) {
  if (text.empty()) return Json::object();
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.is_object()) {
    return Fail(Code::kInvalid, "not a JSON object, so dockerd does not read it either: repair it");
  }
  const auto mirrors = document.find(kKey);
  if (mirrors != document.end() && !mirrors->is_array()) {
    return Fail(Code::kInvalid, std::string(kKey) + " is not a list: repair it");
  }
  return document;
}

std::string Dump(const Json& document) {
  return document.dump(2) + "\n";
}

// dockerd writes mirrors with a slash at the end, people without.
bool Means(const Json& entry, const std::string& url) {
  return entry == Json(url) || entry == Json(url + "/");
}

Result<std::string> Add(const std::string& present, const std::string& url) {
  auto document = Parse(present);
  if (!document) return tl::unexpected(document.error());
  if (!document->contains(kKey)) (*document)[kKey] = Json::array();
  Json& mirrors = (*document)[kKey];
  for (const Json& entry : mirrors) {
    if (Means(entry, url)) return present;
  }
  mirrors.insert(mirrors.begin(), Json(url));
  return Dump(*document);
}

Result<std::string> Remove(const std::string& present, const std::string& url) {
  auto document = Parse(present);
  if (!document) return tl::unexpected(document.error());
  if (!document->contains(kKey)) return present;
  Json& mirrors = (*document)[kKey];
  const auto ours = std::find_if(mirrors.begin(), mirrors.end(),
                                 [&](const Json& entry) { return Means(entry, url); });
  if (ours == mirrors.end()) return present;
  mirrors.erase(ours);
  if (mirrors.empty()) document->erase(kKey);
  return document->empty() ? std::string() : Dump(*document);
}

NodeFile DaemonJson(const std::string& url) {
  return {"/etc/docker/daemon.json",
          [url](const std::string& present) { return Add(present, url); },
          [url](const std::string& present) { return Remove(present, url); }, url, DaemonJson};
}

}  // namespace

std::vector<NodeFile> DockerFiles(const Mirror& mirror) {
  return {DaemonJson(mirror.url)};
}

}  // namespace longshore::setup
