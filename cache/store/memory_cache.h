#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cache/base/mutex.h"

namespace longshore {

// A map that keeps what was used last, bounded by weight (bytes, or 1 each to count). Values are
// small or shared pointers, as they are copied out. Thread-safe; one leaf lock a shard, held for a
// few hundred nanoseconds; values are destroyed outside it.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class MemoryCache {
 public:
  explicit MemoryCache(uint64_t max_weight) : max_weight_(max_weight / kShards) {}
  MemoryCache(const MemoryCache&) = delete;
  MemoryCache& operator=(const MemoryCache&) = delete;

  std::optional<Value> Get(const Key& key) {
    Shard& shard = ShardOf(key);
    MutexLock lock(shard.mutex);
    const auto found = shard.map.find(key);
    if (found == shard.map.end()) return std::nullopt;
    shard.order.splice(shard.order.begin(), shard.order, found->second);
    return found->second->value;
  }

  void Put(const Key& key, Value value, uint64_t weight) {
    PutIf(key, std::move(value), weight, [](const Value*) { return true; });
  }

  // Puts if `admit(current)` says so; `current` is null if there is none. It runs under the lock:
  // pure and short. Answers whether it was put. What weighs more than a shard may is not kept.
  template <typename Admit>
  bool PutIf(const Key& key, Value value, uint64_t weight, Admit admit) {
    Shard& shard = ShardOf(key);
    std::list<Entry> dropped;
    MutexLock lock(shard.mutex);
    const auto found = shard.map.find(key);
    const bool exists = found != shard.map.end();
    if (!admit(exists ? &std::as_const(found->second->value) : nullptr)) return false;
    if (exists) Drop(shard, found, dropped);
    if (weight > max_weight_) return true;
    shard.order.push_front({key, std::move(value), weight});
    shard.map.emplace(key, shard.order.begin());
    shard.weight += weight;
    while (shard.weight > max_weight_) {
      Drop(shard, shard.map.find(shard.order.back().key), dropped);
    }
    return true;
  }

  void Erase(const Key& key) {
    Shard& shard = ShardOf(key);
    std::list<Entry> dropped;
    MutexLock lock(shard.mutex);
    const auto found = shard.map.find(key);
    if (found != shard.map.end()) Drop(shard, found, dropped);
  }

 private:
  static constexpr size_t kShards = 8;

  struct Entry {
    Key key;
    Value value;
    uint64_t weight;
  };
  // Every entry is in `order` and in `map`, never in one alone; `weight` is the sum over `order`.
  struct Shard {
    Mutex mutex;
    std::list<Entry> order;  // used last is first
    std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> map;
    uint64_t weight = 0;
  };

  Shard& ShardOf(const Key& key) {
    // The high bits, as the map inside the shard uses the low ones.
    return shards_[(Hash()(key) * 0x9e3779b97f4a7c15u) >> 61];
  }

  static void Drop(
      Shard& shard,
      typename std::unordered_map<Key, typename std::list<Entry>::iterator, Hash>::iterator found,
      std::list<Entry>& dropped) {
    const auto entry = found->second;
    shard.weight -= entry->weight;
    shard.map.erase(found);
    dropped.splice(dropped.begin(), shard.order, entry);
  }

  const uint64_t max_weight_;
  std::array<Shard, kShards> shards_;
};

}  // namespace longshore
