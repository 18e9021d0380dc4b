#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cache/base/unique_function.h"
#include "cache/fill/hash_follower.h"
#include "cache/index/records.h"
#include "cache/store/blob_view.h"
#include "cache/store/cache_parts.h"
#include "cache/store/partial_blob.h"

namespace longshore {

// The pool side of one fill: the work behind BlobFill, whose header states the order. Three lanes
// of the pool:
//   write   every method without a lane in its comment; owns the extent record
//   hash    follows the frontier (HashFollower)
//   sync    one fdatasync at a time, so that neither writes nor hashing ever wait for the disk
// Shared by its jobs; holds its digest, so nothing of it is evicted, until it is sealed or left.
class Fill : public std::enable_shared_from_this<Fill> {
 public:
  // `record` is in the index, its whole Charge(size) is reserved, and `present` of it is in the
  // file.
  Fill(CacheParts& parts, const Digest& digest, ExtentRecord record, const RangeSet& present,
       FilePtr file, OpenBlobs::Hold hold);
  ~Fill();
  Fill(const Fill&) = delete;
  Fill& operator=(const Fill&) = delete;

  const std::shared_ptr<PartialBlob>& partial() const { return partial_; }
  uint64_t hashed() const { return hash_.hashed(); }  // bytes; any thread
  static uint64_t WriteLane(const Digest& digest);
  uint64_t WriteLane() const { return WriteLane(digest_); }
  uint64_t HashLane() const;

  void Start();  // any thread: hashing of what is present already begins
  [[nodiscard]] Status Write(uint64_t offset, std::string data);
  [[nodiscard]] Result<Digest> HashAll();  // hash lane
  [[nodiscard]] Status Seal(const Result<Digest>& computed);
  void Leave(Error why);

 private:
  [[nodiscard]] Status WriteGap(uint64_t offset, std::string_view data);
  void HashSoon();
  [[nodiscard]] Status RecordWritten(Index::Sync sync);
  void SyncSoon();
  void Synced(const RangeSet& durable, const Status& status);
  void RecordDurableLater(const RangeSet& durable);
  [[nodiscard]] Status MakePermanent();
  [[nodiscard]] Status Reject(const Digest& computed);
  [[nodiscard]] Status Discard();
  void KeepForLater();

  CacheParts& parts_;
  const Digest digest_;
  const std::shared_ptr<PartialBlob> partial_;
  HashFollower hash_;

  // The write lane's own.
  ExtentRecord record_;
  OpenBlobs::Hold hold_;
  const std::shared_ptr<std::atomic<uint64_t>> all_unwritten_;  // CacheParts::unwritten_bytes
  uint64_t unwritten_;                                          // its part of that
  uint64_t since_record_ = 0;
  uint64_t since_sync_ = 0;
  bool syncing_ = false;
  bool broken_ = false;  // the file can no longer be trusted
  bool over_ = false;    // sealed, rejected or left: the record is no longer ours
  bool left_ = false;    // with something that a later fill can use
};

}  // namespace longshore
