#pragma once

#include <ostream>
#include <string>
#include <utility>

#include "cache/base/result.h"

namespace longshore {

// A password that does not slip into a log: it prints as "***", compares as itself, and only Reveal
// shows it. A plain value.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // For the one place that sends it. Never into a message.
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret& secret) {
  return out << (secret.empty() ? "" : "***");
}

// One line of text that is not empty; `source` is for the message, which never holds the text.
// kInvalid.
[[nodiscard]] Result<Secret> CheckSecret(std::string text, const std::string& source);
// The same from a small file, without the line break that editors put at its end. Blocks.
[[nodiscard]] Result<Secret> ReadSecretFile(const std::string& path);

}  // namespace longshore
