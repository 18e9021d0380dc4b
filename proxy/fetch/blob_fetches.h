#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proxy/fetch/blob_fetch.h"

namespace longshore {

// One blob that is being fetched, as it stands.
struct FillProgress {
  RepositoryKey source;
  Digest digest;
  uint64_t size = 0;      // bytes
  uint64_t present = 0;   // of those, in the store
  uint64_t received = 0;  // from the upstream, by this fetch
};

// The blob fetches of one home loop, one a digest. Lives on that loop.
class BlobFetches {
 public:
  explicit BlobFetches(const FetchContext& context) : context_(context) {}

  // For the fetches that begin from now on.
  void SetPolicy(const FetchPolicy& policy) { context_.policy = policy; }

  // Joins the fetch of `content` (its size is known), or starts it from `source`. `done` is posted
  // to `executor`, with kNoSpace when the blob cannot be stored, kUnavailable when too many fetches
  // are under way (for this client), or the upstream's error when it has not answered with the
  // blob. A client is its network (net/socket.h), empty for the mirror itself.
  void Subscribe(const std::string& client, const RepositoryKey& source,
                 const NamedContent& content, const FetchDemand& demand, Executor& executor,
                 BlobFetch::Callback done);
  bool IsUnderWay(const Digest& digest) const { return fetches_.contains(digest); }
  std::vector<FillProgress> Progress() const;
  // Of a blob that is being fetched from this very repository.
  std::optional<uint64_t> SizeUnderWay(const RepositoryKey& source, const Digest& digest) const;
  // Starts the fetch of a blob of which a transfer is open already, or drops that when too many are
  // under way (for this client). Not while one of this blob is.
  void Adopt(const std::string& client, const RepositoryKey& source, const NamedContent& content,
             std::unique_ptr<OpenedTransfer> opened);
  // Fetches all of it, although nobody asks yet. `over` is posted to `executor` when that came to
  // an end, with the bytes that came from upstream.
  void Prefetch(const RepositoryKey& source, const NamedContent& content, Executor& executor,
                UniqueFunction<void(uint64_t fetched)> over);

  // An operation of the disk does not return, as is said again and again while that is so.
  void DiskIsStuck();

 private:
  // Both: null when too many are under way.
  BlobFetch* Make(const std::string& client, const RepositoryKey& source,
                  const NamedContent& content);
  BlobFetch* FindOrMake(const std::string& client, const RepositoryKey& source,
                        const NamedContent& content);
  void Remove(const Digest& digest);

  FetchContext context_;
  struct Entry {
    void TellOfEnd();

    std::optional<FairAllowance::Share> fill;
    std::optional<FairAllowance::Share> memory;
    std::unique_ptr<BlobFetch> fetch;
    std::vector<std::pair<Executor*, UniqueFunction<void(uint64_t)>>> waiting_for_end;
  };
  std::unordered_map<Digest, Entry> fetches_;
};

}  // namespace longshore
