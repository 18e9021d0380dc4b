#pragma once

#include <string>

namespace longshore {

// Writes a fresh self-signed certificate for localhost and its key, valid for a day, as PEM files.
struct SelfSigned {
  explicit SelfSigned(const std::string& folder);
  std::string certificate_file;
  std::string key_file;
};

}  // namespace longshore
