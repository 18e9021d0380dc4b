#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "cache/base/allowance.h"
#include "cache/base/executor.h"
#include "proxy/upstream/collect.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// The small calls to upstreams that are under way on one loop: it owns their collectors until they
// are done. Lives on that loop; destroying it cancels them all.
class UpstreamCalls {
 public:
  UpstreamCalls(Executor& executor, Allowance& memory) : executor_(executor), memory_(memory) {}

  // `done` runs on this loop with the whole answer, at most `limit` bytes of it.
  void Start(Upstream& upstream, UpstreamRequest request, size_t limit, Collector::Done done) {
    const uint64_t id = next_id_++;
    auto collector = std::make_unique<Collector>(
        limit, memory_,
        [this, id, done = std::move(done)](Result<CollectedResponse> answer) mutable {
          auto node = calls_.extract(id);
          // It is the collector that calls us: it goes on a later turn.
          executor_.Post([keep = std::move(node.mapped())] {});
          done(std::move(answer));
        });
    Collector& raw = *collector;
    calls_.emplace(id, std::move(collector));
    raw.Own(upstream.Start(std::move(request), raw));
  }

 private:
  Executor& executor_;
  Allowance& memory_;
  std::unordered_map<uint64_t, std::unique_ptr<Collector>> calls_;
  uint64_t next_id_ = 1;
};

}  // namespace longshore
