#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/base/clock.h"
#include "cache/cache.h"
#include "cache/health/disk_patience.h"
#include "metrics/registry.h"
#include "proxy/fetch/admission.h"
#include "proxy/fetch/blob_origin.h"
#include "proxy/fetch/blob_segment.h"
#include "proxy/fetch/connection_ramp.h"
#include "proxy/fetch/fetch_audience.h"
#include "proxy/fetch/fetch_breaks.h"
#include "proxy/fetch/fetch_planner.h"
#include "proxy/fetch/upstream_load.h"
#include "proxy/fetch/upstream_set.h"

namespace longshore {

struct FetchPolicy {
  double complete_partial = 0.25;  // the part of a whole fill that makes it go on without readers
};

// What the fetches of one loop work with; outlives them.
struct FetchContext {
  Executor& executor;
  Cache& cache;
  const UpstreamSet& upstreams;
  const Clock& clock;
  UpstreamLoads& loads;
  FetchPolicy policy;
  metrics::Registry& metrics;
  Admission& admission;
};

// One blob being fetched into the cache. Lives on the digest's home loop, owned by that loop's
// BlobFetches.
//
// opening (space, staging file) → asking (subscribers wait until the upstream answers with the
// blob, unless what they want is present already) → streaming over one or more segments
// (subscribers read the file as it fills) → sealing (the digest is proven) → over.
//
// Which ranges are asked for is FetchPlanner's choice, over how many connections ConnectionRamp's;
// UpstreamLoad bounds them all. A transfer that breaks is continued by range from where it stopped,
// as often as FetchBreaks says. When that is not enough, or no reader is left and policy says so,
// what is present stays recorded for the next fetch: see blob_fetch_end.cc.
class BlobFetch final : public BlobSegment::Owner {
 public:
  using Callback = FetchAudience::Callback;
  // Called once, when nothing more will happen; the owner destroys the fetch on a later turn.
  using OnOver = UniqueFunction<void()>;

  BlobFetch(const FetchContext& context, RepositoryKey source, const NamedContent& content,
            OnOver on_over);
  ~BlobFetch() override;

  void Open();
  // `done` is posted to `executor`.
  void Subscribe(const FetchDemand& demand, Executor& executor, Callback done);
  // All of it, although nobody reads yet.
  void Prefetch();
  // The same, and a transfer of the whole blob is open already. Before Open.
  void Adopt(std::unique_ptr<OpenedTransfer> opened);
  // Said once a second while it is so. If this one waits for the disk, too, and its patience runs
  // out, whoever waits for it is answered kIo, or sees its view fail so, and goes on without. True:
  // from now on it is for nobody.
  [[nodiscard]] bool DiskIsStuck();
  // Does it only wait for its fill to open, to leave it?
  bool IsForNobody() const { return unopened_; }
  const RepositoryKey& source() const { return origin_.source(); }
  uint64_t size() const { return size_; }
  uint64_t Received() const;  // bytes that came from upstream
  uint64_t Present() const;   // bytes in the store; 0 until it is open

  Status OnSegmentHead(BlobSegment& segment, const TransferHead& head) override;
  void OnSegmentEnd(BlobSegment& segment, const Status& status) override;

 private:
  void OnOpened(Result<OpenedFill> opened);
  RangeSet Coming() const;
  void Pump();
  void PumpLater();
  void Answering();
  Status OnRangesIgnored(BlobSegment& segment);
  bool StartNext(FetchState& state);
  void StartSegment(ByteRange range, UpstreamLoad::Slot slot);
  bool StartAdopted();
  BlobSegment& AddSegment(ByteRange range);
  std::optional<NextSegment> Choose(const FetchState& state) const;
  void NoticeDemand(FetchState& state);
  void Tick();
  void ArmTick();
  bool MayGoOn(const BlobSegment& broken, const Error& error);
  bool IsLeftToOthers() const;
  void PauseFor(Duration delay);
  int Flowing() const;
  void OnReaderLeft();
  bool IsWorthCompleting() const;
  bool WaitsForDisk() const;
  void Seal();
  void GiveUp(Error error, bool is_logged);
  void Over(std::string_view outcome);

  const FetchContext context_;
  BlobOrigin origin_;
  const Digest digest_;
  const uint64_t size_;
  const bool compressible_;
  OnOver on_over_;
  UpstreamLoad& load_;

  FetchAudience audience_;
  bool whole_ = false;
  bool prefetch_ = false;

  std::unique_ptr<BlobFill> fill_;
  std::vector<std::unique_ptr<BlobSegment>> segments_;
  ConnectionRamp ramp_;
  bool answering_ = false;      // the upstream has shown that it has the blob
  bool awaits_answer_ = false;  // of what is asked already; nothing else is asked before
  bool sealing_ = false;
  bool over_ = false;
  bool unopened_ = false;  // the disk did not answer: nobody needs to wait for it
  DiskPatience patience_;
  bool ranges_ignored_ = false;
  std::unique_ptr<OpenedTransfer> opened_;  // the first segment's, until that starts
  uint64_t received_before_ = 0;            // by segments that ended
  FetchBreaks breaks_;
  Executor::TimerId tick_ = 0;
  Executor::TimerId pause_ = 0;  // set while waiting after a break: nothing is started
  // Callbacks may come after this object is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longshore
