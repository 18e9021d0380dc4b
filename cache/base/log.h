#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace longshore::log {

enum class Level { kDebug, kInfo, kWarn, kError };
enum class Format { kJson, kText };

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kJson;
  std::string region = "local";
};

struct Field {
  std::string_view key;  // snake_case
  std::variant<std::string_view, int64_t, uint64_t, double, bool> value;
};

// Sets where lines go (standard error) and how they look. Call before threads start; lines before
// the first call are dropped. Writing happens on a thread of its own (LineWriter): Write never
// blocks, a line is out within some ten milliseconds, a warning or an error at once. What that
// thread cannot keep up with is lost, and said to be.
void Configure(const Options& options);
// Any thread, any time after Configure.
void SetLevel(Level level);
// Writes what waits, then stops the writing thread. Where standard error does not take all of it in
// five seconds, the rest is lost, and that thread goes with the process. Call after all other
// threads ended.
void Shutdown();

bool Enabled(Level level);
// How many lines were lost since Configure. Any thread, between Configure and Shutdown.
uint64_t LostLines();
// One line: time (RFC 3339, UTC), level, region, topic (which part speaks), msg, and the fields.
// Thread-safe.
void Write(Level level, std::string_view topic, std::string_view msg,
           std::initializer_list<Field> fields = {});

inline void Debug(std::string_view topic, std::string_view msg,
                  std::initializer_list<Field> f = {}) {
  Write(Level::kDebug, topic, msg, f);
}
inline void Info(std::string_view topic, std::string_view msg,
                 std::initializer_list<Field> f = {}) {
  Write(Level::kInfo, topic, msg, f);
}
inline void Warn(std::string_view topic, std::string_view msg,
                 std::initializer_list<Field> f = {}) {
  Write(Level::kWarn, topic, msg, f);
}
inline void Error(std::string_view topic, std::string_view msg,
                  std::initializer_list<Field> f = {}) {
  Write(Level::kError, topic, msg, f);
}

}  // namespace longshore::log
