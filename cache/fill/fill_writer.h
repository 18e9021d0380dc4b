#pragma once

#include <memory>

#include "cache/base/thread_pool.h"
#include "cache/fill/blob_fill.h"
#include "cache/fill/fill.h"

namespace longshore {

// The BlobFill that the proxy holds: posts to the lanes of the Fill behind it, and each outcome
// back. Its contract, threads included, is BlobFill's.
class FillWriter final : public BlobFill {
 public:
  FillWriter(std::shared_ptr<Fill> fill, ThreadPool& pool, Executor& executor);
  ~FillWriter() override;

  const std::shared_ptr<PartialBlob>& partial() const override { return fill_->partial(); }
  void Write(uint64_t offset, std::string data, Done done) override;
  uint64_t QueuedBytes() const override { return *queued_; }
  uint64_t HashedBytes() const override { return fill_->hashed(); }
  void Seal(Done done) override;
  void Abandon(Error why) override;

 private:
  const std::shared_ptr<Fill> fill_;
  ThreadPool& pool_;
  Executor& executor_;
  const std::shared_ptr<uint64_t>
      queued_;  // touched on the executor only; outlives us in callbacks on their way
  bool ended_ = false;
};

}  // namespace longshore
