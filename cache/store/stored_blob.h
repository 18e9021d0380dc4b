#pragma once

#include "cache/base/result.h"
#include "cache/index/records.h"
#include "cache/store/blob_files.h"
#include "cache/store/blob_view.h"

namespace longshore {

// What is wrong with a stored blob, as far as opening it shows.
enum class Damage {
  kNone,
  kRecord,   // its record cannot be read
  kMissing,  // there is no file
  kSize,     // the file has another size
  kTable,    // it is to be frames and has no seek table that can be
  kBytes,    // it was read, and its bytes are not its digest's, or cannot be read
};

// Opens the file of a blob as its record says: `blob` has the digest and gets the rest, unless
// something is damaged. A file that is there already stays. Blocks: pool and start-up only.
[[nodiscard]] Result<Damage> OpenStored(BlobFiles& files, const BlobRecord& record,
                                        SealedBlob& blob);

}  // namespace longshore
