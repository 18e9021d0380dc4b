#include "proxy/oci/json_depth.h"

namespace longshore {

bool IsDeeperThan(std::string_view json, int depth) {
  int open = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if ((c == '{' || c == '[') && ++open > depth) return true;
    if (c == '}' || c == ']') --open;
  }
  return false;
}

}  // namespace longshore
