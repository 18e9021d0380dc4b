// What each part of a small hit costs by itself, by Google Benchmark: a change to one of them shows
// here before it shows in requests a second.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>

#include "cache/base/byte_range.h"
#include "cache/base/digest.h"
#include "cache/base/log_line.h"
#include "cache/store/memory_cache.h"
#include "metrics/names.h"
#include "metrics/registry.h"
#include "proxy/http/request_parser.h"
#include "proxy/oci/route.h"

namespace longshore::bench {
namespace {

const std::string& Target() {
  static const std::string target =
      "/v2/library/debian/manifests/sha256:" + std::string(64, 'a') + "?ns=docker.io";
  return target;
}

// As containerd asks.
const std::string& RequestHead() {
  static const std::string head =
      "GET " + Target() +
      " HTTP/1.1\r\n"
      "Host: 127.0.0.1:5000\r\n"
      "User-Agent: containerd/1.6.20\r\n"
      "Accept: application/vnd.docker.distribution.manifest.v2+json, "
      "application/vnd.docker.distribution.manifest.list.v2+json, "
      "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*\r\n"
      "Accept-Encoding: gzip\r\n\r\n";
  return head;
}

void ParseRequest(benchmark::State& state) {
  RequestParser parser;
  for (auto _ : state) {
    Request request;
    benchmark::DoNotOptimize(parser.Parse(RequestHead(), request));
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(ParseRequest);

void ParseTarget(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseRoute(Target()));
}
BENCHMARK(ParseTarget);

void LookUpInMemory(benchmark::State& state) {
  const auto entries = static_cast<uint64_t>(state.range(0));
  MemoryCache<std::string, std::shared_ptr<const std::string>> cache(entries * 16);
  for (uint64_t i = 0; i < entries; ++i) {
    cache.Put("key " + std::to_string(i), std::make_shared<const std::string>("value"), 1);
  }
  uint64_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.Get("key " + std::to_string(at)));
    at = (at + 7919) % entries;
  }
}
BENCHMARK(LookUpInMemory)->Arg(1'000)->Arg(100'000);

void FormatAccessLine(benchmark::State& state) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  std::string line;
  for (auto _ : state) {
    line.clear();
    log::AppendLine(line, {}, "2026-01-02T03:04:05.678Z", log::Level::kInfo, "access", "request",
                    {{"request_id", uint64_t{123456}},
                     {"client", "192.0.2.17:40112"},
                     {"method", "GET"},
                     {"kind", "manifest"},
                     {"upstream", "docker.io"},
                     {"repository", "library/debian"},
                     {"reference", digest},
                     {"digest", digest},
                     {"status", int64_t{200}},
                     {"bytes", uint64_t{1234}},
                     {"seconds", 1.7384e-05},
                     {"verdict", "hit"},
                     {"complete", true}});
    benchmark::DoNotOptimize(line);
  }
}
BENCHMARK(FormatAccessLine);

// A blob of which every other chunk is there.
void FindGap(benchmark::State& state) {
  constexpr uint64_t kChunk = 64 * 1024;
  const auto ranges = static_cast<uint64_t>(state.range(0));
  RangeSet present;
  for (uint64_t i = 0; i < ranges; ++i) present.Add({2 * i * kChunk, (2 * i + 1) * kChunk});
  uint64_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(present.FirstGap({2 * at * kChunk, 2 * ranges * kChunk}));
    at = (at + 7919) % ranges;
  }
}
BENCHMARK(FindGap)->Arg(1)->Arg(4096);

void Hash(benchmark::State& state) {
  const std::string data(256 * 1024, 'x');
  Hasher hasher(DigestAlgorithm::kSha256);
  for (auto _ : state) hasher.Update(data);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(data.size()));
}
BENCHMARK(Hash);

void WriteDigest(benchmark::State& state) {
  const Digest digest = Digest::Of("longshore");
  for (auto _ : state) benchmark::DoNotOptimize(digest.ToString());
}
BENCHMARK(WriteDigest);

void Count(benchmark::State& state) {
  static metrics::Registry registry;
  for (auto _ : state) {
    registry.GetCounter(metrics::names::kRequestsTotal, {"docker.io", "manifest", "2xx", "hit"})
        .Add();
  }
}
BENCHMARK(Count)->Threads(1)->Threads(2);

void Observe(benchmark::State& state) {
  static metrics::Registry registry;
  for (auto _ : state) {
    registry.GetHistogram(metrics::names::kRequestSeconds, {"manifest", "hit"})
        .Observe(std::chrono::microseconds(120));
  }
}
BENCHMARK(Observe)->Threads(1)->Threads(2);

}  // namespace
}  // namespace longshore::bench

BENCHMARK_MAIN();
