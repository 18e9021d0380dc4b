#include "cache/store/stored_blob.h"

#include <utility>

#include "cache/store/stored_frames.h"

namespace longshore {
namespace {

Result<Damage> OpenFile(BlobFiles& files, const BlobRecord& record, SealedBlob& blob) {
  auto size = files.Size(BlobFiles::SealedPath(blob.digest, record.encoding));
  auto file = files.OpenSealed(blob.digest, record.encoding);
  for (const Error* error : {size ? nullptr : &size.error(), file ? nullptr : &file.error()}) {
    if (error == nullptr) continue;
    if (error->code == Code::kNotFound) return Damage::kMissing;
    return tl::unexpected(*error);
  }
  if (*size != record.stored_size) return Damage::kSize;
  blob.file = std::move(*file);
  return Damage::kNone;
}

Result<Damage> ReadFrames(BlobFiles& files, const BlobRecord& record, SealedBlob& blob) {
  if (record.encoding == BlobEncoding::kIdentity) return Damage::kNone;
  auto frames = ReadSeekTable(*blob.file, record.stored_size, files.disk());
  if (!frames) {
    if (frames.error().code == Code::kCorrupt) return Damage::kTable;
    return tl::unexpected(frames.error());
  }
  if ((*frames)->IdentityBytes() != record.size) return Damage::kTable;
  blob.frames = std::move(*frames);
  return Damage::kNone;
}

}  // namespace

Result<Damage> OpenStored(BlobFiles& files, const BlobRecord& record, SealedBlob& blob) {
  blob.size = record.size;
  auto damage = blob.file ? Damage::kNone : OpenFile(files, record, blob);
  if (damage && *damage == Damage::kNone) damage = ReadFrames(files, record, blob);
  return damage;
}

}  // namespace longshore
