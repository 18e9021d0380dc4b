#include "cache/index/records.h"

#include <algorithm>

#include "cache/index/keys.h"
#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

template <typename Record>
void CheckRecord(std::string_view bytes) {
  const auto record = Record::Decode(bytes);
  if (!record) {
    Require(record.error().code == Code::kCorrupt, "what cannot be read is damaged");
    return;
  }
  const auto again = Record::Decode(record->Encode());
  Require(again.has_value() && *again == *record, "a record written out again reads the same");
}

void CheckExtent(std::string_view bytes) {
  CheckRecord<ExtentRecord>(bytes);
  const auto record = ExtentRecord::Decode(bytes);
  if (!record) return;
  Require(record->staging.find('/') == std::string::npos, "a staging file lies in its folder");
  for (const uint64_t file_size : {uint64_t{0}, record->size / 2, record->size}) {
    const RangeSet present = record->Present(record->boot_id, file_size);
    for (const ByteRange& range : present.Ranges()) {
      Require(range.end <= record->size && range.end <= file_size,
              "what is present is in the file");
    }
  }
}

void CheckKeys(std::string_view bytes) {
  if (const auto digest = ParseDigestKey(bytes)) {
    Require(DigestKey(*digest) == bytes, "a digest has one key");
  }
  const RepositoryKey repository{std::string(TakeLine(bytes)), std::string(TakeLine(bytes))};
  const auto prefix = RepositoryPrefix(repository);
  const auto key = TagKey(repository, bytes);
  if (!key) {
    Require(key.error().code == Code::kInvalid, "a name that no key may hold is refused");
    return;
  }
  Require(prefix.has_value() && key->starts_with(*prefix) && key->substr(prefix->size()) == bytes &&
              std::count(prefix->begin(), prefix->end(), '\0') == 2,
          "a key says whose tag it is in one way only");
}

}  // namespace

// A byte of which record, then its bytes.
void Records(std::string_view input) {
  switch (TakeNumber(input, 1) % 7) {
    case 0:
      return CheckRecord<BlobRecord>(input);
    case 1:
      return CheckExtent(input);
    case 2:
      return CheckRecord<ManifestRecord>(input);
    case 3:
      return CheckRecord<TagRecord>(input);
    case 4:
      return CheckRecord<LinkRecord>(input);
    case 5:
      return CheckRecord<AccessRecord>(input);
    default:
      return CheckKeys(input);
  }
}

}  // namespace longshore::fuzz
