#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "cache/base/allowance.h"
#include "cache/base/unique_function.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

// A whole small response.
struct CollectedResponse {
  TransferHead head;
  std::string body;
};

// Gathers one transfer into memory, up to `limit` bytes of body (beyond: kTooLarge), and as far as
// `memory` allows while it does (beyond: kUnavailable). Lives on the transfer's loop; `done` is
// called once, then the collector may be destroyed, also from inside it. Destroying it earlier
// cancels.
class Collector final : public TransferObserver {
 public:
  using Done = UniqueFunction<void(Result<CollectedResponse>)>;

  Collector(size_t limit, Done done) : limit_(limit), done_(std::move(done)) {}
  Collector(size_t limit, Allowance& memory, Done done)
      : limit_(limit), memory_(memory.TryTake(0)), done_(std::move(done)) {}

  // Hands over the transfer that reports to this collector.
  void Own(TransferPtr transfer) { transfer_ = std::move(transfer); }

  void OnHead(const TransferHead& head) override { response_.head = head; }
  void OnBody(std::string_view data) override;
  void OnDone(const TransferEnd& end) override;

 private:
  void Finish(Result<CollectedResponse> result);

  const size_t limit_;
  std::optional<Allowance::Share> memory_;  // for what was gathered; without one, no matter
  Done done_;
  TransferPtr transfer_;
  CollectedResponse response_;
};

}  // namespace longshore
