#include "bench/replay/policy.h"

#include "bench/replay/belady.h"
#include "bench/replay/simple_policies.h"
#include "bench/replay/tiny_lfu.h"
#include "cache/eviction/eviction.h"

namespace longshore::bench {
namespace {

// What the server runs, called as the server calls it: room is made first, then the object stored.
class Longshore final : public Policy {
 public:
  using Policy::Policy;

  bool Request(uint32_t object) override {
    // Digests are spread over all keys; so are these.
    const ObjectKey key = (object + 1) * 0x9e3779b97f4a7c15u & kMaxObjectKey & ~ObjectKey{3};
    if (policy_->Access(key) > 0) return true;
    if (sizes_[object] > capacity_) return false;
    while (policy_->Bytes() + sizes_[object] > capacity_) (void)policy_->TakeVictim();
    policy_->Insert({key, sizes_[object]});
    return false;
  }

 private:
  const std::unique_ptr<EvictionPolicy> policy_ = MakeEvictionPolicy();
};

template <typename T>
std::unique_ptr<Policy> Make(const Workload& workload, uint64_t capacity) {
  return std::make_unique<T>(workload, capacity);
}

}  // namespace

const std::vector<NamedPolicy>& Policies() {
  static const std::vector<NamedPolicy> kPolicies = {
      {"longshore", Make<Longshore>},
      {"lru", Make<OneQueue<true>>},
      {"fifo", Make<OneQueue<false>>},
      {"s3-fifo", Make<S3Fifo>},
      {"gdsf", Make<Gdsf>},
      {"w-tinylfu", Make<TinyLfu>},
      {"belady", Make<Belady<false>>},
      {"belady-size", Make<Belady<true>>},
  };
  return kPolicies;
}

}  // namespace longshore::bench
