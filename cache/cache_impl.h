#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "cache/fill/blob_store.h"
#include "cache/fill/compressor.h"
#include "cache/health/disk_health.h"
#include "cache/health/waiting_calls.h"
#include "cache/health/watched_disk.h"
#include "cache/index/index_folder.h"
#include "cache/inventory_impl.h"
#include "cache/store/cache_parts.h"
#include "cache/store/disk_probe.h"
#include "cache/store/first_reads.h"
#include "cache/store/link_ledger.h"
#include "cache/store/manifest_store.h"
#include "cache/store/policy_loader.h"
#include "cache/store/tag_table.h"
#include "cache/store/upkeep.h"
#include "cache/upkeep/rebuild.h"
#include "cache/upkeep/scrubber.h"

namespace longshore {

// Blocks. kUnavailable: the index has to be made anew, and the terms are over. What was done is
// kept: the next call goes on with it. kCancelled: the pool stopped meanwhile; the same.
[[nodiscard]] Result<std::unique_ptr<Cache>> OpenCache(CacheOptions options, Disk& disk,
                                                       const Clock& clock, ThreadPool& pool,
                                                       const IndexOpener& open_index,
                                                       const RebuildTerms& terms = {});

// The façade: makes keys, posts to the right lane of the pool, brings the outcome back. What it
// promises is in cache.h; how each part keeps the promise is in that part.
class CacheImpl final : public Cache {
 public:
  CacheImpl(const CacheOptions& options, Disk& disk, const Clock& clock, ThreadPool& pool,
            std::unique_ptr<Index> index);
  ~CacheImpl() override;

  [[nodiscard]] Status Recover(const RebuildTerms& terms);  // once, before anything else
  CacheParts& parts() { return parts_; }

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
  void Distrust(const Digest& digest) override { open_.Distrust(digest); }
  std::string Degradation() const override { return health_.Describe(); }
  bool IsStuck() const override { return health_.IsStuck(); }
  void Tick() override;
  void CountWrongManifest() override { ++stats_.digest_mismatches; }
  const CacheStats& stats() const override { return stats_; }
  Inventory& inventory() override { return inventory_; }

 private:
  // True: the disk does not answer, and `done` was told so.
  template <typename T>
  bool RefusesToWait(Executor& executor, Callback<T>& done);
  // Runs `work` in the pool and posts what it answers to `executor`, or kIo before that is done if
  // the disk does not answer: what it answers then is dropped.
  template <typename T, typename Work>
  void Ask(std::string_view name, uint64_t lane, Executor& executor, Callback<T> done, Work work);

  void OnUnreadable(const Digest& digest, const Error& error);
  Result<OpenedFill> Begin(const Digest& digest, uint64_t size, Executor& executor);
  Result<ManifestLookup> FindTag(const std::string& key);
  Result<ManifestLookup> FindManifest(const std::string& link_key, const Digest& digest);
  Result<BlobLookup> FindBlob(const std::string& link_key, const Digest& digest);
  Result<ManifestStore::Arrival> MakeArrival(const RepositoryKey& repository,
                                             const std::optional<std::string>& tag,
                                             ManifestPtr manifest, std::vector<NamedContent> named);

  CacheStats stats_;
  DiskHealth health_;
  WaitingCalls waiting_;
  WatchedDisk disk_;
  IndexFolder index_folder_;
  const std::unique_ptr<Index> index_;
  BlobFiles files_;
  Budget budget_;
  Catalog catalog_;
  WhatIf what_if_;
  ResidentSet residents_;
  OpenBlobs open_;
  Remover remover_;
  Quarantine quarantine_;
  Pins pins_;
  PolicyLoader loader_;
  AccessLog accesses_;
  Reclaimer reclaimer_;
  CacheParts parts_;
  Compressor compressor_;
  FirstReads first_reads_;
  LinkLedger links_;
  TagTable tags_;
  ManifestStore manifests_;
  BlobStore blobs_;
  InventoryImpl inventory_;
  Pruner pruner_;
  FolderWatch folder_watch_;
  Upkeep upkeep_;
  DiskProbe probe_;
  Scrubber scrubber_;
  StraySearch strays_;
};

}  // namespace longshore
