#include "proxy/upstream/collect.h"

#include <utility>

namespace longshore {

void Collector::OnBody(std::string_view data) {
  if (response_.body.size() + data.size() > limit_) {
    Finish(Fail(Code::kTooLarge, "the answer is larger than " + std::to_string(limit_) + " bytes"));
    return;
  }
  if (memory_ && !memory_->Grow(data.size())) {
    Finish(Fail(Code::kUnavailable, "this mirror is busy: no memory is left for the answer"));
    return;
  }
  response_.body += data;
}

void Collector::OnDone(const TransferEnd& end) {
  if (!end.status) {
    Finish(tl::unexpected(end.status.error()));
    return;
  }
  Finish(std::move(response_));
}

void Collector::Finish(Result<CollectedResponse> result) {
  transfer_.reset();
  Done done = std::move(done_);
  done(std::move(result));  // may destroy this
}

}  // namespace longshore
