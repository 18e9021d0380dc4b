#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// What reads bytes from outside, each with the properties that hold for any input. libfuzzer.cc
// makes a fuzzer of one of them, replay_test.cc runs all of them over the inputs kept in corpus/.
namespace longshore::fuzz {

void Challenge(std::string_view input);
void Config(std::string_view input);
void ContentDecoder(std::string_view input);
void Frame(std::string_view input);
void LinkHeader(std::string_view input);
void Manifest(std::string_view input);
void Range(std::string_view input);
void Records(std::string_view input);
void Referrers(std::string_view input);
void Request(std::string_view input);
void Route(std::string_view input);
void SeekTable(std::string_view input);
void TagsPage(std::string_view input);
void TokenResponse(std::string_view input);

struct Target {
  std::string_view name;  // of its file and of its folder in corpus/
  void (*run)(std::string_view input);
};

inline constexpr std::array<Target, 14> kTargets{{
    {"challenge", Challenge},
    {"config", Config},
    {"content_decoder", ContentDecoder},
    {"frame", Frame},
    {"link_header", LinkHeader},
    {"manifest", Manifest},
    {"range", Range},
    {"records", Records},
    {"referrers", Referrers},
    {"request", Request},
    {"route", Route},
    {"seek_table", SeekTable},
    {"tags_page", TagsPage},
    {"token_response", TokenResponse},
}};

// A property. Broken, it ends the process: libFuzzer then keeps the input, doctest names its file.
inline void Require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", property);
  std::abort();
}

// Safe in a header, a log line and a request line: no control character, no DEL.
inline bool IsOneLine(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return false;
  }
  return true;
}

// The first line of an input, which is taken off it: what comes beside the body.
inline std::string_view TakeLine(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(line.size() < input.size() ? line.size() + 1 : line.size());
  return line;
}

// A little-endian number of up to `bytes` bytes at the front of an input, taken off it.
inline unsigned long long TakeNumber(std::string_view& input, size_t bytes) {
  unsigned long long number = 0;
  const std::string_view taken = input.substr(0, bytes);
  for (size_t i = taken.size(); i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(taken[i]);
  input.remove_prefix(taken.size());
  return number;
}

}  // namespace longshore::fuzz
