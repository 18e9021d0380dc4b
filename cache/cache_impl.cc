#include "cache/cache_impl.h"

#include <utility>

#include "cache/base/log.h"
#include "cache/fill/fill_writer.h"
#include "cache/health/disk_patience.h"
#include "cache/index/cache_folder.h"
#include "cache/store/read_through.h"
#include "cache/store/stored_frames.h"
#include "cache/upkeep/recovery.h"

namespace longshore {
namespace {

constexpr uint64_t kMostAside = 64;  // of the capacity, one part: a damaged index set aside
constexpr size_t kOpenBlobs = 512;   // descriptors kept so that a hit needs no open

}  // namespace

CacheImpl::CacheImpl(const CacheOptions& options, Disk& disk, const Clock& clock, ThreadPool& pool,
                     std::unique_ptr<Index> index)
    : health_(clock, stats_),
      disk_(disk, health_),
      index_folder_(options.path, disk_),
      index_(std::move(index)),
      files_(options.path, disk_),
      budget_(options.size, stats_),
      catalog_(*index_, budget_, health_),
      what_if_(options.size, stats_),
      residents_(MakeEvictionPolicy(), what_if_),
      open_(kOpenBlobs),
      remover_(catalog_, files_, budget_),
      quarantine_(files_, budget_, options.size / 64),
      pins_(catalog_, residents_, clock, pool),
      loader_(catalog_, residents_),
      accesses_(catalog_, residents_, what_if_, clock, pool),
      reclaimer_(catalog_, files_, budget_, residents_, accesses_, open_, remover_, loader_, pins_,
                 stats_, clock, [this](const Digest& digest) { manifests_.Evicted(digest); }),
      parts_{disk_,     clock,       pool,         stats_,   files_,      budget_,
             catalog_,  residents_,  open_,        remover_, quarantine_, reclaimer_,
             accesses_, compressor_, first_reads_, health_,  pins_,       ReadBootId(disk_)},
      compressor_(parts_, options.compress),
      first_reads_(parts_, options.verify_first_read),
      links_(catalog_, clock, pool, options.memory / 4),
      tags_(catalog_, links_, clock, pool, options.memory / 8),
      manifests_(parts_, links_, tags_, options.memory / 8 * 5),
      blobs_(parts_),
      inventory_(parts_, links_, tags_, manifests_, blobs_),
      pruner_(catalog_, budget_, clock),
      folder_watch_(files_, health_),
      upkeep_(folder_watch_, reclaimer_, pruner_, what_if_, budget_, clock, pool),
      probe_(parts_, index_folder_),
      scrubber_(parts_, options.scrub, [this](const Digest& digest) { (void)blobs_.Find(digest); }),
      strays_(parts_) {}

CacheImpl::~CacheImpl() {
  accesses_.Flush();
}

Status CacheImpl::Recover(const RebuildTerms& terms) {
  if (auto recovered = Recovery(parts_, terms).Run(); !recovered) return recovered;
  auto aside = index_folder_.Bound(budget_.capacity() / kMostAside);
  if (!aside) return tl::unexpected(aside.error());
  budget_.Force(*aside);
  if (auto loaded = pins_.Load(); !loaded) return loaded;
  reclaimer_.Measure();
  loader_.LoadInBackground(parts_.pool);
  strays_.Start();
  upkeep_.Start();
  return {};
}

template <typename T>
bool CacheImpl::RefusesToWait(Executor& executor, Callback<T>& done) {
  if (!health_.IsStuck()) return false;
  executor.Post([done = std::move(done)]() mutable { done(tl::unexpected(DiskDoesNotAnswer())); });
  return true;
}

template <typename T, typename Work>
void CacheImpl::Ask(std::string_view name, uint64_t lane, Executor& executor, Callback<T> done,
                    Work work) {
  if (RefusesToWait(executor, done)) return;
  // Whoever answers takes it out: what it owns is the executor's thread's to let go.
  const auto kept = std::make_shared<Callback<T>>(std::move(done));
  auto ticket = waiting_.Add([&executor, kept] {
    executor.Post([given_up = std::exchange(*kept, {})]() mutable {
      given_up(tl::unexpected(DiskDoesNotAnswer()));
    });
  });
  parts_.pool.Post(
      name, lane,
      [this, &executor, kept, ticket = std::move(ticket), work = std::move(work)]() mutable {
        if (!ticket.IsWanted()) return;
        T answer = work();
        upkeep_.Consider();
        if (!ticket.Redeem()) return;
        executor.Post([asked = std::exchange(*kept, {}), answer = std::move(answer)]() mutable {
          asked(std::move(answer));
        });
      });
}

std::optional<ManifestLookup> CacheImpl::PeekTag(const RepositoryKey& repository,
                                                 const std::string& tag) {
  const auto key = TagKey(repository, tag);
  if (!key) return std::nullopt;
  const auto state = tags_.Peek(*key);
  if (!state) return std::nullopt;
  auto manifest = manifests_.Peek(state->digest);
  if (!manifest) return std::nullopt;
  accesses_.Touch(ObjectKind::kManifest, state->digest);
  return ManifestLookup{state, std::move(manifest), true};
}

std::optional<ManifestLookup> CacheImpl::PeekManifest(const RepositoryKey& repository,
                                                      const Digest& digest) {
  const auto key = LinkKey(repository, digest);
  if (!key || !links_.Peek(*key)) return std::nullopt;
  auto manifest = manifests_.Peek(digest);
  if (!manifest) return std::nullopt;
  accesses_.Touch(ObjectKind::kManifest, digest);
  return ManifestLookup{std::nullopt, std::move(manifest), true};
}

std::optional<BlobLookup> CacheImpl::PeekBlob(const RepositoryKey& repository,
                                              const Digest& digest) {
  const auto key = LinkKey(repository, digest);
  if (!key || !links_.Peek(*key)) return std::nullopt;
  auto blob = blobs_.Peek(digest);
  if (!blob) return std::nullopt;
  accesses_.Touch(ObjectKind::kBlob, digest);
  const uint64_t size = blob->size;
  return BlobLookup{std::move(blob), true, size};
}

void CacheImpl::LookupTag(const RepositoryKey& repository, const std::string& tag,
                          Executor& executor, Callback<Result<ManifestLookup>> done) {
  auto key = TagKey(repository, tag);
  const uint64_t lane = key ? TagTable::Lane(*key) : ThreadPool::kNoOrder;
  Ask<Result<ManifestLookup>>("look up tag", lane, executor, std::move(done),
                              [this, key = std::move(key)]() -> Result<ManifestLookup> {
                                if (!key) return tl::unexpected(key.error());
                                return FindTag(*key);
                              });
}

void CacheImpl::LookupManifest(const RepositoryKey& repository, const Digest& digest,
                               Executor& executor, Callback<Result<ManifestLookup>> done) {
  Ask<Result<ManifestLookup>>(
      "look up manifest", ThreadPool::kNoOrder, executor, std::move(done),
      [this, key = LinkKey(repository, digest), digest]() -> Result<ManifestLookup> {
        if (!key) return tl::unexpected(key.error());
        return FindManifest(*key, digest);
      });
}

void CacheImpl::LookupBlob(const RepositoryKey& repository, const Digest& digest,
                           Executor& executor, Callback<Result<BlobLookup>> done) {
  Ask<Result<BlobLookup>>(
      "look up blob", ThreadPool::kNoOrder, executor, std::move(done),
      [this, key = LinkKey(repository, digest), digest]() -> Result<BlobLookup> {
        if (!key) return tl::unexpected(key.error());
        return FindBlob(*key, digest);
      });
}

void CacheImpl::ReadFrame(std::shared_ptr<const SealedBlob> blob, size_t index, Executor& executor,
                          Callback<Result<std::string>> done) {
  Ask<Result<std::string>>("read frame", ThreadPool::kNoOrder, executor, std::move(done),
                           [this, blob = std::move(blob), index] {
                             auto frame = ::longshore::ReadFrame(*blob, index, parts_.disk);
                             if (!frame) OnUnreadable(blob->digest, frame.error());
                             return frame;
                           });
}

void CacheImpl::ReadAhead(const BlobView& view, ByteRange stored, Executor& executor,
                          Callback<Status> done) {
  Ask<Status>("read ahead", ThreadPool::kNoOrder, executor, std::move(done), [this, view, stored] {
    auto read = ReadThrough(*view.file(), stored, parts_.disk);
    if (!read && view.IsSealed()) OnUnreadable(view.digest(), read.error());
    return read;
  });
}

void CacheImpl::OnUnreadable(const Digest& digest, const Error& error) {
  log::Error("cache", "a stored blob cannot be read",
             {{"digest", digest.ToString()}, {"reason", error.message}});
  open_.Distrust(digest);
}

void CacheImpl::Tick() {
  probe_.Consider();
  if (health_.IsStuck()) {
    waiting_.GiveUpAll();
    first_reads_.DiskIsStuck();
  }
  upkeep_.Consider();
  if (health_.IsWell()) {
    compressor_.TryWaiting();
    inventory_.purger().TryWaiting();
  }
  scrubber_.Consider();
}

void CacheImpl::ListTags(const RepositoryKey& repository, Executor& executor,
                         Callback<Result<std::vector<std::string>>> done) {
  using Names = Result<std::vector<std::string>>;
  Ask<Names>("list tags", ThreadPool::kNoOrder, executor, std::move(done),
             [this, prefix = RepositoryPrefix(repository)]() -> Names {
               if (!prefix) return tl::unexpected(prefix.error());
               return tags_.List(*prefix);
             });
}

Result<ManifestLookup> CacheImpl::FindTag(const std::string& key) {
  ManifestLookup lookup;
  auto state = tags_.Find(key);
  if (!state) return tl::unexpected(state.error());
  if (!*state) return lookup;
  auto manifest = manifests_.Find((*state)->digest);
  if (!manifest) return tl::unexpected(manifest.error());
  if (*manifest) accesses_.Touch(ObjectKind::kManifest, (*state)->digest);
  return ManifestLookup{*state, std::move(*manifest), true};
}

Result<ManifestLookup> CacheImpl::FindManifest(const std::string& link_key, const Digest& digest) {
  auto link = links_.Find(link_key);
  if (!link) return tl::unexpected(link.error());
  auto manifest = manifests_.Find(digest);
  if (!manifest) return tl::unexpected(manifest.error());
  if (*manifest) accesses_.Touch(ObjectKind::kManifest, digest);
  return ManifestLookup{std::nullopt, std::move(*manifest), link->has_value()};
}

Result<BlobLookup> CacheImpl::FindBlob(const std::string& link_key, const Digest& digest) {
  auto link = links_.Find(link_key);
  if (!link) return tl::unexpected(link.error());
  auto sealed = blobs_.Find(digest);
  if (!sealed) return tl::unexpected(sealed.error());
  BlobLookup lookup;
  lookup.sealed = std::move(*sealed);
  lookup.linked = link->has_value();
  lookup.compressible = lookup.linked && (*link)->compressible;
  if (lookup.sealed) {
    accesses_.Touch(ObjectKind::kBlob, digest);
    lookup.size = lookup.sealed->size;
    return lookup;
  }
  if (*link && (*link)->size > 0) lookup.size = (*link)->size;
  auto begun = parts_.catalog.Has(ObjectKind::kExtent, digest);
  if (!begun) return tl::unexpected(begun.error());
  lookup.begun = *begun;
  return lookup;
}

Result<ManifestStore::Arrival> CacheImpl::MakeArrival(const RepositoryKey& repository,
                                                      const std::optional<std::string>& tag,
                                                      ManifestPtr manifest,
                                                      std::vector<NamedContent> named) {
  ManifestStore::Arrival arrival;
  auto link_key = LinkKey(repository, manifest->digest);
  if (!link_key) return tl::unexpected(link_key.error());
  arrival.link_key = std::move(*link_key);
  for (const NamedContent& content : named) {
    arrival.named_keys.push_back(*LinkKey(repository, content.digest));
  }
  if (tag) {
    auto tag_key = TagKey(repository, *tag);
    if (!tag_key) return tl::unexpected(tag_key.error());
    arrival.tag_key = std::move(*tag_key);
    arrival.version = tags_.NextVersion();
  }
  arrival.manifest = std::move(manifest);
  arrival.named = std::move(named);
  arrival.proven_at = parts_.clock.WallMillis();
  return arrival;
}

void CacheImpl::StoreManifest(const RepositoryKey& repository, std::optional<std::string> tag,
                              ManifestPtr manifest, std::vector<NamedContent> named,
                              Executor& executor, Callback<Status> done) {
  const uint64_t digest_lane = manifest->digest.Hash() | 1;
  auto arrival = MakeArrival(repository, tag, std::move(manifest), std::move(named));
  const uint64_t lane =
      arrival && arrival->tag_key ? TagTable::Lane(*arrival->tag_key) : digest_lane;
  Ask<Status>("store manifest", lane, executor, std::move(done),
              [this, arrival = std::move(arrival)]() -> Status {
                if (!arrival) return tl::unexpected(arrival.error());
                return manifests_.Store(*arrival);
              });
}

void CacheImpl::TouchTag(const RepositoryKey& repository, const std::string& tag,
                         const Digest& digest) {
  const auto key = TagKey(repository, tag);
  const auto link_key = LinkKey(repository, digest);
  if (key && link_key) tags_.Touch(*key, *link_key, digest);
}

void CacheImpl::ForgetTag(const RepositoryKey& repository, const std::string& tag) {
  if (const auto key = TagKey(repository, tag)) tags_.Forget(*key);
}

void CacheImpl::ConfirmLink(const RepositoryKey& repository, const Digest& digest, uint64_t size) {
  if (const auto key = LinkKey(repository, digest)) links_.Confirm(*key, size);
}

void CacheImpl::OpenFill(const Digest& digest, uint64_t size, Executor& executor,
                         Callback<Result<OpenedFill>> done) {
  if (RefusesToWait(executor, done)) return;
  // Not to be given up: what it opens has to come to the caller, who is its digest's one fill.
  parts_.pool.Post("open fill", Fill::WriteLane(digest),
                   [this, digest, size, &executor, done = std::move(done)]() mutable {
                     auto opened = Begin(digest, size, executor);
                     upkeep_.Consider();
                     executor.Post([done = std::move(done), opened = std::move(opened)]() mutable {
                       done(std::move(opened));
                     });
                   });
}

Result<OpenedFill> CacheImpl::Begin(const Digest& digest, uint64_t size, Executor& executor) {
  auto opened = blobs_.OpenFill(digest, size);
  if (!opened) return tl::unexpected(opened.error());
  if (auto* sealed = std::get_if<std::shared_ptr<const SealedBlob>>(&*opened)) {
    return OpenedFill(std::move(*sealed));
  }
  auto fill = std::move(std::get<std::shared_ptr<Fill>>(*opened));
  return OpenedFill(std::make_unique<FillWriter>(std::move(fill), parts_.pool, executor));
}

}  // namespace longshore
