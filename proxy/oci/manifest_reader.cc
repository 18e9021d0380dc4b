#include "proxy/oci/manifest_reader.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cache/base/ascii.h"

namespace longshore {
namespace {

using Json = nlohmann::json;

// In the order of ManifestField.
constexpr std::array<std::string_view, kManifestFields> kFieldNames = {
    "schemaVersion", "mediaType", "artifactType", "config",  "subject",
    "layers",        "manifests", "blobs",        "fsLayers"};
constexpr std::array<std::string_view, 4> kDescriptorNames = {"digest", "size", "blobSum",
                                                              "mediaType"};
constexpr size_t kDigest = 0;
constexpr size_t kSize = 1;
constexpr size_t kBlobSum = 2;  // what schema 1 calls the digest
constexpr size_t kDescriptorType = 3;
constexpr size_t kNone = static_cast<size_t>(-1);
constexpr uint64_t kLargestSize = std::numeric_limits<int64_t>::max();

bool HoldsOneDescriptor(ManifestField field) {
  return field == ManifestField::kConfig || field == ManifestField::kSubject;
}

bool HoldsDescriptorList(ManifestField field) {
  return field == ManifestField::kLayers || field == ManifestField::kManifests ||
         field == ManifestField::kBlobs || field == ManifestField::kFsLayers;
}

// Go's encoding/json, which most registries use, finds a field by simple case folding, which also
// takes the long s (U+017F) for an s and the Kelvin sign (U+212A) for a k.
std::string Fold(std::string_view key) {
  constexpr std::string_view kLongS = "\xC5\xBF";
  constexpr std::string_view kKelvin = "\xE2\x84\xAA";
  std::string out;
  while (!key.empty()) {
    size_t taken = 1;
    if (key.starts_with(kLongS)) {
      out += 's';
      taken = kLongS.size();
    } else if (key.starts_with(kKelvin)) {
      out += 'k';
      taken = kKelvin.size();
    } else {
      out += LowerCase(key.front());
    }
    key.remove_prefix(taken);
  }
  return out;
}

// One object's keys that matter: which one was read last, and which were there before.
template <size_t kCount>
class Keys {
 public:
  explicit Keys(const std::array<std::string_view, kCount>* names) : names_(names) {}

  // False if `key`, in any case, was there already. Current() is the key only if it is spelled
  // exactly.
  bool Take(std::string_view key) {
    current_ = kNone;
    if (key.size() > kLongestKey) return true;
    const std::string folded = Fold(key);
    for (size_t i = 0; i < kCount; ++i) {
      if (folded != Fold((*names_)[i])) continue;
      if (std::exchange(seen_[i], true)) return false;
      if (key == (*names_)[i]) current_ = i;
    }
    return true;
  }
  size_t Current() const { return current_; }

 private:
  static constexpr size_t kLongestKey = 40;  // no name is longer, even in its widest spelling

  const std::array<std::string_view, kCount>* names_;
  std::array<bool, kCount> seen_{};
  size_t current_ = kNone;
};

class Events final : public nlohmann::json_sax<Json> {
 public:
  ManifestDocument document;
  std::string refusal = "the manifest is not JSON";

  bool null() override { return Value(); }
  bool boolean(bool /*value*/) override { return Value(); }
  bool number_integer(number_integer_t value) override {
    if (TopField() == ManifestField::kSchemaVersion) document.schema_version = value;
    return Value();
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (TopField() == ManifestField::kSchemaVersion && value < 100) {
      document.schema_version = static_cast<int64_t>(value);
    }
    // Sizes are signed in every client; a larger one is nonsense.
    if (InDescriptor() && keys_.Current() == kSize && value <= kLargestSize) {
      descriptor_.size = value;
    }
    return Value();
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return Value(); }
  bool string(string_t& value) override {
    const size_t digest_key = field_ == ManifestField::kFsLayers ? kBlobSum : kDigest;
    if (TopField() == ManifestField::kMediaType) {
      document.media_type = value;
    } else if (TopField() == ManifestField::kArtifactType) {
      document.artifact_type = value;
    } else if (InDescriptor() && keys_.Current() == digest_key) {
      if (auto digest = Digest::Parse(value)) digest_ = *digest;
    } else if (InDescriptor() && keys_.Current() == kDescriptorType) {
      descriptor_.compressible = IsCompressible(value);
    }
    return Value();
  }
  bool binary(binary_t& /*value*/) override { return Value(); }

  bool start_object(size_t /*size*/) override {
    if (!Open()) return false;
    const bool here = (depth_ == 2 && HoldsOneDescriptor(field_)) ||
                      (depth_ == 3 && in_list_ && HoldsDescriptorList(field_));
    if (here) {
      descriptor_depth_ = depth_;
      descriptor_ = {};
      digest_.reset();
      keys_ = Keys(&kDescriptorNames);
    }
    return true;
  }
  bool key(string_t& key) override {
    if (depth_ == 1) {
      if (!top_keys_.Take(key)) return Refuse("a field of the manifest comes twice");
      const size_t index = top_keys_.Current();
      field_ = index == kNone ? ManifestField::kOther : static_cast<ManifestField>(index);
      if (index != kNone) document.present[index] = true;
    } else if (InDescriptor() && !keys_.Take(key)) {
      return Refuse("a field of a descriptor of the manifest comes twice");
    }
    return true;
  }
  bool end_object() override {
    if (InDescriptor()) {
      if (digest_) {
        descriptor_.digest = *digest_;
        document.descriptors[static_cast<size_t>(field_)].push_back(descriptor_);
      }
      descriptor_depth_ = 0;
    }
    --depth_;
    return true;
  }
  bool start_array(size_t /*size*/) override {
    if (depth_ == 0) return Value();
    if (!Open()) return false;
    if (depth_ == 2) in_list_ = true;
    return true;
  }
  bool end_array() override {
    if (depth_ == 2) in_list_ = false;
    --depth_;
    return true;
  }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*exception*/) override {
    return false;
  }

 private:
  bool Refuse(std::string why) {
    refusal = std::move(why);
    return false;
  }
  bool Value() { return depth_ > 0 || Refuse("the manifest is not a JSON object"); }
  bool Open() { return ++depth_ <= kMaxManifestDepth || Refuse("the manifest nests too deeply"); }

  // The field whose value comes next, directly inside the document.
  ManifestField TopField() const { return depth_ == 1 ? field_ : ManifestField::kOther; }
  // Directly inside a descriptor that counts.
  bool InDescriptor() const { return descriptor_depth_ != 0 && depth_ == descriptor_depth_; }

  int depth_ = 0;             // objects and arrays that are open
  int descriptor_depth_ = 0;  // depth_ directly inside the descriptor being read; 0: none
  bool in_list_ = false;      // the value of field_ is an array
  ManifestField field_ = ManifestField::kOther;
  Keys<kManifestFields> top_keys_{&kFieldNames};
  Keys<kDescriptorNames.size()> keys_{&kDescriptorNames};
  Descriptor descriptor_;
  std::optional<Digest> digest_;
};

}  // namespace

Result<ManifestDocument> ReadManifest(std::string_view bytes) {
  Events events;
  if (!Json::sax_parse(bytes, &events)) {
    return Fail(Code::kBadUpstream, std::move(events.refusal));
  }
  return std::move(events.document);
}

}  // namespace longshore
