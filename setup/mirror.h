#pragma once

#include <string>
#include <vector>

namespace longshore::setup {

// What a node's clients are pointed at.
struct Mirror {
  std::string url;                     // "http://127.0.0.1:5000": scheme, host and port, no path
  std::vector<std::string> upstreams;  // whose images are asked of it: "docker.io", "quay.io"
};

// "127.0.0.1:5000" of "http://127.0.0.1:5000".
inline std::string Authority(const Mirror& mirror) {
  return mirror.url.substr(mirror.url.find("://") + 3);
}
inline bool IsPlain(const Mirror& mirror) {
  return mirror.url.starts_with("http://");
}

}  // namespace longshore::setup
