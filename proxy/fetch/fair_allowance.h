#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cache/base/allowance.h"
#include "proxy/http/client_counts.h"

namespace longshore {

// So much of something and no more, shared fairly (FairShare): fills, bytes in memory. The mirror
// itself, client "", takes what is left. Thread-safe.
class FairAllowance {
 public:
  // What was taken, given back when it is destroyed. The allowance outlives it.
  class Share {
   public:
    Share(Share&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)),
          taken_(std::move(other.taken_)),
          amount_(other.amount_),
          client_(std::move(other.client_)) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (of_ != nullptr) of_->clients_.Remove(client_, amount_);
    }

   private:
    friend class FairAllowance;
    Share(FairAllowance& of, Allowance::Share taken, uint64_t amount, std::string client)
        : of_(&of), taken_(std::move(taken)), amount_(amount), client_(std::move(client)) {}
    FairAllowance* of_;
    Allowance::Share taken_;
    uint64_t amount_;
    std::string client_;
  };

  explicit FairAllowance(uint64_t limit) : all_(limit) {}
  FairAllowance(const FairAllowance&) = delete;
  FairAllowance& operator=(const FairAllowance&) = delete;

  // Nothing: so much is not left, or not for this client (its network, net/socket.h). `amount` is
  // more than nothing.
  [[nodiscard]] std::optional<Share> TryTake(const std::string& client, uint64_t amount = 1) {
    const uint64_t used = all_.used();
    auto taken = all_.TryTake(amount);
    if (!taken) return std::nullopt;
    const uint64_t share_of_one = FairShare(all_.limit(), used);
    const bool is_too_much =
        clients_.Add(client, amount) + amount > share_of_one && !client.empty();
    Share share(*this, std::move(*taken), amount, client);
    if (!is_too_much) return share;
    ++refused_to_client_;
    return std::nullopt;
  }

  // For the mirror itself, and what grows as it comes.
  Allowance& all() { return all_; }
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
