#pragma once

#include <string>
#include <utility>

#include "proxy/upstream/upstream.h"
#include "tests/support/fake_transfers.h"

namespace longshore {

// An upstream that passes on what a FakeTransfers call is made to see. One thread.
class PlainUpstream final : public Upstream {
 public:
  const std::string& name() const override { return name_; }
  TransferPtr Start(UpstreamRequest request, TransferObserver& observer) override {
    TransferRequest transfer;
    transfer.method = std::move(request.method);
    transfer.url = std::move(request.path);
    transfer.fields = std::move(request.fields);
    return transfers.Start(std::move(transfer), observer);
  }
  FakeTransfers transfers;

 private:
  const std::string name_ = "hub";
};

}  // namespace longshore
