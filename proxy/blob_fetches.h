#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proxy/blob_fetch.h"

namespace longshore {

// The blob fetches of one home loop, one a digest. Lives on that loop.
class BlobFetches {
 public:
  BlobFetches(const FetchContext& context, std::atomic<int64_t>& in_flight)
      : context_(context), in_flight_(in_flight) {}

  // Joins the fetch of `content` (its size is known), or starts it from `source`. `done` is posted
  // to `executor`, with kNoSpace when the blob cannot be stored, or the upstream's error when it
  // has not answered with the blob.
  void Subscribe(const RepositoryKey& source, const NamedContent& content,
                 const FetchDemand& demand, Executor& executor, BlobFetch::Callback done);
  bool IsUnderWay(const Digest& digest) const { return fetches_.contains(digest); }
  // Of a blob that is being fetched from this very repository.
  std::optional<uint64_t> SizeUnderWay(const RepositoryKey& source, const Digest& digest) const;
  // Starts the fetch of a blob of which a transfer is open already. Not while one is under way.
  void Adopt(const RepositoryKey& source, const NamedContent& content,
             std::unique_ptr<OpenedTransfer> opened);
  // Fetches all of it, although nobody asks yet. `over` is posted to `executor` when that came to
  // an end, with the bytes that came from upstream.
  void Prefetch(const RepositoryKey& source, const NamedContent& content, Executor& executor,
                UniqueFunction<void(uint64_t fetched)> over);

 private:
  BlobFetch& Make(const RepositoryKey& source, const NamedContent& content);
  BlobFetch& FindOrMake(const RepositoryKey& source, const NamedContent& content);
  void Remove(const Digest& digest);

  FetchContext context_;
  std::atomic<int64_t>& in_flight_;
  struct Entry {
    std::unique_ptr<BlobFetch> fetch;
    std::vector<std::pair<Executor*, UniqueFunction<void(uint64_t)>>> waiting_for_end;
  };
  std::unordered_map<Digest, Entry> fetches_;
};

}  // namespace longshore
