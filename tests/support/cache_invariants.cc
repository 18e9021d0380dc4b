#include "tests/support/cache_invariants.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "cache/index/charge.h"
#include "cache/index/keys.h"
#include "cache/store/stored_frames.h"
#include "tests/support/sealed_bytes.h"

namespace longshore {
namespace {

namespace fs = std::filesystem;

std::string ReadWhole(const std::string& path) {
  std::string bytes(fs::file_size(path), '\0');
  std::ifstream(path, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

std::set<std::string> FilesBelow(const std::string& root, const std::string& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root + "/" + folder)) {
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), root).string());
  }
  return files;
}

// Empty when it cannot be read.
std::string ReadSealed(const std::string& path, const Digest& digest, const BlobRecord& record) {
  PosixDisk disk;
  auto file = disk.OpenRead(path);
  if (!file || fs::file_size(path) != record.stored_size) return {};
  SealedBlob blob{digest, record.size, std::move(*file), nullptr};
  if (record.encoding == BlobEncoding::kZstdFrames) {
    auto frames = ReadSeekTable(*blob.file, record.stored_size, disk);
    if (!frames) return {};
    blob.frames = std::move(*frames);
  }
  return ReadIdentityBytes(blob, disk).value_or("");
}

class Inspector {
 public:
  Inspector(CacheBed& bed, const std::string& path, const ContentByDigest& contents)
      : parts_(bed.impl().parts()), path_(path), contents_(contents) {}

  std::vector<std::string> Run() {
    Blobs();
    Extents();
    Account();
    return std::move(broken_);
  }

 private:
  void Scan(Family family, std::string_view prefix, const Index::Visitor& visit) {
    if (!parts_.catalog.Scan(family, prefix, prefix, visit))
      broken_.push_back("the index cannot be read");
  }

  void Blobs() {
    auto files = FilesBelow(path_, "blobs");
    Scan(Family::kBlob, "", [&](std::string_view key, std::string_view value) {
      const auto digest = ParseDigestKey(key);
      const auto record = BlobRecord::Decode(value);
      const std::string file = BlobFiles::SealedPath(*digest, record->encoding);
      total_ += Charge(record->stored_size);
      if (files.erase(file) == 0) {
        broken_.push_back("a blob record without a file");
      } else if (ReadSealed(path_ + "/" + file, *digest, *record) != contents_.at(*digest)) {
        broken_.push_back("a sealed file with wrong bytes");
      }
      return true;
    });
    for (const std::string& file : files)
      broken_.push_back("a sealed file without a record: " + file);
  }

  void Extents() {
    auto files = FilesBelow(path_, "staging");
    Scan(Family::kExtent, "", [&](std::string_view key, std::string_view value) {
      const auto digest = ParseDigestKey(key);
      const auto record = ExtentRecord::Decode(value);
      const std::string file = BlobFiles::StagingPath(record->staging);
      total_ += record->charge;
      if (files.erase(file) == 0) {
        broken_.push_back("an extent record without a file");
        return true;
      }
      const std::string bytes = ReadWhole(path_ + "/" + file);
      for (const ByteRange& range : record->Present(parts_.boot_id, bytes.size()).Ranges()) {
        if (bytes.substr(range.begin, range.size()) !=
            contents_.at(*digest).substr(range.begin, range.size())) {
          broken_.push_back("present bytes that are wrong");
        }
      }
      return true;
    });
    for (const std::string& file : files)
      broken_.push_back("a staging file without a record: " + file);
  }

  void Account() {
    Scan(Family::kMeta, kRemovalPrefix, [&](std::string_view key, std::string_view) {
      broken_.push_back("a removal left undone: " + std::string(key));
      return true;
    });
    const auto stored = parts_.catalog.StoredBytes();
    if (!stored || *stored != static_cast<int64_t>(total_)) {
      broken_.push_back("the index counts " + std::to_string(stored.value_or(-1)) +
                        " bytes, the records " + std::to_string(total_));
    }
    uint64_t held = total_;
    for (const std::string& file : FilesBelow(path_, "quarantine")) {
      held += Charge(fs::file_size(path_ + "/" + file));
    }
    if (parts_.budget.ObjectBytes() != held) {
      broken_.push_back("the budget counts " + std::to_string(parts_.budget.ObjectBytes()) +
                        " bytes, there are " + std::to_string(held));
    }
  }

  CacheParts& parts_;
  const std::string& path_;
  const ContentByDigest& contents_;
  uint64_t total_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> BrokenInvariants(CacheBed& bed, const std::string& path,
                                          const ContentByDigest& contents) {
  return Inspector(bed, path, contents).Run();
}

}  // namespace longshore
