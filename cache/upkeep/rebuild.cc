#include "cache/upkeep/rebuild.h"

#include <utility>

#include "cache/base/log.h"
#include "cache/index/charge.h"
#include "cache/store/blob_proof.h"
#include "cache/store/stored_blob.h"
#include "cache/store/stored_frames.h"

namespace longshore {
namespace {

constexpr Duration kSayEvery{10'000};
constexpr std::string_view kFrames = ".zst";

}  // namespace

Result<std::deque<std::string>> Adoption::Folders() {
  std::deque<std::string> folders;
  for (const char* algorithm : {"blobs/sha256", "blobs/sha512"}) {
    auto names = parts_.disk.List(parts_.files.Absolute(algorithm));
    if (!names) return tl::unexpected(names.error());
    for (const std::string& name : *names) folders.push_back(std::string(algorithm) + "/" + name);
  }
  return folders;
}

Status Adoption::LookThrough(const std::string& folder) {
  auto names = parts_.disk.List(parts_.files.Absolute(folder));
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    if (auto going = MayGoOn(); !going) return going;
    if (auto looked = LookAt(folder + "/" + name); !looked) return looked;
  }
  return {};
}

Status Adoption::LookAt(const std::string& path) {
  auto found = Parse(path);
  if (!found) {
    auto size = parts_.files.Size(path);
    if (!size) return tl::unexpected(size.error());
    return Reject(path, *size);
  }
  auto known = IsKnown(*found);
  if (!known) return tl::unexpected(known.error());
  if (*known || !parts_.open.TryClaim(found->digest)) return {};
  auto looked = LookAtClaimed(*found);
  parts_.open.Unclaim(found->digest);
  return looked;
}

// Nobody else changes it from here on.
Status Adoption::LookAtClaimed(Found& found) {
  auto known = IsKnown(found);
  if (!known) return tl::unexpected(known.error());
  auto size = parts_.files.Size(found.path);
  if (*known || (!size && size.error().code == Code::kNotFound)) return {};
  if (!size) return tl::unexpected(size.error());
  auto record = parts_.catalog.FindBlob(found.digest);
  if (!record) return tl::unexpected(record.error());
  if (*record) return RemoveLeftover(found);
  found.record.size = found.record.stored_size = *size;
  Say();
  auto proven = Prove(found);
  if (!proven) return tl::unexpected(proven.error());
  bytes_ += *size;
  return *proven ? Record(found) : Reject(found.path, *size);
}

std::optional<Adoption::Found> Adoption::Parse(const std::string& path) {
  const bool frames = path.ends_with(kFrames);
  const std::string algorithm = path.substr(6, path.find('/', 6) - 6);  // after "blobs/"
  std::string hex = path.substr(path.rfind('/') + 1);
  if (frames) hex.resize(hex.size() - kFrames.size());
  auto digest = Digest::Parse(algorithm + ":" + hex);
  if (!digest) return std::nullopt;
  Found found{path, *digest, {}};
  found.record.encoding = frames ? BlobEncoding::kZstdFrames : BlobEncoding::kIdentity;
  if (BlobFiles::SealedPath(found.digest, found.record.encoding) != path) return std::nullopt;
  return found;
}

// True: the index has it, or knows what is to become of it.
Result<bool> Adoption::IsKnown(const Found& found) {
  auto intended = parts_.catalog.HasFlag(Remover::IntentKey(found.path));
  if (!intended) return tl::unexpected(intended.error());
  auto filling = parts_.catalog.Has(ObjectKind::kExtent, found.digest);
  if (!filling) return tl::unexpected(filling.error());
  if (*intended || *filling) return true;
  auto record = parts_.catalog.FindBlob(found.digest);
  if (record) return *record && (*record)->encoding == found.record.encoding;
  // A damaged record is for whoever asks for the blob: it still counts.
  if (record.error().code == Code::kCorrupt) return true;
  return tl::unexpected(record.error());
}

// The record is of the blob's other file.
Status Adoption::RemoveLeftover(const Found& found) {
  return parts_.files.Remove(found.path);
}

// What cannot be read is not proven.
Result<bool> Adoption::Prove(Found& found) {
  auto file = parts_.files.OpenSealed(found.digest, found.record.encoding);
  if (!file) return false;
  SealedBlob blob{found.digest, found.record.size, std::move(*file)};
  if (found.record.encoding == BlobEncoding::kZstdFrames) {
    auto frames = ReadSeekTable(*blob.file, found.record.stored_size, parts_.disk);
    if (!frames) return false;
    found.record.size = blob.size = (*frames)->IdentityBytes();
    blob.frames = std::move(*frames);
  }
  BlobProof proof(std::move(blob), parts_.disk);
  for (;;) {
    if (auto going = MayGoOn(); !going) return tl::unexpected(going.error());
    const auto verdict = proof.Step();
    if (!verdict) return false;
    if (*verdict != BlobProof::Verdict::kMore) return *verdict == BlobProof::Verdict::kRight;
  }
}

Status Adoption::MayGoOn() const {
  if (parts_.pool.Stopping()) return Fail(Code::kCancelled, "the server is stopping");
  if (parts_.clock.Now() >= until_) return Fail(Code::kUnavailable, "it takes too long for now");
  return {};
}

Status Adoption::Record(Found& found) {
  const uint64_t charge = Charge(found.record.stored_size);
  found.record.sealed_at = found.record.verified_at = parts_.clock.WallMillis();
  IndexBatch batch;
  batch.Put(Family::kBlob, DigestKey(found.digest), found.record.Encode());
  batch.Add(std::string(kStoredBytesKey), static_cast<int64_t>(charge));
  // Synced at the end: what is lost is proven again.
  if (auto committed = parts_.catalog.Commit(batch, Index::Sync::kNo); !committed) return committed;
  parts_.budget.Force(charge);
  parts_.residents.Insert({MakeObjectKey(ObjectKind::kBlob, found.digest), charge});
  ++proven_;
  return {};
}

Status Adoption::Reject(const std::string& path, uint64_t size) {
  log::Error("index", "a stored file is not what its name says",
             {{"path", std::string_view(path)}, {"bytes", size}});
  ++rejected_;
  parts_.budget.Force(Charge(size));
  return parts_.quarantine.Admit(path, Digest::Of(path), Charge(size));
}

void Adoption::Say() {
  const TimePoint now = parts_.clock.Now();
  const bool is_first = proven_ + rejected_ == 0;
  if (!is_first && now - said_at_ < kSayEvery) return;
  said_at_ = now;
  log::Warn("index", "does not know all stored files: those are read and proven",
            {{"proven", proven_}, {"quarantined", rejected_}, {"bytes", bytes_}});
}

Status Rebuild(CacheParts& parts, const RebuildTerms& terms) {
  Adoption adoption(parts, terms.until);
  auto folders = adoption.Folders();
  if (!folders) return tl::unexpected(folders.error());
  // Digests spread evenly over the folders: the part of these is about the part of the bytes.
  for (size_t i = 0; i < folders->size(); ++i) {
    if (terms.tell) terms.tell(static_cast<int>(i * 100 / folders->size()));
    if (auto looked = adoption.LookThrough((*folders)[i]); !looked) return looked;
  }
  IndexBatch batch;
  batch.Put(Family::kMeta, std::string(kCompleteKey), "1");
  if (auto marked = parts.catalog.Commit(batch, Index::Sync::kYes); !marked) return marked;
  if (adoption.bytes() > 0) {
    log::Warn("index", "rebuilt from the stored files; tags and manifests are fetched again",
              {{"proven", adoption.proven()},
               {"quarantined", adoption.rejected()},
               {"bytes", adoption.bytes()}});
  }
  return {};
}

void StraySearch::Start() {
  Post();
}

void StraySearch::Post() {
  parts_.pool.Post("look for strays", ThreadPool::kNoOrder, [this] { Turn(); });
}

// What fails is left for the next start.
void StraySearch::Turn() {
  if (parts_.pool.Stopping()) return;
  if (!folders_) {
    auto folders = adoption_.Folders();
    if (!folders) return;
    folders_ = std::move(*folders);
  }
  if (folders_->empty()) return;
  (void)adoption_.LookThrough(folders_->front());
  folders_->pop_front();
  Post();
}

}  // namespace longshore
