#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cache/base/disk.h"
#include "cache/base/result.h"
#include "cache/store/blob_view.h"

namespace longshore {

// Reading of blobs that are kept as zstd frames. All of it blocks: pool only. Any thread. Bytes
// that cannot be what was written are kCorrupt; the rest are the disk's own errors.

// The seek table of a file of `stored_size` bytes. Two reads.
[[nodiscard]] Result<std::shared_ptr<const codec::SeekTable>> ReadSeekTable(const File& file,
                                                                            uint64_t stored_size,
                                                                            Disk& disk);

// The identity bytes of frame `index` of a blob whose `frames` is not null. One read and about a
// millisecond of work; their checksum has been compared.
[[nodiscard]] Result<std::string> ReadFrame(const SealedBlob& blob, size_t index, Disk& disk);

}  // namespace longshore
