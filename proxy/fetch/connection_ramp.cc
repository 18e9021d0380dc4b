#include "proxy/fetch/connection_ramp.h"

#include <algorithm>

namespace longshore {

void ConnectionRamp::OnFirstByte(Duration waited) {
  if (settled_ || waited < kLongWay) return;
  target_ = max_;
  settled_ = true;
}

void ConnectionRamp::OnTick(TimePoint now, uint64_t bytes, int flowing) {
  if (settled_) return;
  // Until all that were asked for deliver, a rate would say nothing of their number.
  if (flowing < target_ || !measuring_) {
    measuring_ = flowing >= target_;
    since_ = now;
    bytes_since_ = bytes;
    return;
  }
  const auto elapsed = std::chrono::duration<double>(now - since_).count();
  if (now - since_ < kMeasure) return;
  const double rate = static_cast<double>(bytes - bytes_since_) / elapsed;
  const bool grew = rate > rate_before_ * kGrowth;
  const bool is_fast = rate > static_cast<double>(kFast);
  if (!grew || is_fast || target_ >= max_) {
    settled_ = true;
    return;
  }
  rate_before_ = rate;
  target_ = std::min(max_, target_ * 2);
  measuring_ = false;
}

void ConnectionRamp::Settle(int flowing) {
  settled_ = true;
  target_ = std::max(1, flowing);
}

}  // namespace longshore
