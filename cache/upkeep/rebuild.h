#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "cache/store/cache_parts.h"

namespace longshore {

// How long a rebuild may go on, and whom it tells how far it is.
struct RebuildTerms {
  TimePoint until = TimePoint::max();
  // Of the stored files, about; on the thread that rebuilds. Null: nobody.
  std::function<void(int percent)> tell;
};

// Makes blob records out of sealed files that have none. Of each such file
//   its bytes are read, decoded if they are frames, and hashed: what has the digest that its name
//   says gets a record, anything else goes to quarantine. A second file of a blob that has a record
//   is removed, unless an intent is to tell them apart at the next start.
// Dying anywhere is harmless: what has no record yet is found again. Blocks: pool and start-up.
// One thread at a time; others may use the cache meanwhile: what is in use is left alone. Both ends
// of patience are looked for between any two steps of a proof: the pool stops (kCancelled), or it
// is `until` (kUnavailable). What has its record by then keeps it.
class Adoption {
 public:
  explicit Adoption(CacheParts& parts, TimePoint until = TimePoint::max())
      : parts_(parts), until_(until) {}

  // The folders that sealed files lie in.
  [[nodiscard]] Result<std::deque<std::string>> Folders();
  [[nodiscard]] Status LookThrough(const std::string& folder);

  uint64_t proven() const { return proven_; }
  uint64_t rejected() const { return rejected_; }
  uint64_t bytes() const { return bytes_; }  // read

 private:
  struct Found {
    std::string path;  // relative
    Digest digest;
    BlobRecord record;  // what it is if its name is true
  };
  [[nodiscard]] Status LookAt(const std::string& path);
  [[nodiscard]] Status LookAtClaimed(Found& found);
  [[nodiscard]] static std::optional<Found> Parse(const std::string& path);
  [[nodiscard]] Result<bool> IsKnown(const Found& found);
  [[nodiscard]] Status RemoveLeftover(const Found& found);
  [[nodiscard]] Result<bool> Prove(Found& found);
  [[nodiscard]] Status MayGoOn() const;
  [[nodiscard]] Status Record(Found& found);
  [[nodiscard]] Status Reject(const std::string& path, uint64_t size);
  void Say();

  CacheParts& parts_;
  const TimePoint until_;
  uint64_t proven_ = 0;
  uint64_t rejected_ = 0;
  uint64_t bytes_ = 0;
  TimePoint said_at_{};
};

// When the index does not say that it knows all sealed files (it is new while they are not: it was
// damaged and set aside, or deleted; or a rebuild was cut short), adopts all it does not know, then
// marks the index complete. What only the index held is lost and fetched again: manifests, tags,
// links, uses, unfinished fills. Before anything else uses the cache, for as long as it takes to
// read all of them, within the terms; says so in the log. Cut short, the next one goes on with it.
[[nodiscard]] Status Rebuild(CacheParts& parts, const RebuildTerms& terms);

// An index may lose records without knowing (its log or manifest cut off where a record ends). So
// behind every other start all files are looked for that it does not know, a folder a job; costs a
// look into the index for each file. Start is called once; the rest is the pool's.
class StraySearch {
 public:
  explicit StraySearch(CacheParts& parts) : parts_(parts), adoption_(parts) {}
  StraySearch(const StraySearch&) = delete;
  StraySearch& operator=(const StraySearch&) = delete;

  void Start();

 private:
  void Post();
  void Turn();

  CacheParts& parts_;
  Adoption adoption_;
  std::optional<std::deque<std::string>> folders_;  // left to look through
};

}  // namespace longshore
