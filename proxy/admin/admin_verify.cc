#include "proxy/admin/admin_verify.h"

#include "cache/base/log.h"

namespace longshore {

void AdminVerify::Start() {
  Next();
}

void AdminVerify::Next() {
  services_.pool.Post("verify", kVerifyLane, [self = shared_from_this()] {
    self->services_.executor.Post([self, step = self->Work()] { self->OnStep(step); });
  });
}

Result<AdminVerify::Step> AdminVerify::Work() {
  if (only_) {
    if (begun_) return Step{};
    page_.digests = {*only_};
  } else if (at_ == page_.digests.size()) {
    if (begun_ && page_.next.empty()) return Step{};
    auto page = services_.cache.inventory().ListBlobs(page_.next, kPage);
    if (!page) return tl::unexpected(page.error());
    page_ = std::move(*page);
    at_ = 0;
  }
  begun_ = true;
  if (page_.digests.empty()) return Step{};
  const Digest digest = page_.digests[at_++];
  auto verified = services_.cache.inventory().Verify(digest);
  if (!verified) return tl::unexpected(verified.error());
  return Step{digest, *verified};
}

void AdminVerify::OnStep(const Result<Step>& step) {
  if (!step) {
    task_->state = AdminTask::State::kFailed;
    task_->message = step.error().message;
    log::Warn("verify", step.error().message);
    return;
  }
  if (!step->digest) {
    Finish();
    return;
  }
  if (step->verified.found) {
    ++task_->checked;
    task_->checked_bytes += step->verified.bytes;
  }
  if (step->verified.found && !step->verified.intact &&
      task_->damaged.size() < AdminTasks::kMostItems) {
    task_->damaged.push_back(*step->digest);
  }
  Next();
}

void AdminVerify::Finish() {
  task_->state = AdminTask::State::kDone;
  if (only_ && task_->checked == 0) {
    task_->state = AdminTask::State::kFailed;
    task_->message = only_->ToString() + " is not stored here as a blob";
  } else if (task_->damaged.empty()) {
    task_->message = "all bytes are those of their digests";
  } else {
    task_->state = AdminTask::State::kFailed;
    task_->message = std::to_string(task_->damaged.size()) +
                     " damaged: no longer served, and fetched again when a client asks. Check the "
                     "disk";
  }
}

}  // namespace longshore
