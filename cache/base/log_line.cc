#include "cache/base/log_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace longshore::log {
namespace {

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

// Stands for itself in a JSON string whatever stands around it (RFC 8259 §7).
constexpr bool IsPlain(unsigned char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0; c < plain.size(); ++c) plain[c] = IsPlain(static_cast<unsigned char>(c));
  return plain;
}();

size_t PlainLength(std::string_view text) {
  const auto is_plain = [](char c) { return kPlain[static_cast<unsigned char>(c)]; };
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
}

// What `text` starts with and is not plain; returns how many bytes that were.
size_t AppendEscaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto c = static_cast<unsigned char>(text[0]);
  const size_t length = SequenceLength(text);
  if (length == 0) {
    out += "\\ufffd";
    return 1;
  }
  if (c == '"' || c == '\\') {
    out += '\\';
    out += text[0];
  } else if (length == 1) {
    out += "\\u00";
    out += kHex[c >> 4];
    out += kHex[c & 0xf];
  } else {
    out += text.substr(0, length);
  }
  return length;
}

// Clients choose some of these bytes. Most values are plain from end to end.
void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const size_t plain = PlainLength(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    text.remove_prefix(AppendEscaped(out, text));
  }
  out += '"';
}

template <typename... Value>
void AppendNumber(std::string& out, Value... value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value...).ptr;
  out.append(digits.data(), end);
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const { AppendJsonString(out, text); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double value) const { AppendNumber(out, value, std::chars_format::general, 6); }
  void operator()(int64_t value) const { AppendNumber(out, value); }
  void operator()(uint64_t value) const { AppendNumber(out, value); }
};

void AppendJson(std::string& out, const Options& options, std::string_view time, Level level,
                std::string_view topic, std::string_view msg, std::initializer_list<Field> fields) {
  out += R"({"time":")";
  out += time;
  out += R"(","level":")";
  out += Name(level);
  out += R"(","region":)";
  AppendJsonString(out, options.region);
  out += R"(,"topic":)";
  AppendJsonString(out, topic);
  out += R"(,"msg":)";
  AppendJsonString(out, msg);
  for (const Field& field : fields) {
    out += ',';
    AppendJsonString(out, field.key);
    out += ':';
    std::visit(AppendValue{out}, field.value);
  }
  out += '}';
}

void AppendText(std::string& out, const Options& options, std::string_view time, Level level,
                std::string_view topic, std::string_view msg, std::initializer_list<Field> fields) {
  constexpr size_t kLevelWidth = 5;
  out += time;
  out += ' ';
  out += Name(level);
  out.append(kLevelWidth - Name(level).size() + 1, ' ');
  out += options.region;
  out += ' ';
  out += topic;
  out += ": ";
  out += msg;
  for (const Field& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    std::visit(AppendValue{out}, field.value);
  }
}

}  // namespace

void AppendLine(std::string& out, const Options& options, std::string_view time, Level level,
                std::string_view topic, std::string_view msg, std::initializer_list<Field> fields) {
  const auto append = options.format == Format::kJson ? AppendJson : AppendText;
  append(out, options, time, level, topic, msg, fields);
}

}  // namespace longshore::log
