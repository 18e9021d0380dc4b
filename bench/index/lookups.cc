#include "bench/index/lookups.h"

#include <chrono>
#include <functional>
#include <random>

#include "bench/latencies.h"
#include "cache/index/rocks_index.h"
#include "cache/store/catalog.h"

namespace longshore::bench {
namespace {

using std::chrono::steady_clock;

// Of a blob's number: did the index answer as it should?
using Look = std::function<Result<bool>(uint64_t number)>;

Result<bool> FindPresent(Catalog& catalog, const IndexContent& content, uint64_t number) {
  const Digest digest = IndexContent::BlobDigest(number);
  auto link = catalog.FindLink(*LinkKey(content.RepositoriesOf(number)[number % 2], digest));
  if (!link) return tl::unexpected(link.error());
  auto blob = catalog.FindBlob(digest);
  if (!blob) return tl::unexpected(blob.error());
  return *link && *blob && (*blob)->size == IndexContent::BlobSize(number);
}

Result<bool> FindAbsent(Catalog& catalog, const IndexContent& content, uint64_t number) {
  const Digest digest = IndexContent::AbsentDigest(number);
  auto link = catalog.FindLink(*LinkKey(content.RepositoriesOf(number)[0], digest));
  if (!link) return tl::unexpected(link.error());
  auto blob = catalog.FindBlob(digest);
  if (!blob) return tl::unexpected(blob.error());
  auto extent = catalog.FindExtent(digest);
  if (!extent) return tl::unexpected(extent.error());
  return !*link && !*blob && !*extent;
}

Result<Microseconds> Measure(const Look& look, uint64_t blobs, double seconds) {
  std::mt19937_64 random(1);
  Latencies latencies;
  const std::chrono::duration<double> part(seconds);
  const auto started = steady_clock::now();
  for (auto now = started; now - started < 2 * part;) {
    const bool warm = now - started > part;
    const uint64_t number = random() % blobs;
    const auto before = steady_clock::now();
    const auto found = look(number);
    now = steady_clock::now();
    if (!found) return tl::unexpected(found.error());
    if (!*found) return Fail(Code::kInternal, "the index answers wrong");
    if (warm) latencies.Add(now - before);
  }
  return Microseconds{latencies.At(0.5) * 1e3, latencies.At(0.99) * 1e3};
}

}  // namespace

Result<LookupTimes> MeasureLookups(const std::string& folder, const IndexContent& content,
                                   double seconds) {
  auto index = OpenRocksIndex(folder + "/index");
  if (!index) return tl::unexpected(index.error());
  const SystemClock clock;
  CacheStats stats;
  DiskHealth health(clock, stats);
  Budget budget(1ULL << 50, stats);
  Catalog catalog(**index, budget, health);
  auto present = Measure([&](uint64_t number) { return FindPresent(catalog, content, number); },
                         content.blobs(), seconds);
  if (!present) return tl::unexpected(present.error());
  auto absent = Measure([&](uint64_t number) { return FindAbsent(catalog, content, number); },
                        content.blobs(), seconds);
  if (!absent) return tl::unexpected(absent.error());
  return LookupTimes{*present, *absent};
}

}  // namespace longshore::bench
