#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "proxy/upstream/upstream.h"

namespace longshore {

// The upstreams of one loop, by configured name. Filled before the loop runs, then only read. Lives
// on that loop.
class UpstreamSet {
 public:
  void Add(std::unique_ptr<Upstream> upstream) {
    std::string name = upstream->name();
    upstreams_.emplace(std::move(name), std::move(upstream));
  }
  // Names come from the configuration, so every one that is asked for is there.
  Upstream& Get(const std::string& name) const { return *upstreams_.at(name); }

 private:
  std::map<std::string, std::unique_ptr<Upstream>> upstreams_;
};

}  // namespace longshore
