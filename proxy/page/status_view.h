#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longshore {

// All that the status page shows, as plain values. Times are wall milliseconds, sizes bytes.
struct StatusView {
  std::string version;
  std::string region;
  bool ready = true;
  bool drained = false;
  int64_t now = 0;
  uint64_t connections = 0;
  std::vector<std::string> problems;  // sentences; empty: all is well
  std::string said;                   // what the last action did; may be empty

  struct Minute {
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t client_bytes = 0;
    uint64_t upstream_bytes = 0;
  };
  std::vector<Minute> minutes;  // the last hour, oldest first

  uint64_t used = 0;
  uint64_t capacity = 0;
  uint64_t evictions = 0;

  struct Upstream {
    enum class State { kIdle, kAnswering, kFailing, kLeftAlone };
    std::string name;
    std::string url;
    State state = State::kIdle;  // of the last five minutes
    uint64_t answers = 0;
    uint64_t failures = 0;
    int open = 0;  // blob connections
    int most = 0;
    int limit_left = -1;  // of its rate limit, in percent; -1: none known
  };
  std::vector<Upstream> upstreams;

  struct Fill {
    std::string repository;  // "docker.io/library/debian"
    std::string digest;
    uint64_t size = 0;
    uint64_t present = 0;
  };
  std::vector<Fill> fills;

  struct Pulled {
    std::string repository;
    uint64_t pulls = 0;
  };
  std::vector<Pulled> pulled;  // most first

  struct Blob {
    std::string digest;
    std::string repository;  // may be empty: not known
    uint64_t bytes = 0;
    int64_t last_use = 0;  // 0: never recorded
  };
  uint64_t blobs = 0;
  std::vector<Blob> largest;
  std::vector<Blob> coldest;

  struct Image {
    std::string reference;
    uint64_t bytes = 0;
    uint64_t present = 0;
    int64_t proven_at = 0;
    bool pinned = false;
  };
  std::string query;  // what was searched for
  std::vector<Image> images;
  bool more_images = false;
};

}  // namespace longshore
