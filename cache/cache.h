#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/clock.h"
#include "cache/base/digest.h"
#include "cache/base/disk.h"
#include "cache/base/executor.h"
#include "cache/base/result.h"
#include "cache/base/thread_pool.h"
#include "cache/base/unique_function.h"
#include "cache/fill/blob_fill.h"
#include "cache/health/cache_stats.h"
#include "cache/index/manifest.h"
#include "cache/index/repository.h"
#include "cache/index/tag_state.h"
#include "cache/store/blob_view.h"

namespace longshore {

class Inventory;

struct CacheOptions {
  std::string path;             // created if it is missing
  uint64_t size = 0;            // bytes: the hard budget for everything under path
  uint64_t memory = 32u << 20;  // bytes for hot manifests and tags
  bool compress = true;         // rewrite sealed blobs as zstd frames where that saves a fifth
  Duration scrub{0};            // every sealed blob is proven anew once in this time; 0: never
  // The end of a blob that was not proven since the start is held back until it is.
  bool verify_first_read = false;
};

// Everything the cache knows that matters to one manifest request.
struct ManifestLookup {
  std::optional<TagState> tag;  // when asked by tag
  ManifestPtr manifest;         // null if its bytes are not stored
  bool linked = false;          // this repository is known to hold it
};

// Everything the cache knows that matters to one blob request.
struct BlobLookup {
  std::shared_ptr<const SealedBlob> sealed;  // null if it is not stored in full
  bool linked = false;                       // this repository is known to hold it
  std::optional<uint64_t> size;  // from a manifest of this repository, or from the store
  bool compressible = false;     // a manifest of this repository says so
  bool begun = false;            // an unfinished fill left some of its bytes
};

// Outcome of OpenFill: a fill to write to, or the blob itself if it was sealed meanwhile.
using OpenedFill = std::variant<std::unique_ptr<BlobFill>, std::shared_ptr<const SealedBlob>>;

// The content-addressed store of one process: files, index, budget, hot memory. Thread-safe.
//
// Peek… never blocks (memory only); an empty answer means "ask Lookup…". Everything with an
// executor works in the pool and posts its callback to that executor, exactly once, never before
// the call returns. A damaged or vanished record reads as absent (and is removed), so a lookup
// fails only when the index itself does. While an operation of the disk does not return, they fail
// at once (kIo), as do those that wait when that is found out: fetch it from the upstream as if it
// were absent, and stream it through. OpenFill, if it has begun to wait, waits on.
class Cache {
 public:
  template <typename T>
  using Callback = UniqueFunction<void(T)>;

  // Blocks: creates or opens the folder, checks FORMAT, opens the index, finishes or undoes what a
  // crash left (work proportional to what was in flight, not to what is stored). kInvalid: only a
  // person can make it work (PrepareFolder, another process). Any other failure is the disk's, and
  // so is no answer within ten seconds: then it is opened once that works. An index that is damaged
  // or lost is made anew by reading every stored file: if that takes more than two seconds, it goes
  // on in the pool. Until it is open, nothing is found or stored (late_cache.h). `disk`, `clock`,
  // `pool` outlive the cache.
  [[nodiscard]] static Result<std::unique_ptr<Cache>> Open(CacheOptions options, Disk& disk,
                                                           const Clock& clock, ThreadPool& pool);
  Cache() = default;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  virtual ~Cache() =
      default;  // blocks: pool jobs of this cache must have ended (stop the pool first)

  virtual std::optional<ManifestLookup> PeekTag(const RepositoryKey& repository,
                                                const std::string& tag) = 0;
  virtual std::optional<ManifestLookup> PeekManifest(const RepositoryKey& repository,
                                                     const Digest& digest) = 0;
  virtual std::optional<BlobLookup> PeekBlob(const RepositoryKey& repository,
                                             const Digest& digest) = 0;

  virtual void LookupTag(const RepositoryKey& repository, const std::string& tag,
                         Executor& executor, Callback<Result<ManifestLookup>> done) = 0;
  virtual void LookupManifest(const RepositoryKey& repository, const Digest& digest,
                              Executor& executor, Callback<Result<ManifestLookup>> done) = 0;
  virtual void LookupBlob(const RepositoryKey& repository, const Digest& digest, Executor& executor,
                          Callback<Result<BlobLookup>> done) = 0;
  // The tags this cache has seen in the repository, sorted.
  virtual void ListTags(const RepositoryKey& repository, Executor& executor,
                        Callback<Result<std::vector<std::string>>> done) = 0;

  // Stores the bytes (whose digest the caller has verified), links the repository to it and to what
  // it names, and, with a tag, points the tag at it, proven now: one atomic batch. Visible to Peek
  // before the callback. kNoSpace: not stored; serve it all the same.
  virtual void StoreManifest(const RepositoryKey& repository, std::optional<std::string> tag,
                             ManifestPtr manifest, std::vector<NamedContent> named,
                             Executor& executor, Callback<Status> done) = 0;
  // The upstream was asked and the tag still points at `digest`: proven now.
  virtual void TouchTag(const RepositoryKey& repository, const std::string& tag,
                        const Digest& digest) = 0;
  // The upstream says the tag is gone.
  virtual void ForgetTag(const RepositoryKey& repository, const std::string& tag) = 0;
  // The upstream confirmed that this repository holds this content, of `size` bytes (0: not known).
  virtual void ConfirmLink(const RepositoryKey& repository, const Digest& digest,
                           uint64_t size) = 0;

  // Reserves space and opens (or resumes) the fill of a blob of `size` bytes. At most one fill a
  // digest at a time: the caller sees to that. kNoSpace: it does not fit even after eviction;
  // stream it through. The same, or kIo, while the disk
  // is in trouble (Degradation says which).
  virtual void OpenFill(const Digest& digest, uint64_t size, Executor& executor,
                        Callback<Result<OpenedFill>> done) = 0;

  // The identity bytes of frame `index` of a blob that has frames. If its file is damaged
  // (kCorrupt) or cannot be read (kIo), the blob reads as absent from now on and is removed when
  // nobody reads it any more.
  virtual void ReadFrame(std::shared_ptr<const SealedBlob> blob, size_t index, Executor& executor,
                         Callback<Result<std::string>> done) = 0;

  // Brings these bytes of the view's file into the page cache: for whoever sends them from there
  // and must not wait for the disk. kCorrupt, kIo: as with ReadFrame.
  virtual void ReadAhead(const BlobView& view, ByteRange stored, Executor& executor,
                         Callback<Status> done) = 0;

  // Bytes that were to be a manifest have another digest: counted, as wrong blobs are. Never
  // blocks.
  virtual void CountWrongManifest() = 0;
  // Its file cannot be read: it reads as absent from now on, and is removed when nobody reads it
  // any more. Never blocks.
  virtual void Distrust(const Digest& digest) = 0;

  // What is wrong with the disk or the index now, in a sentence; empty if nothing is. Never blocks.
  virtual std::string Degradation() const = 0;
  // An operation of the disk has not returned for DiskHealth::kStuckAfter. Never blocks.
  virtual bool IsStuck() const = 0;

  // Keeps house if that is due: called about once a second by whoever has a timer. Never blocks.
  virtual void Tick() = 0;

  virtual const CacheStats& stats() const = 0;
  // What an operator asks and does: inventory.h.
  virtual Inventory& inventory() = 0;
};

}  // namespace longshore
