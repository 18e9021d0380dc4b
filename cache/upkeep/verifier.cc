#include "cache/upkeep/verifier.h"

#include "cache/store/blob_proof.h"

namespace longshore {

Result<Verified> Verifier::Verify(const Digest& digest) {
  Verified verified;
  auto intact = IsIntact(digest, verified);
  if (!intact) return tl::unexpected(intact.error());
  verified.intact = *intact;
  if (!verified.found || verified.intact) return verified;
  MarkCorrupt(parts_, digest);
  // A look at what is distrusted takes it away, unless somebody reads it.
  if (auto gone = blobs_.Find(digest); !gone) return tl::unexpected(gone.error());
  return verified;
}

Result<bool> Verifier::IsIntact(const Digest& digest, Verified& verified) {
  auto proof = BeginProof(parts_, digest);
  if (!proof) {
    if (proof.error().code != Code::kCorrupt) return tl::unexpected(proof.error());
    verified.found = true;
    return false;
  }
  if (!*proof) return false;
  verified.found = true;
  verified.bytes = (*proof)->record.size;
  if (!(*proof)->file) return false;
  for (;;) {
    if (parts_.pool.Stopping()) return Fail(Code::kCancelled, "the server is stopping");
    const auto verdict = (*proof)->work.Step();
    // What cannot be read is as good as wrong.
    if (!verdict || *verdict == BlobProof::Verdict::kWrong) return false;
    if (*verdict == BlobProof::Verdict::kMore) continue;
    MarkVerified(parts_, digest, (*proof)->record);
    return true;
  }
}

}  // namespace longshore
