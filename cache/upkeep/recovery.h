#pragma once

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cache/fill/extents.h"
#include "cache/store/cache_parts.h"
#include "cache/upkeep/rebuild.h"

namespace longshore {

// Finishes or undoes what the last run left. Work is proportional to what was in flight, not to
// what is stored:
//   1. the account is read                     (the counter was changed with every record, in the
//   same batch)
//   2. removal intents are carried out         (a record went, its file may not have)
//   3. every extent record is settled          (extents.h), and from now on counts only what is
//   present
//   4. staging files that no record names go   (a fill that was not recorded, or was rejected)
//   5. the quarantine is counted
//   6. if the index does not know all sealed files, they are proven and recorded (rebuild.h):
//   O(bytes stored), said aloud
//   7. if a damaged record was ever dropped, the account is counted anew: O(blobs), said aloud
// Dying between any two steps is harmless: each does nothing to what is done already. Blocks:
// before anything else uses the cache. Step 6 keeps to the terms (rebuild.h), and fails beyond.
class Recovery {
 public:
  explicit Recovery(CacheParts& parts, RebuildTerms terms = {})
      : parts_(parts), terms_(std::move(terms)) {}
  [[nodiscard]] Status Run();

 private:
  struct Found {
    Digest digest;
    ExtentRecord record;
  };
  [[nodiscard]] Status SettleExtents();
  [[nodiscard]] Result<std::vector<Found>> ReadExtents();
  [[nodiscard]] Status KeepIdle(const Digest& digest, SettledExtent extent);
  [[nodiscard]] Status RemoveUnnamed();
  [[nodiscard]] Status Recount();

  CacheParts& parts_;
  const RebuildTerms terms_;
  std::unordered_set<std::string> named_;  // staging files that belong to a record
};

}  // namespace longshore
