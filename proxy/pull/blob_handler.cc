#include "proxy/pull/blob_handler.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "cache/base/log.h"
#include "proxy/fetch/blob_path.h"
#include "proxy/fetch/page_cache.h"
#include "proxy/http/range_header.h"
#include "proxy/oci/hop.h"
#include "proxy/pull/continued_body.h"
#include "proxy/pull/frames_body.h"
#include "proxy/pull/multipart_body.h"
#include "proxy/pull/wanted_bytes.h"

namespace longshore {
namespace {

constexpr std::string_view kBlobType = "application/octet-stream";
// Of a blob that is kept as identity: if they are in memory, the response goes out in one write.
constexpr uint64_t kFewBytes = 16 * 1024;

Response NewBlobResponse(int status, const PullRequest& request) {
  const std::string& digest = request.route.reference;  // as the digest itself is written
  Response response = NewResponse(status, request.route.ns);
  response.fields.Add("Docker-Content-Digest", digest);
  response.fields.Add("ETag", ETagOf(digest));
  response.fields.Add("Accept-Ranges", "bytes");
  return response;
}

WantedBytes Wanted(const PullRequest& request, uint64_t size) {
  return WantedOf(request.exchange->request(), request.route.reference, size);
}

bool IsHeldByClient(const PullRequest& request) {
  return MatchesIfNoneMatch(request.exchange->request(), request.route.reference);
}

// Does another Longshore ask, that takes stored frames?
bool IsHop(const Request& request) {
  return request.fields.Get(kHopField) == kHopZstd &&
         request.fields.Get("Accept-Encoding").value_or("").find("zstd") != std::string_view::npos;
}

// What became of a request that joined a fetch. `if_held`: what it is called if all was here. Of a
// whole blob that is the case once it is stored: before, it hangs on what others began.
Verdict VerdictOf(const FetchedBlob& fetched, bool wants_all, Verdict if_held) {
  if (fetched.collapsed) return Verdict::kCollapsed;
  // The fetch began with the very question whether the upstream has it.
  if (if_held == Verdict::kMiss) return Verdict::kMiss;
  switch (fetched.held) {
    case Held::kAll:
      return wants_all && !fetched.view.IsSealed() ? Verdict::kCollapsed : if_held;
    case Held::kSome:
      return Verdict::kPartial;
    case Held::kNothing:
      break;
  }
  return Verdict::kMiss;
}

}  // namespace

void BlobHandler::Handle(const PullRequest& request) {
  const Digest& digest = *request.route.digest;
  if (auto known = services_.cache.PeekBlob(request.repository, digest)) {
    OnLookup(request, *known);
    return;
  }
  services_.cache.LookupBlob(request.repository, digest, services_.executor,
                             [this, request](Result<BlobLookup> known) {
                               OnLookup(request, known.value_or(BlobLookup{}));
                             });
}

void BlobHandler::OnLookup(const PullRequest& request, const BlobLookup& known) {
  if (!known.linked || !known.size) {
    Confirm(request, known);
    return;
  }
  Proceed(request, known, Verdict::kHit);
}

void BlobHandler::Confirm(const PullRequest& request, const BlobLookup& known) {
  const Digest digest = *request.route.digest;
  const Request& http = request.exchange->request();
  const bool wants_all = http.method == "GET" && !http.fields.Get("Range") && !known.sealed &&
                         !IsHeldByClient(request);
  const auto ask = wants_all && !known.begun ? BlobConfirms::Ask::kWhole : BlobConfirms::Ask::kHead;
  services_.confirms.At(digest.Hash(), [this, request, client = request.exchange->record().network,
                                        digest, known, ask](BlobConfirms& confirms) {
    confirms.Confirm(client, request.repository, digest, ask, services_.executor,
                     [this, request, known, ask](const Flown<uint64_t>& size) {
                       OnConfirmed(request, known, ask, size.value);
                     });
  });
}

void BlobHandler::OnConfirmed(const PullRequest& request, const BlobLookup& known,
                              BlobConfirms::Ask asked, const Result<uint64_t>& size) {
  if (!size) {
    RespondUnlessStored(request, size.error());
    return;
  }
  BlobLookup confirmed = known;
  confirmed.linked = true;
  confirmed.size = known.sealed ? known.sealed->size : *size;
  const bool is_new =
      asked == BlobConfirms::Ask::kWhole || (request.exchange->IsHead() && !known.sealed);
  Proceed(request, confirmed, is_new ? Verdict::kMiss : Verdict::kRevalidated);
}

// A fill may have ended between the look into the store and the question to the upstream.
void BlobHandler::RespondUnlessStored(const PullRequest& request, const Error& error) {
  services_.cache.LookupBlob(request.repository, *request.route.digest, services_.executor,
                             [this, request, error](const Result<BlobLookup>& known) {
                               if (known && known->linked && known->sealed) {
                                 Proceed(request, *known, Verdict::kHit);
                               } else {
                                 RespondError(request, error);
                               }
                             });
}

// `if_held`: the verdict if all that was asked for is here, as what HEAD asks for is.
void BlobHandler::Proceed(const PullRequest& request, const BlobLookup& known, Verdict if_held) {
  const uint64_t size = known.sealed ? known.sealed->size : *known.size;
  if (IsHeldByClient(request)) {
    RespondNotModified(request, size, if_held);
  } else if (request.exchange->IsHead()) {
    RespondHead(request, size, if_held);
  } else if (known.sealed) {
    Serve(request, BlobView(known.sealed), nullptr, if_held);
  } else {
    Fetch(request, {*request.route.digest, size, known.compressible}, if_held);
  }
}

void BlobHandler::Fetch(const PullRequest& request, const NamedContent& content, Verdict if_held) {
  const uint64_t size = content.size;
  const WantedBytes wanted = Wanted(request, size);
  if (wanted.IsBeyondTheEnd()) {
    RespondUnsatisfiable(request, size);
    return;
  }
  const FetchDemand demand = DemandOf(wanted, size);
  auto done = [this, request, size, wants_all = !wanted.IsPart(),
               if_held](Result<FetchedBlob> fetched) {
    OnFetched(request, size, wants_all, if_held, std::move(fetched));
  };
  services_.blobs.At(content.digest.Hash(),
                     [this, request, client = request.exchange->record().network, content, demand,
                      done = std::move(done)](BlobFetches& fetches) mutable {
                       fetches.Subscribe(client, request.repository, content, demand,
                                         services_.executor, std::move(done));
                     });
}

void BlobHandler::OnFetched(const PullRequest& request, uint64_t size, bool wants_all,
                            Verdict if_held, Result<FetchedBlob> fetched) {
  if (fetched) {
    Serve(request, fetched->view, fetched->reading, VerdictOf(*fetched, wants_all, if_held));
  } else if (fetched.error().code == Code::kNoSpace || fetched.error().code == Code::kIo) {
    log::Info("relay", "streamed through, not stored",
              {{"digest", request.route.digest->ToString()}, {"reason", fetched.error().message}});
    Relay(request, size);
  } else {
    RespondError(request, fetched.error());
  }
}

void BlobHandler::RespondNotModified(const PullRequest& request, uint64_t size, Verdict verdict) {
  Response response = NewBlobResponse(304, request);
  SetVerdict(request, response, verdict);
  response.announced_size = size;
  request.exchange->Respond(std::move(response));
}

void BlobHandler::RespondHead(const PullRequest& request, uint64_t size, Verdict verdict) {
  Response response = NewBlobResponse(200, request);
  response.fields.Add("Content-Type", std::string(kBlobType));
  SetVerdict(request, response, verdict);
  response.announced_size = size;
  request.exchange->Respond(std::move(response));
}

void BlobHandler::RespondUnsatisfiable(const PullRequest& request, uint64_t size) {
  Response response = NewBlobResponse(416, request);
  response.fields.Add("Content-Range", UnsatisfiedRange(size));
  response.fields.Add("Content-Type", "application/json; charset=utf-8");
  response.body = ErrorBody(OciCode::kSizeInvalid, "the range is beyond the end of the blob");
  request.exchange->Respond(std::move(response));
}

void BlobHandler::Serve(const PullRequest& request, const BlobView& view, BlobBody::Reading reading,
                        Verdict verdict) {
  const uint64_t size = view.size();  // of what was joined, which may not be what a manifest said
  services_.prefetches.MarkRead(view.digest());
  const WantedBytes wanted = Wanted(request, size);
  if (wanted.IsBeyondTheEnd()) {
    RespondUnsatisfiable(request, size);
    return;
  }
  const std::vector<ByteRange>& ranges = wanted.range.ranges;
  const bool is_partial = wanted.IsPart();
  const bool is_hop = view.frames() != nullptr && IsHop(request.exchange->request());
  // Of a blob whose end is held back the frames are not sent as they lie.
  // Nor while the disk does not answer: a body of them has no other source.
  if (!is_partial && is_hop && view.IsProven() && !services_.cache.IsStuck()) {
    ServeFrames(request, view, verdict);
    return;
  }
  const Reader reader{request.exchange->record().network, request.repository};
  if (view.frames() != nullptr) {
    auto memory = TakeMemory(reader.client);
    if (!memory) {
      RespondError(request, Overloaded("too many blobs are being decoded").value());
      return;
    }
    reading = std::make_shared<FairAllowance::Share>(std::move(*memory));
  }
  Response response = NewBlobResponse(is_partial ? 206 : 200, request);
  SetVerdict(request, response, verdict);
  if (is_partial && ranges.size() > 1) {
    auto body =
        std::make_unique<MultipartBody>(size, ranges, std::string(kBlobType),
                                        NewBody(reader, view, ranges, false, std::move(reading)));
    response.fields.Add("Content-Type", body->ContentType());
    response.source_size = body->Length();
    response.source = std::move(body);
  } else {
    const ByteRange range = is_partial ? ranges.front() : ByteRange{0, size};
    response.fields.Add("Content-Type", std::string(kBlobType));
    if (is_partial) response.fields.Add("Content-Range", ContentRange(range, size));
    const bool is_small = view.IsSealed() && view.frames() == nullptr && range.size() <= kFewBytes;
    auto bytes = is_small ? ReadIfInMemory(view.file()->fd(), range) : std::nullopt;
    if (bytes) {
      response.body = std::move(*bytes);
    } else {
      response.source_size = range.size();
      response.source = NewBody(reader, view, {range}, wanted.is_open_ended, std::move(reading));
    }
  }
  request.exchange->Respond(std::move(response));
}

std::unique_ptr<BodySource> BlobHandler::NewBody(const Reader& reader, const BlobView& view,
                                                 std::vector<ByteRange> ranges, bool is_open_ended,
                                                 BlobBody::Reading reading) {
  return std::make_unique<ContinuedBody>(
      std::move(ranges),
      [this, view, is_open_ended, reading = std::move(reading)](ByteRange range) {
        return NewDiskBody(view, range, is_open_ended, reading);
      },
      [this, view, reader](RelayedPart part) { return RelayRest(reader, view, std::move(part)); });
}

std::unique_ptr<DiskBody> BlobHandler::NewDiskBody(const BlobView& view, ByteRange range,
                                                   bool is_open_ended, BlobBody::Reading reading) {
  if (view.frames() != nullptr) {
    return std::make_unique<FramesBody>(view, range, std::move(reading), services_.executor,
                                        services_.cache);
  }
  return std::make_unique<BlobBody>(view, range, is_open_ended, std::move(reading),
                                    services_.executor, services_.cache);
}

// For a client that has a part already, when the disk has failed. Null: there is no memory for it,
// or what the client has is neither proven nor to be compared with: bytes of frames, while the blob
// is proven at its first read.
std::unique_ptr<BodySource> BlobHandler::RelayRest(const Reader& reader, const BlobView& view,
                                                   RelayedPart part) {
  part.was_proven = view.IsProven();
  if (view.frames() == nullptr) part.file = view.file();
  if (!part.sent.empty() && !part.was_proven && !part.file) return nullptr;
  auto memory = TakeMemory(reader.client);
  if (!memory) return nullptr;
  log::Info("relay", "continuing after a failure of the disk",
            {{"upstream", reader.source.upstream},
             {"digest", view.digest().ToString()},
             {"begin", part.wanted.front().begin}});
  auto body = std::make_unique<RelayBody>(view.digest(), view.size(), std::move(part),
                                          std::move(*memory), services_.executor);
  body->Start(services_.upstreams.Get(reader.source.upstream),
              BlobRequest(reader.source, view.digest()), [](const Status&) {});
  return body;
}

// What a body that is decoded or relayed takes.
std::optional<FairAllowance::Share> BlobHandler::TakeMemory(const std::string& client) {
  return services_.admission.memory.TryTake(client, kMemoryOfBody);
}

// The frames as they lie on disk, for another Longshore to decode: another representation of the
// blob, so not under the same ETag (RFC 9110 §8.8.3.3).
void BlobHandler::ServeFrames(const PullRequest& request, const BlobView& view, Verdict verdict) {
  Response response = NewResponse(200, request.route.ns);
  response.fields.Add("Docker-Content-Digest", view.digest().ToString());
  response.fields.Add("Content-Type", std::string(kBlobType));
  response.fields.Add("Content-Encoding", "zstd");
  response.fields.Add("Vary", "Accept-Encoding, " + std::string(kHopField));
  SetVerdict(request, response, verdict);
  const uint64_t size = view.frames()->StoredBytes();
  const BlobView stored(
      std::make_shared<SealedBlob>(SealedBlob{view.digest(), size, view.file(), nullptr}));
  response.source_size = size;
  response.source = std::make_unique<BlobBody>(stored, ByteRange{0, size}, false, nullptr,
                                               services_.executor, services_.cache);
  request.exchange->Respond(std::move(response));
}

// A range of what is not stored cannot be proven: the whole is sent, which RFC 9110 §14.2 allows.
void BlobHandler::Relay(const PullRequest& request, uint64_t size) {
  const Digest digest = *request.route.digest;
  auto memory = TakeMemory(request.exchange->record().network);
  if (!memory) {
    RespondError(request, Overloaded("too many blobs are being passed through").value());
    return;
  }
  const auto body = unanswered_.insert(
      unanswered_.end(),
      std::make_unique<RelayBody>(digest, size, std::move(*memory), services_.executor));
  (*body)->Start(services_.upstreams.Get(request.repository.upstream),
                 BlobRequest(request.repository, digest),
                 [this, request, size, body](Status answered) {
                   std::unique_ptr<RelayBody> source = std::move(*body);
                   unanswered_.erase(body);
                   if (!answered) {
                     RespondError(request, answered.error());
                     // It is the body that calls us.
                     services_.executor.Post([keep = std::move(source)] {});
                     return;
                   }
                   Response response = NewBlobResponse(200, request);
                   response.fields.Add("Content-Type", std::string(kBlobType));
                   SetVerdict(request, response, Verdict::kPass);
                   response.source_size = size;
                   response.source = std::move(source);
                   request.exchange->Respond(std::move(response));
                 });
}

}  // namespace longshore
