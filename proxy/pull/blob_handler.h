#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/pull/blob_body.h"
#include "proxy/pull/pull_request.h"
#include "proxy/pull/pull_services.h"
#include "proxy/pull/relay_body.h"

namespace longshore {

// GET and HEAD of blobs. Lives on one loop.
//
//   1. May this repository see it? Linked (a manifest of the repository names it, or the upstream
//      said so), else the upstream is asked, which also gives the size: by HEAD, or, when all of it
//      is wanted and nothing is here, by the very GET that fetches it.
//   2. HEAD is answered from that, and so is who holds it already (If-None-Match). Neither starts a
//      fill.
//   3. Sealed: served from its file. Otherwise the fetch of its digest is joined or started and its
//      file read as it fills. When it cannot be stored it is relayed.
class BlobHandler {
 public:
  explicit BlobHandler(PullServices& services) : services_(services) {}

  void Handle(const PullRequest& request);

 private:
  void OnLookup(const PullRequest& request, const BlobLookup& known);
  void Confirm(const PullRequest& request, const BlobLookup& known);
  void OnConfirmed(const PullRequest& request, const BlobLookup& known, BlobConfirms::Ask asked,
                   const Result<uint64_t>& size);
  void RespondUnlessStored(const PullRequest& request, const Error& error);
  void Proceed(const PullRequest& request, const BlobLookup& known, Verdict if_held);
  void Fetch(const PullRequest& request, const NamedContent& content, Verdict if_held);
  void OnFetched(const PullRequest& request, uint64_t size, bool wants_all, Verdict if_held,
                 Result<FetchedBlob> fetched);
  void RespondNotModified(const PullRequest& request, uint64_t size, Verdict verdict);
  void RespondHead(const PullRequest& request, uint64_t size, Verdict verdict);
  void RespondUnsatisfiable(const PullRequest& request, uint64_t size);
  void Serve(const PullRequest& request, const BlobView& view, BlobBody::Reading reading,
             Verdict verdict);
  void ServeFrames(const PullRequest& request, const BlobView& view, Verdict verdict);
  // For whom a body is made, which must not hold the exchange that holds it.
  struct Reader {
    std::string client;
    RepositoryKey source;
  };
  std::unique_ptr<BodySource> NewBody(const Reader& reader, const BlobView& view,
                                      std::vector<ByteRange> ranges, bool is_open_ended,
                                      BlobBody::Reading reading);
  std::unique_ptr<DiskBody> NewDiskBody(const BlobView& view, ByteRange range, bool is_open_ended,
                                        BlobBody::Reading reading);
  std::unique_ptr<BodySource> RelayRest(const Reader& reader, const BlobView& view,
                                        RelayedPart part);
  std::optional<FairAllowance::Share> TakeMemory(const std::string& client);
  void Relay(const PullRequest& request, uint64_t size);

  PullServices& services_;
  // Until their upstream has answered; then the exchange has them.
  std::list<std::unique_ptr<RelayBody>> unanswered_;
};

}  // namespace longshore
