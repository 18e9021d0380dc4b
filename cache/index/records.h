#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/digest.h"
#include "cache/base/result.h"
#include "cache/index/manifest.h"

namespace longshore {

// What the index holds, one struct a column family. Plain values. Times are wall milliseconds,
// sizes are bytes. Encode() starts with a version byte; Decode() of anything that Encode did not
// write is kCorrupt, never worse.

// How a sealed blob's bytes are kept; its digest and size are always those of the identity bytes.
enum class BlobEncoding : uint8_t { kIdentity = 0, kZstdFrames = 1 };

struct BlobRecord {
  uint64_t size = 0;
  uint64_t stored_size = 0;  // of the file
  BlobEncoding encoding = BlobEncoding::kIdentity;
  int64_t sealed_at = 0;
  int64_t verified_at = 0;

  std::string Encode() const;
  [[nodiscard]] static Result<BlobRecord> Decode(std::string_view bytes);
  bool operator==(const BlobRecord&) const = default;
};

// A fill in progress or left unfinished.
struct ExtentRecord {
  uint64_t size = 0;    // of the whole blob
  uint64_t charge = 0;  // what it counts against the budget now
  std::string staging;  // file name inside staging/
  RangeSet durable;     // on disk for certain: recorded after fdatasync
  RangeSet written;  // in the file, perhaps only in the page cache: true while the kernel has not
                     // restarted
  std::string boot_id;  // of the kernel that `written` is true for

  // What can be relied on under the kernel `current_boot_id` with a file of `file_size` bytes.
  RangeSet Present(std::string_view current_boot_id, uint64_t file_size) const;

  std::string Encode() const;
  [[nodiscard]] static Result<ExtentRecord> Decode(std::string_view bytes);
  bool operator==(const ExtentRecord&) const = default;
};

struct ManifestRecord {
  std::string media_type;
  std::string bytes;
  std::vector<NamedContent> named;
  int64_t stored_at = 0;

  std::string Encode() const;
  [[nodiscard]] static Result<ManifestRecord> Decode(std::string_view bytes);
  bool operator==(const ManifestRecord&) const = default;
};

struct TagRecord {
  Digest digest;
  int64_t proven_at = 0;

  std::string Encode() const;
  [[nodiscard]] static Result<TagRecord> Decode(std::string_view bytes);
  bool operator==(const TagRecord&) const = default;
};

// This repository was seen to hold this content.
struct LinkRecord {
  int64_t seen_at = 0;
  uint64_t size = 0;          // 0: not known
  bool compressible = false;  // a manifest gave it a media type that says so

  std::string Encode() const;
  [[nodiscard]] static Result<LinkRecord> Decode(std::string_view bytes);
  bool operator==(const LinkRecord&) const = default;
};

// How far the scrub has come; see scrubber.h.
struct ScrubRecord {
  int64_t began_at = 0;      // this pass
  int64_t completed_at = 0;  // the last full one; 0: none
  std::string cursor;        // blob records with smaller keys are done

  std::string Encode() const;
  [[nodiscard]] static Result<ScrubRecord> Decode(std::string_view bytes);
  bool operator==(const ScrubRecord&) const = default;
};

struct AccessRecord {
  int64_t last_use = 0;
  uint64_t uses = 0;

  std::string Encode() const;
  [[nodiscard]] static Result<AccessRecord> Decode(std::string_view bytes);
  bool operator==(const AccessRecord&) const = default;
};

// A person said that this stays. What is pinned stands in the key.
struct PinRecord {
  int64_t pinned_at = 0;

  std::string Encode() const;
  [[nodiscard]] static Result<PinRecord> Decode(std::string_view bytes);
  bool operator==(const PinRecord&) const = default;
};

}  // namespace longshore
