#include "cache/base/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>

#include "cache/base/give_back.h"
#include "cache/base/line_writer.h"
#include "cache/base/log_line.h"

namespace longshore::log {
namespace {

constexpr std::chrono::seconds kLastWords{5};
constexpr size_t kKeptLine = 16 * 1024;  // capacity that a thread keeps for its next line

// RFC 3339, UTC, milliseconds. Only these change within a second.
class TimeText {
 public:
  std::string_view Now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != second_) SetSecond(now.tv_sec);
    auto millis = static_cast<unsigned>(now.tv_nsec / 1'000'000);
    for (size_t digit = kMillisEnd; digit > kMillisEnd - 3; millis /= 10) {
      text_[--digit] = static_cast<char>('0' + millis % 10);
    }
    return {text_.data(), kSize};
  }

 private:
  static constexpr size_t kSize = std::string_view("2026-01-02T03:04:05.678Z").size();
  static constexpr size_t kMillisEnd = kSize - 1;

  void SetSecond(std::time_t second) {
    std::tm utc{};
    ::gmtime_r(&second, &utc);
    std::strftime(text_.data(), text_.size(), "%Y-%m-%dT%H:%M:%S.000Z", &utc);
    second_ = second;
  }

  std::time_t second_ = -1;
  std::array<char, 64> text_{};
};

void AppendNow(std::string& out, const Options& options, Level level, std::string_view topic,
               std::string_view msg, std::initializer_list<Field> fields) {
  thread_local TimeText time;
  AppendLine(out, options, time.Now(), level, topic, msg, fields);
  out += '\n';
}

// The one process-wide object of the program: standard error is one, too.
struct Sink {
  explicit Sink(const Options& chosen)
      : options(chosen), writer(WriteTo(STDERR_FILENO), [this](uint64_t lines) {
          std::string line;
          AppendNow(line, options, Level::kWarn, "log", "lines were lost", {{"lines", lines}});
          return line;
        }) {}

  const Options options;
  LineWriter writer;
};
std::unique_ptr<Sink> g_sink;
std::atomic<int> g_level{static_cast<int>(Level::kError) + 1};

}  // namespace

void Configure(const Options& options) {
  g_sink = std::make_unique<Sink>(options);
  g_level.store(static_cast<int>(options.level));
}

void SetLevel(Level level) {
  g_level.store(static_cast<int>(level));
}

void Shutdown() {
  g_level.store(static_cast<int>(Level::kError) + 1);
  if (!g_sink) return;
  // A write that does not return holds the sink until the process is gone.
  if (!g_sink->writer.Finish(kLastWords)) static_cast<void>(g_sink.release());
  g_sink.reset();
}

bool Enabled(Level level) {
  return static_cast<int>(level) >= g_level.load(std::memory_order_relaxed);
}

uint64_t LostLines() {
  return g_sink ? g_sink->writer.lost() : 0;
}

void Write(Level level, std::string_view topic, std::string_view msg,
           std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  thread_local std::string line;
  line.clear();
  AppendNow(line, g_sink->options, level, topic, msg, fields);
  g_sink->writer.Append(line, level >= Level::kWarn);
  if (line.capacity() > kKeptLine) GiveBack(line);
}

}  // namespace longshore::log
