#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace longshore::cli {

// One layer while it is fetched.
struct LayerProgress {
  std::string name;
  uint64_t size = 0;     // bytes
  uint64_t present = 0;  // of those
  std::string state;     // waiting, filling, present, failed
};

// Shows layers as they come. On a terminal: a bar each with bytes and rate, those that are over as
// plain lines above. Elsewhere: a line whenever a layer changes its state. Pure but for what it
// remembers between two looks: `Show` answers the text to write.
class ProgressView {
 public:
  using Time = std::chrono::steady_clock::time_point;

  ProgressView(bool terminal, size_t columns, size_t rows)
      : terminal_(terminal), columns_(columns), rows_(rows) {}

  std::string Show(const std::vector<LayerProgress>& layers, Time now);

 private:
  struct Point {
    Time at;
    uint64_t bytes;
  };
  std::string Line(const LayerProgress& layer) const;
  std::string Bar(const LayerProgress& layer, uint64_t rate) const;
  uint64_t RateOf(const std::string& name, uint64_t bytes, Time now);

  const bool terminal_;
  const size_t columns_;
  const size_t rows_;
  size_t drawn_ = 0;                           // lines that the next look draws over
  std::map<std::string, std::string> states_;  // as last told
  std::map<std::string, std::deque<Point>> points_;
};

}  // namespace longshore::cli
