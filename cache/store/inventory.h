#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cache/base/digest.h"
#include "cache/base/result.h"
#include "cache/index/manifest.h"
#include "cache/index/repository.h"
#include "cache/index/tag_state.h"

namespace longshore {

// An image as a person names it: a tag or a manifest's digest, in a repository.
struct ImageName {
  RepositoryKey repository;
  std::variant<std::string, Digest> reference;
};

// One thing that a manifest names, as far as it is here.
struct ContentState {
  enum class State { kAbsent, kPartial, kPresent };
  Digest digest;
  uint64_t size = 0;  // bytes; 0: not known
  State state = State::kAbsent;
  uint64_t present = 0;  // of `size`; a fill that is under way is told as last recorded
  uint64_t stored = 0;   // bytes of its file
  bool is_manifest = false;
  bool linked = false;  // the repository is known to hold it: it may be served there
  bool pinned = false;
};

struct ImageState {
  std::optional<TagState> tag;   // where the tag points, if it was asked by tag and is known
  std::optional<Digest> digest;  // of the manifest, if that is known
  ManifestPtr manifest;          // null if it is not stored
  bool linked = false;
  bool pinned = false;
  std::vector<ContentState> named;
};

struct TagRow {
  RepositoryKey repository;
  std::string tag;
  Digest digest;
  int64_t proven_at = 0;  // wall milliseconds
  bool stored = false;    // its manifest
  uint64_t bytes = 0;     // of all it names, as far as it is known
  uint64_t present = 0;   // of those
  bool pinned = false;
};
struct TagQuery {
  std::string pattern = "*";  // of "upstream/repository:tag" (glob.h)
  bool only_pinned = false;
};
struct TagPage {
  std::vector<TagRow> rows;
  std::string next;  // where the next page starts; empty: there is none
};

struct PurgeOptions {
  bool force = false;    // what is pinned, too
  bool dry_run = false;  // only tell what would go
};
struct PurgeReport {
  uint64_t tags = 0;
  uint64_t manifests = 0;
  uint64_t blobs = 0;
  uint64_t bytes = 0;        // of disk that came free
  uint64_t kept_pinned = 0;  // images that are pinned
  uint64_t kept_shared = 0;  // manifests and blobs that something else names
  uint64_t waiting = 0;      // blobs that are read or filled now: they go when that ends
};

struct PinnedImage {
  ImageName image;
  int64_t pinned_at = 0;
};

struct Verified {
  bool found = false;   // it is stored in full
  bool intact = false;  // and its bytes are those of its digest
  uint64_t bytes = 0;
};
struct BlobPage {
  std::vector<Digest> digests;
  std::string next;  // as in TagPage
};

// A blob that stands out.
struct SurveyedBlob {
  Digest digest;
  uint64_t bytes = 0;    // of disk
  int64_t last_use = 0;  // wall milliseconds; when it was stored, if it was not used since
  std::optional<RepositoryKey> repository;  // one that holds it
};
struct Survey {
  int64_t taken_at = 0;  // wall milliseconds
  uint64_t blobs = 0;
  bool complete = true;  // false: the index is so large that only a part of it was read
  std::vector<SurveyedBlob> largest;
  std::vector<SurveyedBlob> coldest;
};

// What an operator asks of the store and does to it. Every method but IsPinned blocks, some for as
// long as it takes to read the index or a blob: pool only. Thread-safe. Nothing here counts as a
// use. Failures are those of the index and the disk.
class Inventory {
 public:
  Inventory() = default;
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;
  virtual ~Inventory() = default;

  [[nodiscard]] virtual Result<ImageState> Find(const ImageName& image) = 0;
  // Tags that `query` is about, in the index's order from `from` on. At most `limit` rows, and at
  // most kMostScanned tags are looked at: a page may be empty and not the last.
  static constexpr size_t kMostScanned = 20'000;
  [[nodiscard]] virtual Result<TagPage> ListTags(const TagQuery& query, const std::string& from,
                                                 size_t limit) = 0;
  // What is largest and what was not used for longest. Kept for a minute.
  [[nodiscard]] virtual Result<Survey> TakeSurvey() = 0;

  // Removes these images and what only they name. A tag that another image's manifest shares goes
  // alone. What is read or filled right now goes when that ends (tried every second; forgotten when
  // the process stops); a dry run counts it among the rest.
  [[nodiscard]] virtual Result<PurgeReport> Purge(const std::vector<ImageName>& images,
                                                  const PurgeOptions& options) = 0;
  // Removes one blob or manifest, whoever names it. kNotFound: it is not stored; kDenied: it is
  // pinned.
  [[nodiscard]] virtual Result<PurgeReport> PurgeContent(const Digest& digest,
                                                         const PurgeOptions& options) = 0;

  // A pinned image and all it names is never evicted, also what of it is stored later, and where
  // its tag moves to. Survives restarts. kNoSpace: pins would take more than three quarters of the
  // capacity; kTooLarge: kMostPins are there.
  static constexpr size_t kMostPins = 1'000;
  [[nodiscard]] virtual Status Pin(const ImageName& image) = 0;
  // kNotFound: it was not pinned.
  [[nodiscard]] virtual Status Unpin(const ImageName& image) = 0;
  [[nodiscard]] virtual Result<std::vector<PinnedImage>> ListPins() = 0;
  virtual bool IsPinned(const Digest& digest) = 0;  // never blocks

  // Reads and hashes a stored blob. A damaged one is served no more and goes to quarantine once
  // nobody reads it. kCancelled: the pool stops.
  [[nodiscard]] virtual Result<Verified> Verify(const Digest& digest) = 0;
  // The digests of stored blobs, in the index's order.
  [[nodiscard]] virtual Result<BlobPage> ListBlobs(const std::string& from, size_t limit) = 0;
};

}  // namespace longshore
