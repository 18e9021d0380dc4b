#include "proxy/fetch/blob_fetch.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "cache/base/log.h"
#include "proxy/upstream/retry_after.h"

namespace longshore {
namespace {

constexpr Duration kTick{50};

bool IsPassing(Code code) {
  return code == Code::kUnavailable || code == Code::kTimeout || code == Code::kRateLimited ||
         code == Code::kBadUpstream;
}

// Of one who speaks for the upstream: it does not have it, or does not give it.
bool IsAnswer(Code code) {
  return code == Code::kNotFound || code == Code::kDenied;
}

}  // namespace

BlobFetch::BlobFetch(const FetchContext& context, RepositoryKey source, const NamedContent& content,
                     OnOver on_over)
    : context_(context),
      origin_(std::move(source), content.digest),
      digest_(content.digest),
      size_(content.size),
      compressible_(content.compressible),
      on_over_(std::move(on_over)),
      load_(context.loads.Get(origin_.source().upstream)),
      audience_(context.executor, [this] { OnReaderLeft(); }),
      ramp_(load_.max_per_blob()) {
  // Known before anything is asked, a long way costs no cut; what may come encoded is never cut.
  if (!compressible_) ramp_.OnFirstByte(load_.first_byte());
}

BlobFetch::~BlobFetch() {
  context_.executor.CancelTimer(tick_);
  context_.executor.CancelTimer(pause_);
  if (fill_) fill_->partial()->UnwatchDemand();
}

void BlobFetch::Open() {
  context_.cache.OpenFill(digest_, size_, context_.executor,
                          [this, alive = std::weak_ptr<bool>(alive_)](Result<OpenedFill> opened) {
                            if (!alive.expired()) OnOpened(std::move(opened));
                          });
}

void BlobFetch::Subscribe(const FetchDemand& demand, Executor& executor, Callback done) {
  audience_.Add(demand, executor, std::move(done));
  if (unopened_) {
    audience_.AnswerAll(tl::unexpected(DiskDoesNotAnswer()));
    return;
  }
  if (fill_) audience_.Note(*fill_->partial(), Coming());
  whole_ = whole_ || demand.whole;
  if (!fill_) return;
  if (answering_) {
    audience_.AnswerAll(BlobView(fill_->partial()));
  } else {
    audience_.AnswerPresent(fill_->partial());
  }
  Pump();
}

void BlobFetch::Prefetch() {
  whole_ = true;
  prefetch_ = true;
  if (fill_) Pump();
}

void BlobFetch::Adopt(std::unique_ptr<OpenedTransfer> opened) {
  whole_ = true;
  opened_ = std::move(opened);
}

void BlobFetch::OnOpened(Result<OpenedFill> opened) {
  if (!opened) {
    // Whatever the store says, it is no answer of the upstream's: who asked is relayed.
    const bool is_space = opened.error().code == Code::kNoSpace;
    audience_.AnswerAll(
        Fail(is_space ? Code::kNoSpace : Code::kIo, std::move(opened.error().message)));
    Over(is_space ? "no_space" : "failed");
    return;
  }
  if (auto* sealed = std::get_if<std::shared_ptr<const SealedBlob>>(&*opened)) {
    audience_.AnswerAll(BlobView(*sealed));
    Over("present");
    return;
  }
  fill_ = std::move(std::get<std::unique_ptr<BlobFill>>(*opened));
  patience_.Reset();
  if (unopened_) {
    GiveUp({Code::kCancelled, "those who wanted it have gone on without the disk"}, false);
    return;
  }
  fill_->partial()->WatchDemand(context_.executor, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Pump();
  });
  audience_.Note(*fill_->partial(), {});
  // Who wants only what is here need not wait for the upstream.
  audience_.AnswerPresent(fill_->partial());
  if (!StartAdopted()) Pump();
}

// What those who are here wait for, as far as it was asked for.
RangeSet BlobFetch::Coming() const {
  RangeSet coming;
  if (whole_ || sealing_) coming.Add({0, size_});
  for (const auto& segment : segments_) coming.Add({segment->begin(), segment->end()});
  return coming;
}

// From inside a transfer's callback, where nothing may be started.
void BlobFetch::PumpLater() {
  context_.executor.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Pump();
  });
}

// Starts what should run now. Called whenever something changed.
void BlobFetch::Pump() {
  if (over_ || sealing_ || !fill_) return;
  const RangeSet present = fill_->partial()->Present();
  if (present.Contains({0, size_})) {
    if (segments_.empty()) Seal();
    return;
  }
  if (pause_ != 0 || awaits_answer_) return;
  FetchState state{size_, present, {}, {}, false, load_.first_byte()};
  for (const auto& segment : segments_) {
    state.active.push_back(
        {segment->begin(), segment->position(), segment->end(), segment->Rate()});
  }
  NoticeDemand(state);
  while (StartNext(state)) {
  }
  if (!segments_.empty()) ArmTick();
}

void BlobFetch::NoticeDemand(FetchState& state) {
  state.wanted = fill_->partial()->Demand();
  for (const ByteRange& wanted : audience_.Wanted()) state.wanted.push_back(wanted);
  // What is present and still waited for is held back: only the proof, and so all the rest,
  // releases it.
  for (const ByteRange& wanted : state.wanted) {
    if (wanted.begin < size_ && state.present.Contains({wanted.begin, wanted.begin + 1}) &&
        fill_->partial()->ReadableFrom(wanted.begin).readable_end == wanted.begin) {
      whole_ = true;
    }
  }
  state.whole = whole_;
}

std::optional<NextSegment> BlobFetch::Choose(const FetchState& state) const {
  if (ranges_ignored_) {
    // Every transfer starts at byte 0 anyway: one at a time.
    if (!segments_.empty()) return std::nullopt;
    const auto gap = state.present.FirstGap({0, size_});
    return gap ? std::optional(NextSegment{{gap->begin, size_}, std::nullopt}) : std::nullopt;
  }
  const auto count = static_cast<int>(segments_.size());
  if (count >= load_.max_per_blob()) return std::nullopt;
  // A part for each connection that may be used at once, where that is known from the start.
  const int free = state.whole && !compressible_ ? ramp_.target() - count : 1;
  if (auto urgent = FetchPlanner::Urgent(state)) return FetchPlanner::ShareOf(*urgent, free);
  if (count >= ramp_.target()) return std::nullopt;
  if (auto idle = FetchPlanner::Idle(state)) return FetchPlanner::ShareOf(*idle, free);
  return FetchPlanner::Steal(state, free);
}

bool BlobFetch::StartNext(FetchState& state) {
  const auto next = Choose(state);
  if (!next) return false;
  auto slot = load_.TryAcquire();
  if (!slot) {
    // Others use all connections: with one of our own we go on, without we look again soon.
    if (segments_.empty()) ArmTick();
    return false;
  }
  if (next->cut) {
    state.active[*next->cut].end = next->range.begin;
    segments_[*next->cut]->CutTo(next->range.begin);
  }
  state.active.push_back({next->range.begin, next->range.begin, next->range.end});
  StartSegment(next->range, std::move(*slot));
  return true;
}

void BlobFetch::StartSegment(ByteRange range, UpstreamLoad::Slot slot) {
  const bool is_all = range == ByteRange{0, size_};
  AddSegment(range).Start(context_.upstreams.Get(source().upstream),
                          origin_.NextRequest(compressible_ && is_all), std::move(slot));
}

// False: there is none, or it is of no use, as some bytes are here already.
bool BlobFetch::StartAdopted() {
  std::unique_ptr<OpenedTransfer> opened = std::move(opened_);
  if (!opened || !fill_->partial()->Present().Empty()) return false;
  AddSegment({0, size_}).Adopt(std::move(opened));
  ArmTick();
  return true;
}

BlobSegment& BlobFetch::AddSegment(ByteRange range) {
  log::Debug("fetch", "segment begins",
             {{"digest", digest_.ToString()},
              {"begin", range.begin},
              {"bytes", range.size()},
              {"connections", static_cast<uint64_t>(segments_.size() + 1)}});
  return *segments_.emplace_back(
      std::make_unique<BlobSegment>(*this, *fill_, context_.clock, size_, range));
}

Status BlobFetch::OnSegmentHead(BlobSegment& segment, const TransferHead& head) {
  if (IsEncoded(head)) {
    // Cut in two it would come as identity, and so as more bytes.
    ramp_.Settle(1);
    Answering();
    return {};
  }
  if (Status is_same = origin_.OnHead(head); !is_same) return is_same;
  if (segment.was_ranged() && head.status == 200) return OnRangesIgnored(segment);
  Answering();
  return {};
}

// From now on one transfer of all of it goes on, the others end.
Status BlobFetch::OnRangesIgnored(BlobSegment& segment) {
  ranges_ignored_ = true;
  ramp_.Settle(1);
  Answering();
  for (const auto& other : segments_) {
    if (other.get() == &segment || !other->gets_all()) continue;
    other->TakeFrom(other->begin());
    return Fail(Code::kBadUpstream, "the upstream ignores ranges");
  }
  const auto missing = fill_->partial()->Present().FirstGap({0, size_});
  segment.TakeFrom(missing ? missing->begin : segment.begin());
  return {};
}

// The upstream has shown that it has the blob.
void BlobFetch::Answering() {
  if (!answering_) ramp_.StartAt(std::max(ramp_.target(), load_.learned()));
  answering_ = true;
  awaits_answer_ = false;
  audience_.AnswerAll(BlobView(fill_->partial()));
  PumpLater();
}

void BlobFetch::OnSegmentEnd(BlobSegment& segment, const Status& status) {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [&segment](const auto& item) { return item.get() == &segment; });
  const uint64_t received = segment.received();
  received_before_ += received;
  log::Debug("fetch", "segment ends",
             {{"digest", digest_.ToString()}, {"begin", segment.begin()}, {"received", received}});
  context_.executor.Post([old = std::move(*found)] {});
  segments_.erase(found);
  if (over_) return;
  if (status) {
    breaks_.OnProgress();
    PumpLater();
    return;
  }
  const Error& error = status.error();
  // What fails before there is an answer the registry has logged.
  const bool is_logged = !segment.was_answered();
  if (!MayGoOn(segment, error)) {
    // Not so what is an answer, and that nothing was sent; where a blob is under way it is news.
    const bool is_told = IsAnswer(error.code) || segment.was_held_off();
    GiveUp(error, is_logged && !(answering_ && is_told));
    return;
  }
  if (!is_logged && !IsLeftToOthers() && !breaks_.IsOldNews()) {
    log::Info("fetch", "continuing after a break",
              {{"upstream", source().upstream},
               {"digest", digest_.ToString()},
               {"received", received},
               {"reason", error.message}});
  }
  PumpLater();
}

// Says also when what it lacks may be asked for again.
bool BlobFetch::MayGoOn(const BlobSegment& broken, const Error& error) {
  origin_.OnBroken(error.code);
  // Others have another answer, as long as they deliver.
  const bool is_disproven = IsAnswer(error.code) && Flowing() > 0;
  if (!IsPassing(error.code) && !is_disproven) return false;
  if (IsLeftToOthers()) return true;
  if (!answering_) {
    // Whether the upstream has it is for those to say that are still asked.
    if (segments_.empty()) return false;
    awaits_answer_ = true;
  }
  // What this one lacks is for others to take over that still deliver, or for the next one.
  if (Flowing() > 0) ramp_.Settle(Flowing());
  if (broken.received() >= FetchBreaks::kProgress) {
    breaks_.OnProgress();
    return true;
  }
  Duration asked = std::chrono::seconds(error.retry_after);
  if (broken.was_held_off()) asked = std::max(asked, kDefaultPatience);
  const bool others_deliver = Flowing() > 0 || awaits_answer_;
  const auto wait =
      breaks_.OnBreak(context_.clock.Now(), {broken.began(), Received(), asked, others_deliver});
  if (!wait) return false;
  if (*wait > Duration{0}) PauseFor(*wait);
  return true;
}

// Where ranges are ignored only one goes on; that others end is no break.
bool BlobFetch::IsLeftToOthers() const {
  return ranges_ignored_ && !segments_.empty();
}

void BlobFetch::PauseFor(Duration delay) {
  context_.executor.CancelTimer(pause_);
  pause_ = context_.executor.RunAfter(delay, [this] {
    pause_ = 0;
    Pump();
  });
}

void BlobFetch::ArmTick() {
  if (tick_ != 0) return;
  tick_ = context_.executor.RunAfter(kTick, [this] {
    tick_ = 0;
    Tick();
  });
}

void BlobFetch::Tick() {
  const bool was_settled = ramp_.IsSettled();
  ramp_.OnTick(context_.clock.Now(), Received(), Flowing());
  if (!was_settled && ramp_.IsSettled()) load_.Learn(ramp_.target());
  Pump();
}

uint64_t BlobFetch::Present() const {
  return fill_ ? fill_->partial()->Present().TotalBytes() : 0;
}

uint64_t BlobFetch::Received() const {
  uint64_t sum = received_before_;
  for (const auto& segment : segments_) sum += segment->received();
  return sum;
}

int BlobFetch::Flowing() const {
  return static_cast<int>(std::count_if(segments_.begin(), segments_.end(),
                                        [](const auto& segment) { return segment->is_flowing(); }));
}

}  // namespace longshore
