#include "cache/store/stored_frames.h"

#include <algorithm>
#include <utility>

#include "cache/codec/frame.h"

namespace longshore {
namespace {

Result<std::string> ReadExactly(const File& file, ByteRange range, Disk& disk) {
  std::string bytes(range.size(), '\0');
  auto read = disk.ReadAt(file, range.begin, bytes);
  if (!read) return tl::unexpected(read.error());
  if (*read != bytes.size()) return Fail(Code::kCorrupt, "a compressed blob is cut off");
  return bytes;
}

}  // namespace

Result<std::shared_ptr<const codec::SeekTable>> ReadSeekTable(const File& file,
                                                              uint64_t stored_size, Disk& disk) {
  const uint64_t footer_bytes = std::min<uint64_t>(stored_size, codec::SeekTable::kFooterBytes);
  auto footer = ReadExactly(file, {stored_size - footer_bytes, stored_size}, disk);
  if (!footer) return tl::unexpected(footer.error());
  auto table_bytes = codec::SeekTable::TableBytes(*footer, stored_size);
  if (!table_bytes) return tl::unexpected(table_bytes.error());
  auto bytes = ReadExactly(file, {stored_size - *table_bytes, stored_size}, disk);
  if (!bytes) return tl::unexpected(bytes.error());
  auto table = codec::SeekTable::Parse(*bytes, stored_size);
  if (!table) return tl::unexpected(table.error());
  return std::make_shared<const codec::SeekTable>(std::move(*table));
}

Result<std::string> ReadFrame(const SealedBlob& blob, size_t index, Disk& disk) {
  auto stored = ReadExactly(*blob.file, blob.frames->Stored(index), disk);
  if (!stored) return tl::unexpected(stored.error());
  return codec::DecodeFrame(*stored, blob.frames->Identity(index).size());
}

}  // namespace longshore
