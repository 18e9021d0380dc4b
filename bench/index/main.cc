// The index by itself, filled with as many blobs as one likes. Prints JSON.
#include <cstdio>
#include <string>

#include "bench/arguments.h"
#include "bench/index/evictions.h"
#include "bench/index/lookups.h"
#include "bench/index/store.h"

namespace longshore::bench {
namespace {

constexpr const char* kUsage =
    "bench_index make FOLDER --blobs N\n"
    "       bench_index lookup FOLDER --blobs N [--seconds S]\n"
    "       bench_index evict FOLDER --blobs N [--seconds S]   (and leaves it changed)";

int Report(const Error& error) {
  std::fprintf(stderr, "bench_index: %s\n", error.message.c_str());
  return 1;
}

void PrintList(const char* name, const std::vector<Digest>& digests) {
  std::printf(", \"%s\": [", name);
  for (size_t i = 0; i < digests.size(); ++i) {
    std::printf("%s\"%s\"", i == 0 ? "" : ", ", digests[i].ToString().c_str());
  }
  std::printf("]");
}

int Make(const std::string& folder, const IndexContent& content) {
  const auto sample = MakeStore(folder, content);
  if (!sample) return Report(sample.error());
  std::printf("{\"repository\": \"%s\"", sample->repository.c_str());
  PrintList("blobs", sample->blobs);
  PrintList("manifests", sample->manifests);
  std::printf("}\n");
  return 0;
}

int Lookup(const std::string& folder, const IndexContent& content, double seconds) {
  auto seen = MeasureLookups(folder, content, seconds);
  if (!seen) return Report(seen.error());
  std::printf("{\"present_us_p50\": %.3f, \"present_us_p99\": %.3f, ", seen->present.p50,
              seen->present.p99);
  std::printf("\"absent_us_p50\": %.3f, \"absent_us_p99\": %.3f}\n", seen->absent.p50,
              seen->absent.p99);
  return 0;
}

int Evict(const std::string& folder, const IndexContent& content, double seconds) {
  const auto seen = MeasureEvictions(folder, content, seconds);
  if (!seen) return Report(seen.error());
  std::printf("{\"open_seconds\": %.3f, \"first_seconds\": %.4f, \"load_seconds\": %.3f, ",
              seen->open_seconds, seen->first_seconds, seen->load_seconds);
  std::printf("\"fills_per_second\": %.1f, \"evicted_by_fills_per_second\": %.1f, ",
              seen->fills_per_second, seen->evicted_by_fills_per_second);
  std::printf(
      "\"evicted_in_rounds_per_second\": %.1f, \"peak_bytes\": %llu, \"over_budget\": %d}\n",
      seen->evicted_in_rounds_per_second, static_cast<unsigned long long>(seen->peak_bytes),
      seen->over_budget ? 1 : 0);
  return 0;
}

int Main(int argc, const char* const* argv) {
  const Arguments arguments(argc, argv, kUsage);
  const std::string& command = arguments.Word(0);
  const std::string& folder = arguments.Word(1);
  const IndexContent content(static_cast<uint64_t>(arguments.Number("--blobs", 0)));
  const double seconds = arguments.Number("--seconds", 3);
  if (content.blobs() == 0) arguments.Refuse();
  if (command == "make") return Make(folder, content);
  if (command == "lookup") return Lookup(folder, content, seconds);
  if (command == "evict") return Evict(folder, content, seconds);
  arguments.Refuse();
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
