#include "tests/support/sealed_bytes.h"

#include "cache/store/stored_frames.h"

namespace longshore {

Result<std::string> ReadIdentityBytes(const SealedBlob& blob, Disk& disk) {
  std::string bytes;
  if (blob.frames == nullptr) {
    bytes.resize(blob.size);
    auto read = disk.ReadAt(*blob.file, 0, bytes);
    if (!read) return tl::unexpected(read.error());
    bytes.resize(*read);
    return bytes;
  }
  for (size_t i = 0; i < blob.frames->FrameCount(); ++i) {
    auto frame = ReadFrame(blob, i, disk);
    if (!frame) return frame;
    bytes += *frame;
  }
  return bytes;
}

}  // namespace longshore
