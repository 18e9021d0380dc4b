#include "cache/base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <memory>

namespace longshore::log {
namespace {

constexpr size_t kQueueLines = 8192;

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

// Bytes of the well-formed UTF-8 sequence that `text` starts with (RFC 3629 §4), 0 if it starts
// with none.
size_t SequenceLength(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) < 0x80) return 1;
  const size_t length = at(0) >= 0xf0 ? 4 : at(0) >= 0xe0 ? 3 : 2;
  if (at(0) < 0xc2 || at(0) > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const bool too_long = (at(0) == 0xe0 && at(1) < 0xa0) || (at(0) == 0xf0 && at(1) < 0x90);
  const bool no_character = (at(0) == 0xed && at(1) > 0x9f) || (at(0) == 0xf4 && at(1) > 0x8f);
  return too_long || no_character ? 0 : length;
}

// RFC 8259 §7. Clients choose some of these bytes: what is not UTF-8 becomes U+FFFD, so that a line
// is always JSON.
void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text[0];
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned int>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  out += '"';
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const { AppendJsonString(out, text); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double value) const { fmt::format_to(std::back_inserter(out), "{:.6g}", value); }
  void operator()(int64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
  void operator()(uint64_t value) const { fmt::format_to(std::back_inserter(out), "{}", value); }
};

std::string FormatJson(const Options& options, std::string_view time, Level level,
                       std::string_view topic, std::string_view msg,
                       std::initializer_list<Field> fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","region":)", time, Name(level));
  AppendJsonString(line, options.region);
  line += ",\"topic\":";
  AppendJsonString(line, topic);
  line += ",\"msg\":";
  AppendJsonString(line, msg);
  for (const Field& field : fields) {
    line += ',';
    AppendJsonString(line, field.key);
    line += ':';
    std::visit(AppendValue{line}, field.value);
  }
  line += '}';
  return line;
}

std::string FormatText(const Options& options, std::string_view time, Level level,
                       std::string_view topic, std::string_view msg,
                       std::initializer_list<Field> fields) {
  std::string line =
      fmt::format("{} {:<5} {} {}: {}", time, Name(level), options.region, topic, msg);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    std::visit(AppendValue{line}, field.value);
  }
  return line;
}

std::string Now() {
  const auto now = std::chrono::system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis);
}

// The one process-wide object of the program: standard error is one, too.
struct Sink {
  Options options;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::logger> logger;
};
std::unique_ptr<Sink> g_sink;
std::atomic<int> g_level{static_cast<int>(Level::kError) + 1};

}  // namespace

std::string FormatLine(const Options& options, std::string_view time, Level level,
                       std::string_view topic, std::string_view msg,
                       std::initializer_list<Field> fields) {
  return options.format == Format::kJson ? FormatJson(options, time, level, topic, msg, fields)
                                         : FormatText(options, time, level, topic, msg, fields);
}

void Configure(const Options& options) {
  auto sink = std::make_unique<Sink>();
  sink->options = options;
  sink->pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  sink->logger = std::make_shared<spdlog::async_logger>(
      "longshore", std::make_shared<spdlog::sinks::stderr_sink_mt>(), sink->pool,
      spdlog::async_overflow_policy::overrun_oldest);
  sink->logger->set_pattern("%v");
  sink->logger->set_level(spdlog::level::trace);
  sink->logger->flush_on(spdlog::level::trace);
  g_sink = std::move(sink);
  g_level.store(static_cast<int>(options.level));
}

void SetLevel(Level level) {
  g_level.store(static_cast<int>(level));
}

void Shutdown() {
  g_level.store(static_cast<int>(Level::kError) + 1);
  g_sink.reset();
}

bool Enabled(Level level) {
  return static_cast<int>(level) >= g_level.load(std::memory_order_relaxed);
}

void Write(Level level, std::string_view topic, std::string_view msg,
           std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  g_sink->logger->log(spdlog::level::info,
                      FormatLine(g_sink->options, Now(), level, topic, msg, fields));
}

}  // namespace longshore::log
