#include "cache/s3_fifo.h"

#include <doctest/doctest.h>

#include <list>
#include <map>
#include <random>

#include "cache/charge.h"

namespace longshore {
namespace {

constexpr uint64_t kB = kBlock;

// S3-FIFO in the plainest words: three lists of entries, searched from end to end.
class Model {
 public:
  struct Entry {
    uint64_t key;
    uint64_t bytes;
    int uses;
  };
  using Queue = std::list<Entry>;  // newest first

  void Insert(uint64_t key, uint64_t bytes) {
    for (Queue* queue : {&small_, &main_}) {
      for (Entry& entry : *queue) {
        if (entry.key == key) {
          entry.bytes = bytes;
          return;
        }
      }
    }
    const bool remembered = Erase(ghost_, key);
    (remembered ? main_ : small_).push_front({key, bytes, 0});
  }
  void Access(uint64_t key) {
    for (Queue* queue : {&small_, &main_}) {
      for (Entry& entry : *queue) {
        if (entry.key == key) entry.uses = std::min(entry.uses + 1, 3);
      }
    }
  }
  void Remove(uint64_t key) {
    for (Queue* queue : {&small_, &main_, &ghost_}) Erase(*queue, key);
  }
  uint64_t TakeVictim() {
    for (;;) {
      if (small_.empty() && main_.empty()) return 0;
      const bool from_small =
          !small_.empty() && (main_.empty() || Bytes(small_) * 9 > Bytes(main_));
      Queue& queue = from_small ? small_ : main_;
      Entry entry = queue.back();
      queue.pop_back();
      if (entry.uses > 0) {
        entry.uses = from_small ? 0 : entry.uses - 1;
        main_.push_front(entry);
        continue;
      }
      if (from_small) ghost_.push_front(entry);
      while (from_small && !ghost_.empty() &&
             (Bytes(ghost_) > Bytes(main_) || ghost_.size() > small_.size() + main_.size())) {
        ghost_.pop_back();
      }
      return entry.key;
    }
  }
  void PutBack(uint64_t key, uint64_t bytes) {
    Remove(key);
    main_.push_front({key, bytes, 1});
  }
  size_t Count() const { return small_.size() + main_.size(); }
  uint64_t TotalBytes() const { return Bytes(small_) + Bytes(main_); }

 private:
  static uint64_t Bytes(const Queue& queue) {
    uint64_t total = 0;
    for (const Entry& entry : queue) total += entry.bytes;
    return total;
  }
  static bool Erase(Queue& queue, uint64_t key) {
    return std::erase_if(queue, [key](const Entry& entry) { return entry.key == key; }) > 0;
  }

  Queue small_, main_, ghost_;
};

TEST_CASE("any sequence of calls agrees with the model") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    S3Fifo policy;
    Model model;
    for (int step = 0; step < 800; ++step) {
      const uint64_t key = 1 + random() % 60;
      const uint64_t bytes = (1 + random() % 20) * kB;
      switch (random() % 8) {
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
          policy.Remove(key);
          model.Remove(key);
          break;
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
bool Ask(S3Fifo& policy, std::map<uint64_t, bool>& stored, uint64_t key, size_t capacity) {
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
  S3Fifo policy;
  std::map<uint64_t, bool> stored;
  for (int round = 0; round < 5; ++round) {
    for (uint64_t key = 1; key <= 50; ++key) Ask(policy, stored, key, 100);
  }
  for (uint64_t key = 1000; key < 3000; ++key) Ask(policy, stored, key, 100);
  int kept = 0;
  for (uint64_t key = 1; key <= 50; ++key) kept += stored[key] ? 1 : 0;
  CHECK(kept == 50);
}

TEST_CASE("what was there before a restart counts its uses") {
  S3Fifo policy;
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
      const uint64_t key = (random() % 512) << (random() % 2 == 0 ? 0 : 40);
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
    for (const auto& [key, slot] : model) REQUIRE(table[table.Find(key)].key == key);
  }
}

}  // namespace
}  // namespace longshore
