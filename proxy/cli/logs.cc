// longshore logs top-errors FILE
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "proxy/cli/subcommand.h"
#include "proxy/cli/table.h"
#include "proxy/cli/top_errors.h"

namespace longshore::cli {
namespace {

constexpr size_t kMost = 10;

struct Options {
  std::string file;
  bool json = false;
};

void Print(const TopErrors& errors, bool json) {
  if (json) {
    nlohmann::json array = nlohmann::json::array();
    for (const TopicCount& topic : errors.topics) {
      array.push_back({{"topic", topic.topic}, {"count", topic.count}});
    }
    std::cout << array.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::vector<std::vector<std::string>> rows = {{"ERRORS", "TOPIC"}};
    for (const TopicCount& topic : errors.topics) {
      rows.push_back({std::to_string(topic.count), topic.topic});
    }
    std::cout << (rows.size() == 1 ? "no errors\n" : FormatTable(rows, {0}));
  }
  if (errors.broken > 0) {
    std::cerr << "longshore: " << errors.broken << " of " << errors.broken + errors.lines
              << " lines are no JSON and were skipped (log.format must be json)\n";
  }
}

int TopErrorsOf(const Options& options) {
  if (options.file == "-") {
    Print(CountErrors(std::cin, kMost), options.json);
    return 0;
  }
  std::ifstream file(options.file, std::ios::binary);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    if (file) {
      Print({}, options.json);
      return 0;
    }
    std::cerr << "longshore: cannot read " << options.file << ": " << std::strerror(errno)
              << " (under systemd: journalctl -u longshore -o cat | longshore logs top-errors -)\n";
    return 1;
  }
  Print(CountErrors(file, kMost), options.json);
  return 0;
}

}  // namespace

Run DeclareLogs(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.require_subcommand(1);
  CLI::App* top = app.add_subcommand("top-errors", "count errors by topic, the ten most frequent");
  top->add_option("FILE", options->file, "JSON lines; - for standard input")->required();
  top->add_flag("--json", options->json, "print JSON");
  return [options] { return TopErrorsOf(*options); };
}

}  // namespace longshore::cli
