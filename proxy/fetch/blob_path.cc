#include "proxy/fetch/blob_path.h"

#include "proxy/oci/percent.h"

namespace longshore {

UpstreamRequest BlobRequest(const RepositoryKey& repository, const Digest& digest) {
  UpstreamRequest request;
  request.path = "/v2/" + PercentEncodePath(repository.name) + "/blobs/" + digest.ToString();
  request.repository = repository.name;
  request.kind = "blob";
  request.bulk = true;
  return request;
}

}  // namespace longshore
