// Runs a trace of requests against eviction policies alone, ours among them, and prints their hit
// ratios, by objects and by bytes, at several shares of the trace's unique bytes.
#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "bench/replay/policy.h"
#include "bench/replay/workload.h"

namespace longshore::bench {
namespace {

constexpr std::array kPercents = {1, 2, 5, 10, 20};
constexpr const char* kUsage =
    "./dev bench replay [TRACE] [--json] [--manifests] [--salt N]\n"
    "\n"
    "  TRACE        a GET path a line, …/blobs/<digest>; plain or .zst. A generated one if none is "
    "given\n"
    "  --json       {policy: {percent of the unique bytes: {\"object\": %, \"byte\": %}}}\n"
    "  --manifests  manifests are objects too, of 0.5 to 10 KB\n"
    "  --salt N     gives every object another size\n";

struct Options {
  std::string trace;
  TraceOptions objects;
  bool json = false;
};

[[noreturn]] void Refuse() {
  std::fprintf(stderr, "usage: %s", kUsage);
  std::exit(2);
}

Options Parse(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json") {
      options.json = true;
    } else if (word == "--manifests") {
      options.objects.manifests = true;
    } else if (word == "--salt" && i + 1 < argc) {
      char* end = nullptr;
      options.objects.salt = std::strtoull(argv[++i], &end, 10);
      if (*argv[i] == '\0' || *end != '\0') Refuse();
    } else if (!word.starts_with("--") && options.trace.empty()) {
      options.trace = word;
    } else {
      Refuse();
    }
  }
  return options;
}

struct Ratios {
  double object = 0;  // in percent
  double byte = 0;
};
using Row = std::array<Ratios, kPercents.size()>;

Ratios Replay(const Workload& workload, Policy& policy) {
  double hits = 0;
  double hit_bytes = 0;
  double bytes = 0;
  for (const uint32_t object : workload.requests) {
    const auto size = static_cast<double>(workload.sizes[object]);
    const bool hit = policy.Request(object);
    hits += hit ? 1 : 0;
    hit_bytes += hit ? size : 0;
    bytes += size;
  }
  return {100 * hits / static_cast<double>(workload.requests.size()), 100 * hit_bytes / bytes};
}

Row ReplayAll(const Workload& workload, const NamedPolicy& named) {
  Row row;
  for (size_t i = 0; i < row.size(); ++i) {
    const uint64_t capacity = workload.UniqueBytes() / 100 * static_cast<uint64_t>(kPercents[i]);
    row[i] = Replay(workload, *named.make(workload, capacity));
  }
  return row;
}

using Results = std::vector<std::pair<std::string, Row>>;

void PrintTable(const char* title, double Ratios::*ratio, const Results& results) {
  std::printf("\n| %-15s |", title);
  for (const int percent : kPercents) std::printf(" %3d %% |", percent);
  std::printf("\n|-----------------|");
  for (size_t i = 0; i < kPercents.size(); ++i) std::printf("-------|");
  for (const auto& [name, row] : results) {
    std::printf("\n| %-15s |", name.c_str());
    for (const Ratios& ratios : row) std::printf(" %5.2f |", ratios.*ratio);
  }
  // Those that know the future are no rivals.
  std::printf("\n| %-15s |", "ours less best");
  for (size_t i = 0; i < kPercents.size(); ++i) {
    double best = 0;
    for (const auto& [name, row] : results) {
      if (name != "longshore" && !name.starts_with("belady")) best = std::max(best, row[i].*ratio);
    }
    std::printf(" %+5.2f |", results.front().second[i].*ratio - best);
  }
  std::printf("\n");
}

void PrintJson(const Results& results) {
  nlohmann::ordered_json all;
  for (const auto& [name, row] : results) {
    for (size_t i = 0; i < row.size(); ++i) {
      all[name][std::to_string(kPercents[i])] = {{"object", row[i].object}, {"byte", row[i].byte}};
    }
  }
  std::printf("%s\n", all.dump(1).c_str());
}

int Main(int argc, const char* const* argv) {
  const Options options = Parse(argc, argv);
  const Workload workload = options.trace.empty() ? GenerateTrace(options.objects)
                                                  : ReadTrace(options.trace, options.objects);
  std::fputs(workload.Describe().c_str(), options.json ? stderr : stdout);
  Results results;
  for (const NamedPolicy& named : Policies()) {
    results.emplace_back(named.name, ReplayAll(workload, named));
  }
  if (options.json) {
    PrintJson(results);
  } else {
    PrintTable("object hits, %", &Ratios::object, results);
    PrintTable("byte hits, %", &Ratios::byte, results);
  }
  return 0;
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
