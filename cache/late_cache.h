#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "cache/health/disk_health.h"
#include "cache/upkeep/rebuild.h"

namespace longshore {

// A cache that could not be opened at the start: its disk failed or did not answer, or its index
// has to be made anew, which takes as long as reading all that is stored. Until it is open, nothing
// is found and nothing can be stored (kIo, kNoSpace), so everything is asked of the upstream and
// streamed through. It is opened in the pool: a failed disk is tried again every kEvery, a rebuild
// goes on at the first tick and ends early only if the pool stops. From when that succeeds on, all
// goes to what was opened. Thread-safe, as any cache.
class LateCache final : public Cache {
 public:
  static constexpr Duration kEvery{5'000};
  // Blocks: called in the pool.
  using Opener = std::function<Result<std::unique_ptr<Cache>>(const RebuildTerms&)>;

  // `why`: how the first try failed; kUnavailable: a rebuild waits. `size`: of the budget, bytes.
  // `clock` and `pool` outlive it.
  LateCache(Opener open, const Error& why, uint64_t size, const Clock& clock, ThreadPool& pool);
  ~LateCache() override;

  std::optional<ManifestLookup> PeekTag(const RepositoryKey& repository,
                                        const std::string& tag) override;
  std::optional<ManifestLookup> PeekManifest(const RepositoryKey& repository,
                                             const Digest& digest) override;
  std::optional<BlobLookup> PeekBlob(const RepositoryKey& repository,
                                     const Digest& digest) override;
  void LookupTag(const RepositoryKey& repository, const std::string& tag, Executor& executor,
                 Callback<Result<ManifestLookup>> done) override;
  void LookupManifest(const RepositoryKey& repository, const Digest& digest, Executor& executor,
                      Callback<Result<ManifestLookup>> done) override;
  void LookupBlob(const RepositoryKey& repository, const Digest& digest, Executor& executor,
                  Callback<Result<BlobLookup>> done) override;
  void ListTags(const RepositoryKey& repository, Executor& executor,
                Callback<Result<std::vector<std::string>>> done) override;
  void StoreManifest(const RepositoryKey& repository, std::optional<std::string> tag,
                     ManifestPtr manifest, std::vector<NamedContent> named, Executor& executor,
                     Callback<Status> done) override;
  void TouchTag(const RepositoryKey& repository, const std::string& tag,
                const Digest& digest) override;
  void ForgetTag(const RepositoryKey& repository, const std::string& tag) override;
  void ConfirmLink(const RepositoryKey& repository, const Digest& digest, uint64_t size) override;
  void OpenFill(const Digest& digest, uint64_t size, Executor& executor,
                Callback<Result<OpenedFill>> done) override;
  void ReadFrame(std::shared_ptr<const SealedBlob> blob, size_t index, Executor& executor,
                 Callback<Result<std::string>> done) override;
  void ReadAhead(const BlobView& view, ByteRange stored, Executor& executor,
                 Callback<Status> done) override;
  void CountWrongManifest() override;
  void Distrust(const Digest& digest) override;
  std::string Degradation() const override;
  bool IsStuck() const override;
  void Tick() override;
  const CacheStats& stats() const override;
  Inventory& inventory() override;

 private:
  class Nothing;
  Cache* opened() const { return opened_.load(std::memory_order_acquire); }
  template <typename T>
  static void Refuse(Executor& executor, Callback<T> done, Code code);
  void Try();
  void Failed(const Error& why);

  const Opener open_;
  const Clock& clock_;
  ThreadPool& pool_;
  CacheStats stats_;  // as long as nothing is opened
  DiskHealth health_;
  const std::unique_ptr<Nothing> nothing_;
  std::atomic<bool> trying_{false};
  std::atomic<TimePoint::rep> next_at_;
  std::unique_ptr<Cache> cache_;  // set once, by the pool, before opened_
  std::atomic<Cache*> opened_{nullptr};
};

}  // namespace longshore
