#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace longshore {

// So much of something and no more: bytes in memory, connections, work under way. Thread-safe,
// without a lock.
class Allowance {
 public:
  // What was taken, given back when it is destroyed. The allowance outlives it.
  class Share {
   public:
    Share(Share&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), amount_(std::exchange(other.amount_, 0)) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (of_ != nullptr) of_->used_.fetch_sub(amount_, std::memory_order_relaxed);
    }
    // False: no more is left; the share stays as it was.
    [[nodiscard]] bool Grow(uint64_t more) {
      if (!of_->Take(more)) return false;
      amount_ += more;
      return true;
    }

   private:
    friend class Allowance;
    Share(Allowance& of, uint64_t amount) : of_(&of), amount_(amount) {}
    Allowance* of_;
    uint64_t amount_;
  };

  explicit Allowance(uint64_t limit) : limit_(limit) {}
  Allowance(const Allowance&) = delete;
  Allowance& operator=(const Allowance&) = delete;

  // Nothing: so much is not left. An empty share may always be taken.
  [[nodiscard]] std::optional<Share> TryTake(uint64_t amount) {
    if (!Take(amount)) return std::nullopt;
    return Share(*this, amount);
  }

  // What is taken already stays taken.
  void SetLimit(uint64_t limit) { limit_.store(limit, std::memory_order_relaxed); }
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }  // times

 private:
  bool Take(uint64_t amount) {
    const uint64_t before = used_.fetch_add(amount, std::memory_order_relaxed);
    const uint64_t limit = limit_.load(std::memory_order_relaxed);
    if (amount == 0 || (before <= limit && amount <= limit - before)) return true;
    used_.fetch_sub(amount, std::memory_order_relaxed);
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  std::atomic<uint64_t> limit_;
  std::atomic<uint64_t> used_{0};
  std::atomic<uint64_t> refused_{0};
};

}  // namespace longshore
