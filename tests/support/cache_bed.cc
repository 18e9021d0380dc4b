#include "tests/support/cache_bed.h"

#include <algorithm>

#include "tests/support/sealed_bytes.h"

namespace longshore {

CacheBed::CacheBed(const CacheOptions& options, Disk& disk, const IndexOpener& open_index)
    : disk_(disk) {
  auto opened = OpenCache(options, disk, clock_, pool_, open_index);
  if (opened) {
    cache_ = std::move(*opened);
  } else {
    open_error_ = opened.error();
  }
}

CacheBed::~CacheBed() {
  Settle();
}

void CacheBed::Settle() {
  do {
    pool_.RunQueued();
  } while (executor_.RunAll() > 0 || pool_.QueueDepth() > 0);
}

template <typename T>
T CacheBed::Take(std::optional<T>& answer) {
  Settle();
  if (answer) return std::move(*answer);
  return Fail(Code::kInternal, "the callback did not come");
}

Result<BlobLookup> CacheBed::Blob(const Digest& digest) {
  std::optional<Result<BlobLookup>> answer;
  cache_->LookupBlob(repository, digest, executor_, Into(answer));
  return Take(answer);
}

Result<ManifestLookup> CacheBed::Tag(const std::string& tag) {
  std::optional<Result<ManifestLookup>> answer;
  cache_->LookupTag(repository, tag, executor_, Into(answer));
  return Take(answer);
}

Result<ManifestLookup> CacheBed::ManifestOf(const Digest& digest) {
  std::optional<Result<ManifestLookup>> answer;
  cache_->LookupManifest(repository, digest, executor_, Into(answer));
  return Take(answer);
}

Status CacheBed::Store(std::optional<std::string> tag, const ManifestPtr& manifest,
                       std::vector<NamedContent> named) {
  std::optional<Status> answer;
  cache_->StoreManifest(repository, std::move(tag), manifest, std::move(named), executor_,
                        Into(answer));
  return Take(answer);
}

Result<OpenedFill> CacheBed::Open(const Digest& digest, uint64_t size) {
  std::optional<Result<OpenedFill>> answer;
  cache_->OpenFill(digest, size, executor_, Into(answer));
  return Take(answer);
}

Status CacheBed::Write(BlobFill& fill, uint64_t offset, std::string data) {
  std::optional<Status> answer;
  fill.Write(offset, std::move(data), Into(answer));
  return Take(answer);
}

Status CacheBed::Seal(BlobFill& fill) {
  std::optional<Status> answer;
  fill.Seal(Into(answer));
  return Take(answer);
}

Status CacheBed::Fill(const std::string& content, size_t piece) {
  auto opened = Open(Digest::Of(content), content.size());
  if (!opened) return tl::unexpected(opened.error());
  if (std::holds_alternative<std::shared_ptr<const SealedBlob>>(*opened)) return {};
  auto& fill = *std::get<std::unique_ptr<BlobFill>>(*opened);
  for (const ByteRange& gap : fill.partial()->Absent({0, content.size()})) {
    for (uint64_t at = gap.begin; at < gap.end; at += piece) {
      const size_t size = std::min<size_t>(piece, gap.end - at);
      if (auto written = Write(fill, at, content.substr(at, size)); !written) return written;
    }
  }
  return Seal(fill);
}

Result<std::string> CacheBed::Read(const Digest& digest) {
  auto found = Blob(digest);
  if (!found) return tl::unexpected(found.error());
  if (!found->sealed) return Fail(Code::kNotFound, "not stored");
  return ReadIdentityBytes(*found->sealed, disk_);
}

void CacheBed::Tick(int times) {
  for (; times > 0; --times) {
    clock_.Advance(Duration(1000));
    cache_->Tick();
    Settle();
  }
}

void CacheBed::Compress() {
  Settle();
  impl().parts().compressor.TryWaiting();
  Settle();
}

}  // namespace longshore
