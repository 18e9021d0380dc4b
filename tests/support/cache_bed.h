#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cache/cache.h"
#include "cache/cache_impl.h"
#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"

namespace longshore {

// A cache with everything under the test's hand: a pool without threads, a manual executor, a fake
// clock, and the disk and index that the test chose. Each call here runs all that it sets off
// before it answers.
class CacheBed {
 public:
  CacheBed(const CacheOptions& options, Disk& disk, const IndexOpener& open_index);
  CacheBed(std::string path, Disk& disk, const IndexOpener& open_index, uint64_t size = 256 << 20,
           bool compress = false)
      : CacheBed({std::move(path), size, 4 << 20, compress}, disk, open_index) {}
  ~CacheBed();

  // Null if the cache could not be opened; see open_error().
  Cache* operator->() { return cache_.get(); }
  bool IsOpen() const { return cache_ != nullptr; }
  const Error& open_error() const { return open_error_; }
  CacheImpl& impl() { return static_cast<CacheImpl&>(*cache_); }
  FakeClock& clock() { return clock_; }
  ManualExecutor& executor() { return executor_; }
  void Settle();  // runs jobs and tasks until there are none

  Result<BlobLookup> Blob(const Digest& digest);
  Result<ManifestLookup> Tag(const std::string& tag);
  Result<ManifestLookup> ManifestOf(const Digest& digest);
  Status Store(std::optional<std::string> tag, const ManifestPtr& manifest,
               std::vector<NamedContent> named = {});
  Result<OpenedFill> Open(const Digest& digest, uint64_t size);
  Status Write(BlobFill& fill, uint64_t offset, std::string data);
  Status Seal(BlobFill& fill);
  // Opens, writes what is absent in pieces, seals. The whole life of a fill.
  Status Fill(const std::string& content, size_t piece = 64 << 10);
  // The whole content of a sealed blob, decoded if it is compressed.
  Result<std::string> Read(const Digest& digest);
  // What waits to be compressed gets its chance now, not at the next tick.
  void Compress();
  // A second passes, `times` times, and the cache keeps house.
  void Tick(int times = 1);

  const RepositoryKey repository{"docker.io", "library/debian"};

 private:
  template <typename T>
  Cache::Callback<T> Into(std::optional<T>& answer) {
    return [&answer](T value) { answer = std::move(value); };
  }
  template <typename T>
  T Take(std::optional<T>& answer);

  FakeClock clock_;
  ManualExecutor executor_{clock_};
  ThreadPool pool_{0};
  Disk& disk_;
  std::unique_ptr<Cache> cache_;
  Error open_error_;
};

}  // namespace longshore
