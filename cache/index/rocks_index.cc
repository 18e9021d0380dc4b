#include "cache/index/rocks_index.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "cache/base/log.h"
#include "cache/index/rocks_index_files.h"

namespace longshore {
namespace {

constexpr size_t kBlockCache = 16 << 20;
constexpr size_t kWriteBuffers = 8 << 20;
constexpr uint64_t kLogLimit = 8 << 20;
constexpr uint64_t kTableFile = 8 << 20;

tl::unexpected<Error> Translate(const rocksdb::Status& status, std::string_view what) {
  std::string message = "index: ";
  message += what;
  message += ": " + status.ToString();
  Code code = Code::kIo;
  if (status.IsNoSpace()) code = Code::kNoSpace;
  // What is not there, or is no such database, was there when it was written.
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsInvalidArgument()) {
    code = Code::kCorrupt;
  }
  return Fail(code, std::move(message));
}

// Its LOCK is another's, or this process's own.
bool IsTaken(const rocksdb::Status& status) {
  const std::string message = status.ToString();
  const auto says = [&message](const char* text) {
    return message.find(text) != std::string::npos;
  };
  return status.IsIOError() && (says("lock hold by current process") ||
                                (says("While lock file") && says("temporarily unavailable")));
}

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// The least key after all that start with `prefix`; empty: there is none.
std::string AfterAll(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

std::string EncodeCounter(int64_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

int64_t DecodeCounter(std::string_view bytes) {
  int64_t value = 0;
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

class AddOperator final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& delta,
             std::string* sum, rocksdb::Logger*) const override {
    const int64_t base = existing == nullptr ? 0 : DecodeCounter(ToView(*existing));
    *sum = EncodeCounter(base + DecodeCounter(ToView(delta)));
    return true;
  }
  const char* Name() const override { return "longshore.add"; }
};

rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Filters and index blocks live in the cache, too: memory stays bounded at ten million records.
  table.cache_index_and_filter_blocks = true;
  table.metadata_cache_options.top_level_index_pinning = rocksdb::PinningTier::kAll;
  // Every lookup asks the filters of the youngest tables, of which there are few and small ones.
  table.metadata_cache_options.partition_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.format_version = 5;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = 4 << 20;
  // Nine records of ten are in the last level, and most that are asked for are there: its filters
  // would cost each of those lookups a block more. A cold pull, whose records are not, pays for it
  // with some microseconds, and asks the upstream next.
  options.optimize_filters_for_hits = true;
  // Few of the records asked for are among the newest: a lookup need not search those (80 KiB).
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.target_file_size_base = kTableFile;
  options.max_bytes_for_level_base = 4 * kTableFile;
  // Bounds what a compaction holds twice on disk for a moment; the reclaimer's headroom counts on
  // it.
  options.max_compaction_bytes = 8 * kTableFile;
  options.level_compaction_dynamic_level_bytes = true;
  // Digests do not compress; manifests are JSON full of repetition.
  options.compression =
      family == Family::kManifest ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  if (family == Family::kMeta) options.merge_operator = std::make_shared<AddOperator>();
  // A table in which half of a window of 1024 records is tombstones is compacted soon: evicted
  // space comes back.
  options.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(1024, 512));
  return options;
}

// Its own file of such lines would abort the process when it cannot be written.
class InfoLog final : public rocksdb::Logger {
 public:
  InfoLog() : Logger(rocksdb::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  // All its options, at each start.
  void LogHeader(const char*, va_list) override {}
  [[gnu::format(printf, 2, 0)]] void Logv(const char* format, va_list arguments) override {
    if (!log::Enabled(log::Level::kDebug)) return;
    std::array<char, 1024> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    log::Debug("rocksdb", line.data());
  }
};

rocksdb::DBOptions DatabaseOptions() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.max_subcompactions = 1;
  // All of them: an index of ten million blobs and twenty million links has 330 tables, and a
  // lookup that must open one first costs six times as much.
  options.max_open_files = 512;
  options.max_file_opening_threads = 1;
  options.skip_stats_update_on_db_open = true;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.db_write_buffer_size = kWriteBuffers;
  options.max_total_wal_size = kLogLimit;
  options.max_manifest_file_size = 1 << 20;
  options.info_log = std::make_shared<InfoLog>();
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // Preallocated files would occupy what no record uses, and the budget counts blocks.
  options.allow_fallocate = false;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.avoid_flush_during_recovery = true;
  // After a failed write it goes on when it is told to, not by itself.
  options.max_bgerror_resume_count = 0;
  return options;
}

class RocksIndex final : public Index {
 public:
  RocksIndex(std::unique_ptr<rocksdb::Env> env, std::shared_ptr<rocksdb::Cache> cache,
             std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families)
      : env_(std::move(env)),
        cache_(std::move(cache)),
        db_(std::move(db)),
        families_(std::move(families)) {}

  // With a log that could not be written, closing aborts the process (RocksDB's own assertion): it
  // is left as a kill would leave it, which the next start is made for.
  ~RocksIndex() override {
    if (broken_ && !db_->Resume().ok()) {
      (void)db_.release();
      (void)env_.release();
      return;
    }
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
  }

  Result<std::optional<std::string>> Get(Family family, std::string_view key) override {
    std::string value;
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), Handle(family), ToSlice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return Translate(status, "cannot read");
    return std::optional<std::string>(std::move(value));
  }

  Result<int64_t> Counter(std::string_view key) override {
    auto value = Get(Family::kMeta, key);
    if (!value) return tl::unexpected(value.error());
    return *value ? DecodeCounter(**value) : 0;
  }

  Status Commit(const IndexBatch& batch, Sync sync) override {
    // After a failed write RocksDB refuses every later one until it is told to go on.
    if (broken_.exchange(false)) {
      const rocksdb::Status resumed = db_->Resume();
      if (!resumed.ok()) {
        broken_ = true;
        return Translate(resumed, "cannot resume");
      }
    }
    rocksdb::WriteBatch changes;
    for (const IndexBatch::Change& change : batch.changes()) Apply(change, changes);
    rocksdb::WriteOptions options;
    options.sync = sync == Sync::kYes;
    const rocksdb::Status status = db_->Write(options, &changes);
    if (status.ok()) return {};
    broken_ = true;
    return Translate(status, "cannot write");
  }

  Status Scan(Family family, std::string_view prefix, std::string_view from,
              const Visitor& visit) override {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    // So that what was deleted beyond the prefix is not looked through.
    const std::string end = AfterAll(prefix);
    const rocksdb::Slice bound(end);
    if (!end.empty()) options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, Handle(family)));
    for (it->Seek(ToSlice(std::max(prefix, from))); it->Valid(); it->Next()) {
      const std::string_view key = ToView(it->key());
      if (!key.starts_with(prefix) || !visit(key, ToView(it->value()))) break;
    }
    if (!it->status().ok()) return Translate(it->status(), "cannot scan");
    return {};
  }

  Status Compact(Family family) override {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    const rocksdb::Status status = db_->CompactRange(options, Handle(family), nullptr, nullptr);
    if (!status.ok()) return Translate(status, "cannot compact");
    return {};
  }

  IndexMemory Memory() const override {
    using Properties = rocksdb::DB::Properties;
    return {.block_cache = cache_->GetUsage(),
            .write_buffers = Sum(Properties::kSizeAllMemTables),
            .table_readers = Sum(Properties::kEstimateTableReadersMem)};
  }

 private:
  uint64_t Sum(const std::string& property) const {
    uint64_t sum = 0;  // over all families
    db_->GetAggregatedIntProperty(property, &sum);
    return sum;
  }

  rocksdb::ColumnFamilyHandle* Handle(Family family) const {
    return families_[static_cast<size_t>(family)];
  }

  void Apply(const IndexBatch::Change& change, rocksdb::WriteBatch& out) const {
    rocksdb::ColumnFamilyHandle* family = Handle(change.family);
    // Adding to a WriteBatch without limits cannot fail.
    switch (change.kind) {
      case IndexBatch::Kind::kPut:
        out.Put(family, change.key, change.value);
        break;
      case IndexBatch::Kind::kDelete:
        out.Delete(family, change.key);
        break;
      case IndexBatch::Kind::kAdd:
        out.Merge(family, change.key, EncodeCounter(change.delta));
        break;
    }
  }

  std::unique_ptr<rocksdb::Env> env_;  // outlives the database
  const std::shared_ptr<rocksdb::Cache> cache_;
  std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>
      families_;  // the last one is RocksDB's own default
  std::atomic<bool> broken_{false};
};

}  // namespace

Result<std::unique_ptr<Index>> OpenRocksIndex(const std::string& path) {
  const auto cache = rocksdb::NewLRUCache(kBlockCache);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    descriptors.emplace_back(std::string(kFamilyNames[i]),
                             FamilyOptions(static_cast<Family>(i), cache));
  }
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, FamilyOptions(Family::kMeta, cache));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(RetryableFiles());
  rocksdb::DBOptions options = DatabaseOptions();
  options.env = env.get();
  const rocksdb::Status status = rocksdb::DB::Open(options, path, descriptors, &handles, &db);
  if (IsTaken(status)) {
    return Fail(Code::kInvalid, "another process uses " + path +
                                    "/LOCK: stop it, or set another cache.path (" +
                                    status.ToString() + ")");
  }
  if (!status.ok()) return Translate(status, "cannot open " + path);
  return std::make_unique<RocksIndex>(std::move(env), cache, std::unique_ptr<rocksdb::DB>(db),
                                      std::move(handles));
}

}  // namespace longshore
