#pragma once

#include <string>

#include "cache/base/disk.h"
#include "cache/store/blob_view.h"

namespace longshore {

// All identity bytes of a sealed blob, however its file keeps them.
Result<std::string> ReadIdentityBytes(const SealedBlob& blob, Disk& disk);

}  // namespace longshore
