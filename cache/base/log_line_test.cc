#include "cache/base/log_line.h"

#include <doctest/doctest.h>

namespace longshore::log {
namespace {

constexpr std::string_view kTime = "2026-01-02T03:04:05.678Z";

std::string Line(const Options& options, Level level, std::string_view topic, std::string_view msg,
                 std::initializer_list<Field> fields) {
  std::string line;
  AppendLine(line, options, kTime, level, topic, msg, fields);
  return line;
}

TEST_CASE("a JSON line has the fixed fields first and every value in its own type") {
  const Options options{Level::kInfo, Format::kJson, "eu-1"};
  CHECK(Line(options, Level::kWarn, "cache", "full",
             {{"bytes", uint64_t{7}}, {"delta", int64_t{-3}}, {"ratio", 0.5}, {"hit", true}}) ==
        R"({"time":"2026-01-02T03:04:05.678Z","level":"warn","region":"eu-1","topic":"cache",)"
        R"("msg":"full","bytes":7,"delta":-3,"ratio":0.5,"hit":true})");
}

TEST_CASE("nothing that a client sends can end a string or a line") {
  const std::string_view nasty("\"}\n\\\r\t\0\x1f\x7f", 9);
  const std::string line = Line({}, Level::kInfo, "http", nasty, {{"tag", nasty}});
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find(R"("msg":"\"}\u000a\\\u000d\u0009\u0000\u001f\u007f")") != std::string::npos);
  CHECK(line.find(R"("tag":"\"}\u000a\\\u000d\u0009\u0000\u001f\u007f")") != std::string::npos);
}

TEST_CASE("UTF-8 passes through, what is none does not") {
  const auto logged = [](std::string_view text) {
    const std::string line = Line({}, Level::kInfo, "http", text, {});
    return line.substr(line.find("msg\":\"") + 6, line.size() - line.find("msg\":\"") - 8);
  };
  for (const char* good :
       {"größe", "€", "\U0001f6a2", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xc2\x80"}) {
    CHECK(logged(good) == good);
  }
  CHECK(logged("a\xff"
               "b\xc3") == "a\\ufffdb\\ufffd");
  CHECK(logged("\xc0\xaf") == "\\ufffd\\ufffd");               // overlong
  CHECK(logged("\xed\xa0\x80x") == "\\ufffd\\ufffd\\ufffdx");  // a surrogate
  CHECK(logged("\xe2\x82") == "\\ufffd\\ufffd");               // cut short
  CHECK(logged("\xf4\x90\x80\x80") == "\\ufffd\\ufffd\\ufffd\\ufffd");
  CHECK(logged("\xe0\x80\x80") == "\\ufffd\\ufffd\\ufffd");
}

TEST_CASE("the text format quotes values") {
  Options options;
  options.format = Format::kText;
  CHECK(Line(options, Level::kInfo, "cache", "open", {{"path", "a b"}, {"n", int64_t{1}}}) ==
        "2026-01-02T03:04:05.678Z info  local cache: open path=\"a b\" n=1");
}

TEST_CASE("before Configure nothing is enabled and writing is harmless") {
  CHECK_FALSE(Enabled(Level::kError));
  Error("test", "goes nowhere");
}

}  // namespace
}  // namespace longshore::log
