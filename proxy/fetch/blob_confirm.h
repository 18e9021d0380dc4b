#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "cache/cache.h"
#include "proxy/fetch/blob_fetches.h"
#include "proxy/fetch/opened_transfer.h"
#include "proxy/fetch/single_flight.h"
#include "proxy/fetch/upstream_calls.h"
#include "proxy/fetch/upstream_set.h"

namespace longshore {

// Asks an upstream whether a repository holds a blob and how large it is, and records the answer in
// the link ledger. One call a repository and blob however many ask. Lives on one loop: the digest's
// home.
class BlobConfirms {
 public:
  using Callback = SingleFlight<uint64_t>::Callback;  // the size in bytes
  enum class Ask {
    kHead,
    // All of it is wanted and nothing is here: asked by GET, whose head is the answer and whose
    // body becomes the blob's fetch. By HEAD all the same while it is being fetched, or when all
    // connections are in use.
    kWhole,
  };

  BlobConfirms(const FetchContext& context, BlobFetches& fetches)
      : context_(context),
        fetches_(fetches),
        calls_(context.executor, context.admission.memory.all()) {}

  // kBadUpstream if the upstream gives no length, or none for what is not empty. `client`: as in
  // BlobFetches.
  void Confirm(const std::string& client, const RepositoryKey& repository, const Digest& digest,
               Ask ask, Executor& executor, Callback done);

 private:
  struct Call {
    std::string key;
    std::string client;  // the first that asked
    RepositoryKey repository;
    Digest digest;
  };
  static Result<uint64_t> LengthOf(const Call& call, const TransferHead& head);
  void AskHead(const Call& call);
  bool TryOpen(const Call& call);
  void OnOpened(const Call& call, const Status& status);
  void OnHead(const Call& call, const Result<CollectedResponse>& answer);
  void Finish(const Call& call, Result<uint64_t> size, uint64_t to_record);

  const FetchContext context_;
  BlobFetches& fetches_;
  UpstreamCalls calls_;
  std::unordered_map<std::string, std::unique_ptr<OpenedTransfer>> opening_;
  SingleFlight<uint64_t> flights_;
};

}  // namespace longshore
