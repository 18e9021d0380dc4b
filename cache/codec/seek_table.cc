#include "cache/codec/seek_table.h"

#include <algorithm>

#include "cache/codec/frame.h"

namespace longshore::codec {
namespace {

constexpr uint32_t kSkippableMagic = 0x184D2A5E;
constexpr uint32_t kSeekableMagic = 0x8F92EAB1;
constexpr size_t kHeaderBytes = 8;
constexpr size_t kEntryBytes = 8;

tl::unexpected<Error> Damaged(const std::string& how) {
  return Fail(Code::kCorrupt, "a seek table is damaged: " + how);
}

uint32_t Number(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 4; i-- > 0;) number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  return number;
}

void PutNumber(std::string& out, uint64_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xff);
}

uint64_t TableBytesOf(uint64_t frames) {
  return kHeaderBytes + frames * kEntryBytes + SeekTable::kFooterBytes;
}

bool IsFrameSize(uint32_t bytes) {
  return bytes > 0 && bytes <= kMaxFrameBytes;
}

}  // namespace

Result<uint64_t> SeekTable::TableBytes(std::string_view footer, uint64_t file_size) {
  if (footer.size() != kFooterBytes || Number(footer, 5) != kSeekableMagic) {
    return Damaged("it has no footer");
  }
  if (footer[4] != 0) return Damaged("it is of an unknown kind");
  const uint64_t frames = Number(footer, 0);
  if (frames > kMaxFrames) return Damaged("it has too many frames");
  if (TableBytesOf(frames) > file_size) return Damaged("it is larger than its file");
  return TableBytesOf(frames);
}

Result<SeekTable> SeekTable::Parse(std::string_view table, uint64_t file_size) {
  const auto footer = table.substr(table.size() - std::min(table.size(), kFooterBytes));
  const auto bytes = TableBytes(footer, file_size);
  if (!bytes) return tl::unexpected(bytes.error());
  if (table.size() != *bytes) return Damaged("it is cut off");
  if (Number(table, 0) != kSkippableMagic || Number(table, 4) != *bytes - kHeaderBytes) {
    return Damaged("it has no header");
  }
  SeekTable parsed;
  const size_t end = table.size() - kFooterBytes;
  parsed.ends_.reserve((end - kHeaderBytes) / kEntryBytes);
  for (size_t at = kHeaderBytes; at < end; at += kEntryBytes) {
    const uint32_t stored = Number(table, at);
    const uint32_t identity = Number(table, at + 4);
    if (!IsFrameSize(stored) || !IsFrameSize(identity)) return Damaged("a frame has a wrong size");
    parsed.Add(stored, identity);
  }
  if (parsed.StoredBytes() != file_size - *bytes) return Damaged("it is not of this file");
  return parsed;
}

void SeekTable::Add(size_t stored_bytes, size_t identity_bytes) {
  ends_.push_back({StoredBytes() + stored_bytes, IdentityBytes() + identity_bytes});
}

std::string SeekTable::Encode() const {
  const uint64_t bytes = TableBytesOf(FrameCount());
  std::string out;
  out.reserve(bytes);
  PutNumber(out, kSkippableMagic);
  PutNumber(out, bytes - kHeaderBytes);
  for (size_t i = 0; i < FrameCount(); ++i) {
    PutNumber(out, Stored(i).size());
    PutNumber(out, Identity(i).size());
  }
  PutNumber(out, FrameCount());
  out += '\0';
  PutNumber(out, kSeekableMagic);
  return out;
}

size_t SeekTable::FrameAt(uint64_t offset) const {
  const auto found =
      std::upper_bound(ends_.begin(), ends_.end(), offset,
                       [](uint64_t at, const End& end) { return at < end.identity; });
  return static_cast<size_t>(found - ends_.begin());
}

ByteRange SeekTable::Stored(size_t index) const {
  return {index == 0 ? 0 : ends_[index - 1].stored, ends_[index].stored};
}

ByteRange SeekTable::Identity(size_t index) const {
  return {index == 0 ? 0 : ends_[index - 1].identity, ends_[index].identity};
}

}  // namespace longshore::codec
