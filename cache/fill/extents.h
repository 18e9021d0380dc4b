#pragma once

#include <optional>

#include "cache/base/byte_range.h"
#include "cache/index/records.h"
#include "cache/store/cache_parts.h"

namespace longshore {

// An unfinished fill whose record and file were found to agree.
struct SettledExtent {
  ExtentRecord record;
  FilePtr file;
  RangeSet present;
};

// Brings the extent record of `digest` and what is on disk together, at start and before a fill is
// resumed:
//   sealed file there, blob record missing   the crash fell between rename and record: the seal is
//   completed (the
//                                            file was proven and durable before it was renamed)
//   staging file missing                     the record is dropped
//   nothing in it can be relied on           both are removed
//   otherwise                                answered, with what is present
// Nothing is answered in the first three cases. Blocks. The caller keeps others off the digest.
[[nodiscard]] Result<std::optional<SettledExtent>> SettleExtent(CacheParts& parts,
                                                                const Digest& digest,
                                                                ExtentRecord record);

// Records anew what a settled extent counts: `charge` bytes. The budget is the caller's to adjust.
[[nodiscard]] Status RecordCharge(CacheParts& parts, const Digest& digest, SettledExtent& extent,
                                  uint64_t charge);

}  // namespace longshore
