#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/replay/workload.h"

namespace longshore::bench {

// A cache of `capacity` bytes under one policy, without the bytes. What is larger than the capacity
// passes it by.
class Policy {
 public:
  Policy(const Workload& workload, uint64_t capacity)
      : sizes_(workload.sizes), capacity_(capacity) {}
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  virtual ~Policy() = default;

  // The next request of the workload. Answers whether it is a hit; if not, it is stored.
  virtual bool Request(uint32_t object) = 0;

 protected:
  const std::vector<uint64_t>& sizes_;
  const uint64_t capacity_;
};

struct NamedPolicy {
  std::string name;
  std::unique_ptr<Policy> (*make)(const Workload& workload, uint64_t capacity);
};

// Ours first, those that cannot be had (they know the future) last.
const std::vector<NamedPolicy>& Policies();

}  // namespace longshore::bench
