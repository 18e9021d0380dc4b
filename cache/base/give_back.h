#pragma once

#include <string>

namespace longshore {

// Frees what `text` holds. Assigning an empty string does not: libstdc++ copies a short string into
// the room that is there, however large.
inline void GiveBack(std::string& text) {
  std::string().swap(text);
}

}  // namespace longshore
