#pragma once

#include "cache/base/digest.h"
#include "cache/index/repository.h"
#include "proxy/upstream/upstream.h"

namespace longshore {

// A GET for a blob of a repository: distribution-spec, "Pulling blobs". Identity encoding: digests
// are over it.
UpstreamRequest BlobRequest(const RepositoryKey& repository, const Digest& digest);

}  // namespace longshore
