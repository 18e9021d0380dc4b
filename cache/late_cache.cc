#include "cache/late_cache.h"

#include <utility>

#include "cache/store/inventory.h"

namespace longshore {
namespace {

constexpr const char* kNotThere =
    "the cache cannot be used now, so nothing is known of what is stored: /readyz says why";

tl::unexpected<Error> NotThere(Code code) {
  return Fail(code, kNotThere);
}

Error Described(const Error& why) {
  return {why.code, "the cache cannot be opened: " + why.message};
}

}  // namespace

// What an operator finds while there is no index.
class LateCache::Nothing final : public Inventory {
 public:
  Result<ImageState> Find(const ImageName&) override { return NotThere(Code::kUnavailable); }
  Result<TagPage> ListTags(const TagQuery&, const std::string&, size_t) override {
    return NotThere(Code::kUnavailable);
  }
  Result<Survey> TakeSurvey() override { return NotThere(Code::kUnavailable); }
  Result<PurgeReport> Purge(const std::vector<ImageName>&, const PurgeOptions&) override {
    return NotThere(Code::kUnavailable);
  }
  Result<PurgeReport> PurgeContent(const Digest&, const PurgeOptions&) override {
    return NotThere(Code::kUnavailable);
  }
  Status Pin(const ImageName&) override { return NotThere(Code::kUnavailable); }
  Status Unpin(const ImageName&) override { return NotThere(Code::kUnavailable); }
  Result<std::vector<PinnedImage>> ListPins() override { return NotThere(Code::kUnavailable); }
  bool IsPinned(const Digest&) override { return false; }
  Result<Verified> Verify(const Digest&) override { return NotThere(Code::kUnavailable); }
  Result<BlobPage> ListBlobs(const std::string&, size_t) override {
    return NotThere(Code::kUnavailable);
  }
};

LateCache::LateCache(Opener open, const Error& why, uint64_t size, const Clock& clock,
                     ThreadPool& pool)
    : open_(std::move(open)),
      clock_(clock),
      pool_(pool),
      health_(clock, stats_),
      nothing_(std::make_unique<Nothing>()),
      next_at_((clock.Now() + kEvery).time_since_epoch().count()) {
  stats_.capacity_bytes = size;
  if (why.code == Code::kUnavailable) {
    health_.Rebuilding(0);
    next_at_ = clock_.Now().time_since_epoch().count();
  } else {
    Failed(why);
  }
}

LateCache::~LateCache() = default;

template <typename T>
void LateCache::Refuse(Executor& executor, Callback<T> done, Code code) {
  executor.Post([done = std::move(done), code]() mutable { done(NotThere(code)); });
}

std::optional<ManifestLookup> LateCache::PeekTag(const RepositoryKey& repository,
                                                 const std::string& tag) {
  if (Cache* cache = opened()) return cache->PeekTag(repository, tag);
  return std::nullopt;
}

std::optional<ManifestLookup> LateCache::PeekManifest(const RepositoryKey& repository,
                                                      const Digest& digest) {
  if (Cache* cache = opened()) return cache->PeekManifest(repository, digest);
  return std::nullopt;
}

std::optional<BlobLookup> LateCache::PeekBlob(const RepositoryKey& repository,
                                              const Digest& digest) {
  if (Cache* cache = opened()) return cache->PeekBlob(repository, digest);
  return std::nullopt;
}

void LateCache::LookupTag(const RepositoryKey& repository, const std::string& tag,
                          Executor& executor, Callback<Result<ManifestLookup>> done) {
  if (Cache* cache = opened()) return cache->LookupTag(repository, tag, executor, std::move(done));
  Refuse(executor, std::move(done), Code::kIo);
}

void LateCache::LookupManifest(const RepositoryKey& repository, const Digest& digest,
                               Executor& executor, Callback<Result<ManifestLookup>> done) {
  if (Cache* cache = opened()) {
    return cache->LookupManifest(repository, digest, executor, std::move(done));
  }
  Refuse(executor, std::move(done), Code::kIo);
}

void LateCache::LookupBlob(const RepositoryKey& repository, const Digest& digest,
                           Executor& executor, Callback<Result<BlobLookup>> done) {
  if (Cache* cache = opened()) {
    return cache->LookupBlob(repository, digest, executor, std::move(done));
  }
  Refuse(executor, std::move(done), Code::kIo);
}

void LateCache::ListTags(const RepositoryKey& repository, Executor& executor,
                         Callback<Result<std::vector<std::string>>> done) {
  if (Cache* cache = opened()) return cache->ListTags(repository, executor, std::move(done));
  Refuse(executor, std::move(done), Code::kIo);
}

void LateCache::StoreManifest(const RepositoryKey& repository, std::optional<std::string> tag,
                              ManifestPtr manifest, std::vector<NamedContent> named,
                              Executor& executor, Callback<Status> done) {
  if (Cache* cache = opened()) {
    return cache->StoreManifest(repository, std::move(tag), std::move(manifest), std::move(named),
                                executor, std::move(done));
  }
  Refuse(executor, std::move(done), Code::kNoSpace);
}

void LateCache::TouchTag(const RepositoryKey& repository, const std::string& tag,
                         const Digest& digest) {
  if (Cache* cache = opened()) cache->TouchTag(repository, tag, digest);
}

void LateCache::ForgetTag(const RepositoryKey& repository, const std::string& tag) {
  if (Cache* cache = opened()) cache->ForgetTag(repository, tag);
}

void LateCache::ConfirmLink(const RepositoryKey& repository, const Digest& digest, uint64_t size) {
  if (Cache* cache = opened()) cache->ConfirmLink(repository, digest, size);
}

void LateCache::OpenFill(const Digest& digest, uint64_t size, Executor& executor,
                         Callback<Result<OpenedFill>> done) {
  if (Cache* cache = opened()) return cache->OpenFill(digest, size, executor, std::move(done));
  Refuse(executor, std::move(done), Code::kNoSpace);
}

void LateCache::ReadFrame(std::shared_ptr<const SealedBlob> blob, size_t index, Executor& executor,
                          Callback<Result<std::string>> done) {
  if (Cache* cache = opened()) {
    return cache->ReadFrame(std::move(blob), index, executor, std::move(done));
  }
  Refuse(executor, std::move(done), Code::kIo);
}

void LateCache::ReadAhead(const BlobView& view, ByteRange stored, Executor& executor,
                          Callback<Status> done) {
  if (Cache* cache = opened()) return cache->ReadAhead(view, stored, executor, std::move(done));
  Refuse(executor, std::move(done), Code::kIo);
}

void LateCache::CountWrongManifest() {
  if (Cache* cache = opened()) return cache->CountWrongManifest();
  ++stats_.digest_mismatches;
}

void LateCache::Distrust(const Digest& digest) {
  if (Cache* cache = opened()) cache->Distrust(digest);
}

bool LateCache::IsStuck() const {
  const Cache* cache = opened();
  return cache != nullptr && cache->IsStuck();
}

std::string LateCache::Degradation() const {
  if (Cache* cache = opened()) return cache->Degradation();
  return health_.Describe();
}

const CacheStats& LateCache::stats() const {
  if (Cache* cache = opened()) return cache->stats();
  return stats_;
}

Inventory& LateCache::inventory() {
  if (Cache* cache = opened()) return cache->inventory();
  return *nothing_;
}

void LateCache::Tick() {
  if (Cache* cache = opened()) return cache->Tick();
  const TimePoint now = clock_.Now();
  if (now.time_since_epoch().count() < next_at_ || trying_.exchange(true)) return;
  next_at_ = (now + kEvery).time_since_epoch().count();
  pool_.Post("open the cache", ThreadPool::kNoOrder, [this] {
    Try();
    trying_ = false;
  });
}

void LateCache::Try() {
  if (opened() != nullptr) return;
  auto cache = open_({TimePoint::max(), [this](int percent) { health_.Rebuilding(percent); }});
  if (!cache) return Failed(cache.error());
  cache_ = std::move(*cache);
  opened_.store(cache_.get(), std::memory_order_release);
  health_.Recovered();
}

void LateCache::Failed(const Error& why) {
  const bool is_stop = why.code == Code::kCancelled;
  if (!is_stop) health_.WriteFailed(DiskHealth::Part::kDisk, Described(why));
}

}  // namespace longshore
