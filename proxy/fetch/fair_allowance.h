#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cache/base/allowance.h"
#include "proxy/http/client_counts.h"

namespace longshore {

// So many of something under way, shared fairly (FairShare). The mirror itself, client "", takes
// what is left. Thread-safe.
class FairAllowance {
 public:
  // One, given back when it is destroyed. The allowance outlives it.
  class Share {
   public:
    Share(Share&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)),
          one_(std::move(other.one_)),
          client_(std::move(other.client_)) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (of_ != nullptr) of_->clients_.Remove(client_);
    }

   private:
    friend class FairAllowance;
    Share(FairAllowance& of, Allowance::Share one, std::string client)
        : of_(&of), one_(std::move(one)), client_(std::move(client)) {}
    FairAllowance* of_;
    Allowance::Share one_;
    std::string client_;
  };

  explicit FairAllowance(uint64_t limit) : all_(limit) {}
  FairAllowance(const FairAllowance&) = delete;
  FairAllowance& operator=(const FairAllowance&) = delete;

  // Nothing: none is left, or none for this client (its network, net/socket.h).
  [[nodiscard]] std::optional<Share> TryTake(const std::string& client) {
    const uint64_t used = all_.used();
    auto one = all_.TryTake(1);
    if (!one) return std::nullopt;
    const uint64_t share_of_one = FairShare(all_.limit(), used);
    const bool is_too_many = clients_.Add(client) >= share_of_one && !client.empty();
    Share share(*this, std::move(*one), client);
    if (!is_too_many) return share;
    ++refused_to_client_;
    return std::nullopt;
  }

  // What is taken already stays taken.
  void SetLimit(uint64_t limit) { all_.SetLimit(limit); }
  uint64_t used() const { return all_.used(); }
  uint64_t refused() const { return all_.refused(); }                // times: none was left
  uint64_t refused_to_client() const { return refused_to_client_; }  // times: none for it

 private:
  Allowance all_;
  ClientCounts clients_;
  std::atomic<uint64_t> refused_to_client_{0};
};

}  // namespace longshore
