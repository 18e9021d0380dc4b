#pragma once

#include <string>
#include <utility>

#include "cache/base/digest.h"
#include "cache/base/result.h"
#include "cache/index/repository.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// Where a blob that is being fetched comes from, as its answers have shown so far, so that the next
// request goes on with the same bytes by the shortest way. One thread.
class BlobOrigin {
 public:
  BlobOrigin(RepositoryKey source, const Digest& digest)
      : source_(std::move(source)), digest_(digest) {}

  const RepositoryKey& source() const { return source_; }

  // `all`: for the whole blob, which may come encoded.
  UpstreamRequest NextRequest(bool all) const;
  // An answer that is not encoded. kBadUpstream: it is not of the bytes that those before were of.
  [[nodiscard]] Status OnHead(const TransferHead& head);
  // A transfer ended with that.
  void OnBroken(Code code);

 private:
  const RepositoryKey source_;
  const Digest digest_;
  std::string etag_;
  int url_ = 0;           // of the upstream's, which etag_ and location_ are of
  std::string location_;  // where the upstream redirected to: asked directly while it answers
  bool encoding_failed_ = false;
};

}  // namespace longshore
