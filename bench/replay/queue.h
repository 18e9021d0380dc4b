#pragma once

#include <cstdint>
#include <list>
#include <vector>

namespace longshore::bench {

// Queues of objects and which of them each stands in, if any: what the simple policies are made of.
class Queues {
 public:
  static constexpr int kNone = -1;

  Queues(const std::vector<uint64_t>& sizes, size_t count)
      : sizes_(sizes), queues_(count), bytes_(count), places_(sizes.size()) {}

  int Of(uint32_t object) const { return places_[object].queue; }
  bool Empty(int queue) const { return At(queue).empty(); }
  uint32_t Oldest(int queue) const { return At(queue).back(); }
  uint64_t Bytes(int queue) const { return bytes_[static_cast<size_t>(queue)]; }
  size_t Count(int queue) const { return At(queue).size(); }
  const std::list<uint32_t>& At(int queue) const { return queues_[static_cast<size_t>(queue)]; }

  // To the new end of this queue, out of whichever it stands in.
  void Move(uint32_t object, int queue) {
    Place& place = places_[object];
    Take(object);
    auto& list = queues_[static_cast<size_t>(queue)];
    list.push_front(object);
    place = {queue, list.begin()};
    bytes_[static_cast<size_t>(queue)] += sizes_[object];
  }
  void Take(uint32_t object) {
    Place& place = places_[object];
    if (place.queue == kNone) return;
    queues_[static_cast<size_t>(place.queue)].erase(place.at);
    bytes_[static_cast<size_t>(place.queue)] -= sizes_[object];
    place.queue = kNone;
  }

 private:
  struct Place {
    int queue = kNone;
    std::list<uint32_t>::iterator at{};
  };

  const std::vector<uint64_t>& sizes_;
  std::vector<std::list<uint32_t>> queues_;  // newest first
  std::vector<uint64_t> bytes_;
  std::vector<Place> places_;
};

}  // namespace longshore::bench
