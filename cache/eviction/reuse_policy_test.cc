#include "cache/eviction/reuse_policy.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "cache/index/charge.h"

namespace longshore {
namespace {

constexpr uint64_t kB = kBlock;

// The policy in the plainest words: one list of entries, searched from end to end.
class Model {
 public:
  void Insert(uint64_t key, uint64_t bytes) {
    Entry* entry = Find(key);
    if (entry != nullptr && !entry->ghost) return SetSize(*entry, bytes);
    Requested(bytes);
    if (entry == nullptr) {
      Add(key, bytes, 1);
    } else {
      Use(*entry, bytes);
    }
  }
  void Restore(uint64_t key, uint64_t bytes, unsigned uses) {
    if (Find(key) == nullptr) Add(key, bytes, uses + 1);
  }
  void Access(uint64_t key) {
    Entry* entry = Find(key);
    if (entry == nullptr || entry->ghost) return;
    const uint64_t bytes = entry->blocks * kB;
    Requested(bytes);
    Use(*entry, bytes);
  }
  void Remove(uint64_t key) {
    Entry* entry = Find(key);
    if (entry == nullptr) return;
    rates_.Forgotten(ReuseRates::ClassOf(entry->uses), entry->used, Now());
    std::erase_if(entries_, [key](const Entry& one) { return one.key == key; });
  }
  uint64_t TakeVictim() {
    if (learn_) rates_.Learn(Now());
    learn_ = false;
    const Entry* least = nullptr;
    std::set<std::pair<unsigned, int>> kinds;
    for (const Entry& entry : entries_) {
      if (!entry.ghost && kinds.insert(Kind(entry)).second &&
          (least == nullptr ||
           std::pair(Earned(entry), Kind(entry)) < std::pair(Earned(*least), Kind(*least)))) {
        least = &entry;
      }
    }
    if (least == nullptr) return 0;
    Entry ghost = *least;
    ghost.ghost = true;
    std::erase_if(entries_, [&](const Entry& one) { return one.key == ghost.key; });
    entries_.push_back(ghost);
    while (entries_.size() - Count() > std::max<size_t>(1024, Count() / 2)) {
      Remove(std::find_if(entries_.begin(), entries_.end(), [](const Entry& one) {
               return one.ghost;
             })->key);
    }
    return ghost.key;
  }
  void PutBack(uint64_t key, uint64_t bytes) {
    const Entry* entry = Find(key);
    const unsigned uses = entry == nullptr ? 1 : entry->uses;
    Remove(key);
    Add(key, bytes, uses + 1);
  }
  size_t Count() const {
    return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                             [](const Entry& one) { return !one.ghost; }));
  }
  uint64_t TotalBytes() const {
    uint64_t total = 0;
    for (const Entry& entry : entries_) total += entry.ghost ? 0 : entry.blocks * kB;
    return total;
  }

 private:
  struct Entry {
    uint64_t key;
    uint64_t blocks;
    unsigned uses;
    uint64_t used;
    bool ghost = false;
  };

  uint64_t Now() const { return requests_ / 16; }
  Entry* Find(uint64_t key) {
    for (Entry& entry : entries_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  void Requested(uint64_t bytes) {
    ++requests_;
    blocks_ += static_cast<double>(bytes / kB);
    if (requests_ % 256 != 0) return;
    rates_.BeginEpoch(Now());
    learn_ = true;
  }
  void Add(uint64_t key, uint64_t bytes, unsigned uses) {
    entries_.push_back({key, bytes / kB, std::min(uses, 127u), Now()});
    rates_.Began(ReuseRates::ClassOf(entries_.back().uses), Now());
  }
  void Use(Entry& entry, uint64_t bytes) {
    const Entry old = entry;
    std::erase_if(entries_, [&](const Entry& one) { return one.key == old.key; });
    rates_.Used(ReuseRates::ClassOf(old.uses), old.used, Now());
    Add(old.key, bytes, old.uses + 1);
  }
  void SetSize(Entry& entry, uint64_t bytes) {
    Entry changed = entry;
    changed.blocks = bytes / kB;
    if (Kind(changed) == Kind(entry)) {
      entry = changed;
      return;
    }
    std::erase_if(entries_, [&](const Entry& one) { return one.key == changed.key; });
    entries_.push_back(changed);
  }
  static std::pair<unsigned, int> Kind(const Entry& entry) {
    return {ReuseRates::ClassOf(entry.uses), std::bit_width(entry.blocks)};
  }
  double Earned(const Entry& entry) const {
    const double mean = requests_ > 0 ? blocks_ / static_cast<double>(requests_) : 1;
    return rates_.Rate(ReuseRates::ClassOf(entry.uses), Now() - entry.used) *
           (1 / static_cast<double>(entry.blocks) + 1 / (1.7 * mean));
  }

  std::vector<Entry> entries_;  // in the order they came where they are
  ReuseRates rates_;
  uint64_t requests_ = 0;
  double blocks_ = 0;
  bool learn_ = false;
};

TEST_CASE("any sequence of calls agrees with the model") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    ReusePolicy policy;
    Model model;
    for (int step = 0; step < 8000; ++step) {
      // Half of them come once: so many that ghosts are dropped.
      const uint64_t key =
          random() % 2 == 0 ? 1000u + static_cast<unsigned>(step) : 1 + random() % 300;
      const uint64_t bytes = (1 + random() % 20) * kB;
      switch (random() % 12) {
        case 0:
        case 1:
        case 2:
          policy.Insert({key, bytes});
          model.Insert(key, bytes);
          break;
        case 3:
        case 4:
          policy.Access(key);
          model.Access(key);
          break;
        case 5:
          if (random() % 4 != 0) break;
          policy.Remove(key);
          model.Remove(key);
          break;
        case 6:
          policy.Restore({key, bytes}, key % 7);
          model.Restore(key, bytes, static_cast<unsigned>(key % 7));
          break;
        case 7: {
          // One that is asked for again and again.
          const uint64_t hot = 1 + random() % 8;
          policy.Access(hot);
          model.Access(hot);
          break;
        }
        default: {
          const auto victim = policy.TakeVictim();
          REQUIRE((victim ? victim->key : 0) == model.TakeVictim());
          if (victim && random() % 3 == 0) {
            policy.PutBack(*victim);
            model.PutBack(victim->key, victim->bytes);
          }
        }
      }
      REQUIRE(policy.Count() == model.Count());
      REQUIRE(policy.Bytes() == model.TotalBytes());
    }
  }
}

// Stores what is asked for, evicting beyond `capacity` objects of one block. Answers whether it was
// there.
bool Ask(ReusePolicy& policy, std::map<uint64_t, bool>& stored, uint64_t key, size_t capacity) {
  if (stored[key]) {
    policy.Access(key);
    return true;
  }
  policy.Insert({key, kB});
  stored[key] = true;
  while (policy.Count() > capacity) stored[policy.TakeVictim()->key] = false;
  return false;
}

TEST_CASE("one pass over much does not push out what is used") {
  ReusePolicy policy;
  std::map<uint64_t, bool> stored;
  for (int round = 0; round < 5; ++round) {
    for (uint64_t key = 1; key <= 50; ++key) Ask(policy, stored, key, 100);
  }
  // Each of them is asked for once while 200 others pass: by then LRU has lost it. So may this one
  // have, until it has learned what passes.
  int lost = 0;
  for (uint64_t key = 1000; key < 6000; ++key) {
    Ask(policy, stored, key, 100);
    if (key % 4 == 0 && !Ask(policy, stored, 1 + key / 4 % 50, 100) && key >= 3000) ++lost;
  }
  CHECK(lost == 0);
}

TEST_CASE("small objects are held longer than large ones that are used as often") {
  ReusePolicy policy;
  for (uint64_t key = 1; key <= 100; ++key) policy.Insert({key, key % 2 == 0 ? kB : 1000 * kB});
  for (int i = 0; i < 50; ++i) CHECK(policy.TakeVictim()->bytes == 1000 * kB);
  CHECK(policy.TakeVictim()->bytes == kB);
}

TEST_CASE("of what was evicted the uses are remembered for a while") {
  ReusePolicy policy;
  for (uint64_t key = 1; key <= 100; ++key) policy.Insert({key, kB});
  for (int i = 0; i < 10; ++i) policy.Access(1);
  for (int i = 0; i < 99; ++i) REQUIRE(policy.TakeVictim()->key != 1);
  REQUIRE(policy.TakeVictim()->key == 1);
  for (const uint64_t key : {1u, 200u, 201u}) policy.Insert({key, kB});
  for (int i = 0; i < 2; ++i) CHECK(policy.TakeVictim()->key != 1);
}

TEST_CASE("what was there before a restart counts its uses") {
  ReusePolicy policy;
  policy.Restore({1, kB}, 9);
  for (uint64_t key = 2; key <= 20; ++key) policy.Restore({key, kB}, 1);
  policy.Restore({1, 50 * kB}, 0);  // there already
  CHECK(policy.Bytes() == 20 * kB);
  for (int i = 0; i < 19; ++i) CHECK(policy.TakeVictim()->key != 1);
  CHECK(policy.TakeVictim()->key == 1);
  CHECK_FALSE(policy.TakeVictim());
}

TEST_CASE("the slot table finds everything through any churn") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    SlotTable table;
    std::map<uint64_t, uint32_t> model;
    for (int step = 0; step < 4000; ++step) {
      // Keys that share their homes as often as not.
      const uint64_t key = (random() % 512) << (random() % 2 == 0 ? 0 : 39);
      const auto found = model.find(key);
      REQUIRE(table.Find(key) == (found == model.end() ? SlotTable::kNone : found->second));
      if (found == model.end()) {
        model[key] = table.Add(key);
      } else {
        table.Remove(found->second);
        model.erase(found);
      }
      REQUIRE(table.size() == model.size());
    }
    std::map<uint64_t, uint32_t> seen;
    table.ForEach([&](uint32_t slot) { seen.emplace(ObjectKey{table[slot].key}, slot); });
    REQUIRE(seen == model);
  }
}

}  // namespace
}  // namespace longshore
