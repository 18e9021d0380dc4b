// How a fetch ends: its blob is proven, its readers leave, or it is given up, for the upstream's
// sake or for the disk's.
#include <utility>

#include "cache/base/log.h"
#include "proxy/fetch/blob_fetch.h"

namespace longshore {

bool BlobFetch::IsWorthCompleting() const {
  if (prefetch_) return true;
  if (!whole_) return false;
  const auto have = static_cast<double>(fill_->partial()->Present().TotalBytes());
  return have >= static_cast<double>(size_) * context_.policy.complete_partial;
}

void BlobFetch::OnReaderLeft() {
  if (!audience_.IsEmpty() || over_ || sealing_ || IsWorthCompleting()) return;
  if (fill_->partial()->Present().Contains({0, size_})) return;
  GiveUp({Code::kCancelled, "no reader is left"}, false);
}

// Once it is proven, nobody waits for what the disk has still to do.
bool BlobFetch::WaitsForDisk() const {
  if (!fill_) return true;
  if (fill_->partial()->ReadableFrom(0).state != PartialBlob::State::kFilling) return false;
  return sealing_ || fill_->QueuedBytes() > 0;
}

bool BlobFetch::DiskIsStuck() {
  if (over_ || unopened_) return false;
  if (!WaitsForDisk()) {
    patience_.Reset();
    return false;
  }
  const uint64_t hashed = fill_ ? fill_->HashedBytes() : 0;
  if (!patience_.HasRunOut(Present() + hashed, context_.clock.Now())) return false;
  const Error why = DiskDoesNotAnswer();
  if (!fill_) {
    unopened_ = true;
    opened_.reset();
    audience_.AnswerAll(tl::unexpected(why));
    return true;
  }
  // Its readers see it now, not when the fill leaves in its turn.
  fill_->partial()->Fail(why);
  GiveUp(why, true);
  return false;
}

void BlobFetch::Seal() {
  sealing_ = true;
  answering_ = true;
  audience_.AnswerAll(BlobView(fill_->partial()));
  fill_->Seal([this, alive = std::weak_ptr<bool>(alive_)](const Status& status) {
    if (alive.expired()) return;
    if (!status) {
      log::Error("fetch", "not sealed",
                 {{"upstream", source().upstream},
                  {"repository", source().name},
                  {"digest", digest_.ToString()},
                  {"reason", status.error().message}});
      // Why matters to those who wait for the end: when it is the disk they go on without it.
      fill_->Abandon(status.error());
    }
    const bool is_wrong = !status && status.error().code == Code::kCorrupt;
    Over(status ? "sealed" : is_wrong ? "mismatch" : "failed");
  });
}

void BlobFetch::GiveUp(Error error, bool is_logged) {
  const bool is_quiet = error.code == Code::kCancelled;
  if (!is_logged) {
    log::Write(is_quiet ? log::Level::kInfo : log::Level::kWarn, "fetch", "given up",
               {{"upstream", source().upstream},
                {"repository", source().name},
                {"digest", digest_.ToString()},
                {"reason", error.message}});
  }
  audience_.AnswerAll(tl::unexpected(error));
  Over(is_quiet ? "left" : "failed");
  fill_->Abandon(std::move(error));
}

void BlobFetch::Over(std::string_view outcome) {
  if (std::exchange(over_, true)) return;
  context_.metrics.GetCounter(metrics::names::kFillsTotal, {outcome}).Add();
  if (ramp_.target() > load_.learned()) load_.Learn(ramp_.target());
  on_over_();
}

}  // namespace longshore
