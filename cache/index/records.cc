#include "cache/index/records.h"

#include <limits>

#include "cache/index/coding.h"

namespace longshore {
namespace {

constexpr uint8_t kVersion = 1;

template <typename Record>
Result<Record> Finish(const Decoder& in, Record record, std::string_view what) {
  if (in.Complete()) return record;
  return Fail(Code::kCorrupt, std::string(what) + " record is damaged");
}

// A version of the future is damage to this program: it reads as absent and is fetched again.
bool Starts(Decoder& in) {
  return in.Byte() == kVersion;
}

tl::unexpected<Error> WrongVersion(std::string_view what) {
  return Fail(Code::kCorrupt, std::string(what) + " record has an unknown version");
}

}  // namespace

std::string BlobRecord::Encode() const {
  Encoder out(kVersion);
  out.Number(size);
  out.Number(stored_size);
  out.Byte(static_cast<uint8_t>(encoding));
  out.Signed(sealed_at);
  out.Signed(verified_at);
  return out.Take();
}

Result<BlobRecord> BlobRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("a blob");
  BlobRecord record;
  record.size = in.Number();
  record.stored_size = in.Number();
  const uint8_t encoding = in.Byte();
  if (encoding > static_cast<uint8_t>(BlobEncoding::kZstdFrames)) {
    return Fail(Code::kCorrupt, "a blob record has an unknown encoding");
  }
  record.encoding = static_cast<BlobEncoding>(encoding);
  record.sealed_at = in.Signed();
  record.verified_at = in.Signed();
  return Finish(in, record, "a blob");
}

RangeSet ExtentRecord::Present(std::string_view current_boot_id, uint64_t file_size) const {
  RangeSet present = durable;
  if (!current_boot_id.empty() && current_boot_id == boot_id) {
    for (const ByteRange& range : written.Ranges()) present.Add(range);
  }
  present.Remove({std::min(size, file_size), std::numeric_limits<uint64_t>::max()});
  return present;
}

std::string ExtentRecord::Encode() const {
  Encoder out(kVersion);
  out.Number(size);
  out.Number(charge);
  out.Bytes(staging);
  out.Ranges(durable);
  out.Ranges(written);
  out.Bytes(boot_id);
  return out.Take();
}

Result<ExtentRecord> ExtentRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("an extent");
  ExtentRecord record;
  record.size = in.Number();
  record.charge = in.Number();
  record.staging = in.Bytes();
  record.durable = in.Ranges();
  record.written = in.Ranges();
  record.boot_id = in.Bytes();
  // It becomes part of a path.
  if (record.staging.empty() ||
      record.staging.find_first_of(std::string_view("/\0", 2)) != std::string::npos) {
    return Fail(Code::kCorrupt, "an extent record has a bad staging name");
  }
  return Finish(in, std::move(record), "an extent");
}

std::string ManifestRecord::Encode() const {
  Encoder out(kVersion);
  out.Bytes(media_type);
  out.Bytes(bytes);
  out.Signed(stored_at);
  out.Number(named.size());
  for (const NamedContent& content : named) {
    out.Name(content.digest);
    out.Number(content.size);
    out.Number(content.compressible ? 1 : 0);
  }
  return out.Take();
}

Result<ManifestRecord> ManifestRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("a manifest");
  ManifestRecord record;
  record.media_type = in.Bytes();
  record.bytes = in.Bytes();
  record.stored_at = in.Signed();
  // The count is not trusted for an allocation: each entry must be there to be added.
  for (uint64_t count = in.Number(); count > 0 && !in.Failed(); --count) {
    NamedContent content;
    content.digest = in.Name();
    content.size = in.Number();
    content.compressible = in.Number() != 0;
    if (!in.Failed()) record.named.push_back(content);
  }
  return Finish(in, std::move(record), "a manifest");
}

std::string TagRecord::Encode() const {
  Encoder out(kVersion);
  out.Name(digest);
  out.Signed(proven_at);
  return out.Take();
}

Result<TagRecord> TagRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("a tag");
  TagRecord record;
  record.digest = in.Name();
  record.proven_at = in.Signed();
  return Finish(in, record, "a tag");
}

std::string LinkRecord::Encode() const {
  Encoder out(kVersion);
  out.Signed(seen_at);
  out.Number(size);
  out.Number(compressible ? 1 : 0);
  return out.Take();
}

Result<LinkRecord> LinkRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("a link");
  LinkRecord record;
  record.seen_at = in.Signed();
  record.size = in.Number();
  record.compressible = in.Number() != 0;
  return Finish(in, record, "a link");
}

std::string ScrubRecord::Encode() const {
  Encoder out(kVersion);
  out.Signed(began_at);
  out.Signed(completed_at);
  out.Bytes(cursor);
  return out.Take();
}

Result<ScrubRecord> ScrubRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("the scrub");
  ScrubRecord record;
  record.began_at = in.Signed();
  record.completed_at = in.Signed();
  record.cursor = in.Bytes();
  return Finish(in, record, "the scrub");
}

std::string AccessRecord::Encode() const {
  Encoder out(kVersion);
  out.Signed(last_use);
  out.Number(uses);
  return out.Take();
}

Result<AccessRecord> AccessRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("an access");
  AccessRecord record;
  record.last_use = in.Signed();
  record.uses = in.Number();
  return Finish(in, record, "an access");
}

std::string PinRecord::Encode() const {
  Encoder out(kVersion);
  out.Signed(pinned_at);
  return out.Take();
}

Result<PinRecord> PinRecord::Decode(std::string_view bytes) {
  Decoder in(bytes);
  if (!Starts(in)) return WrongVersion("a pin");
  PinRecord record;
  record.pinned_at = in.Signed();
  return Finish(in, record, "a pin");
}

}  // namespace longshore
