#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace longshore::bench {

// The command line of a bench program: words in order, and pairs of --name value. What is wrong
// ends the program with status 2.
class Arguments {
 public:
  Arguments(int argc, const char* const* argv, std::string usage) : usage_(std::move(usage)) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (!word.starts_with("--")) {
        words_.push_back(word);
      } else if (i + 1 < argc) {
        options_[word] = argv[++i];
      } else {
        Refuse();
      }
    }
  }

  const std::string& Word(size_t number) const {
    if (number >= words_.size()) Refuse();
    return words_[number];
  }

  // Empty when it is not given.
  std::string Text(const std::string& name) const {
    const auto found = options_.find(name);
    return found == options_.end() ? std::string() : found->second;
  }

  double Number(const std::string& name, double otherwise) const {
    const std::string text = Text(name);
    return text.empty() ? otherwise : ToNumber(text);
  }

  uint16_t Port(size_t number) const {
    const double value = ToNumber(Word(number));
    if (value < 1 || value > 65535) Refuse();
    return static_cast<uint16_t>(value);
  }

  [[noreturn]] void Refuse() const {
    std::fprintf(stderr, "usage: %s\n", usage_.c_str());
    std::exit(2);
  }

 private:
  double ToNumber(const std::string& text) const {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0' || value < 0) Refuse();
    return value;
  }

  std::string usage_;
  std::vector<std::string> words_;
  std::map<std::string, std::string> options_;
};

}  // namespace longshore::bench
