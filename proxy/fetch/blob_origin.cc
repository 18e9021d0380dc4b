#include "proxy/fetch/blob_origin.h"

#include "proxy/fetch/blob_path.h"

namespace longshore {

UpstreamRequest BlobOrigin::NextRequest(bool all) const {
  UpstreamRequest request = BlobRequest(source_, digest_);
  request.location = location_;
  request.location_url = url_;
  // Ranges are of the identity bytes, so only the whole may come encoded.
  request.may_be_encoded = all && !encoding_failed_;
  return request;
}

Status BlobOrigin::OnHead(const TransferHead& head) {
  const std::string etag(head.fields.Get("ETag").value_or(""));
  const bool is_strong = etag.starts_with('"');
  // Each of an upstream's URLs has ETags of its own; the digest is what proves them the same.
  if (std::exchange(url_, head.url) != head.url) etag_.clear();
  if (is_strong && !etag_.empty() && etag != etag_) {
    return Fail(Code::kBadUpstream, "the upstream answers with another ETag in mid-blob");
  }
  if (is_strong) etag_ = etag;
  location_ = head.location;
  return {};
}

void BlobOrigin::OnBroken(Code code) {
  if (code == Code::kBadUpstream) encoding_failed_ = true;  // it may be why
  location_.clear();
}

}  // namespace longshore
