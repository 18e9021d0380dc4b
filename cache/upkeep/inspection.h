#pragma once

#include <string>

#include "cache/fill/blob_store.h"
#include "cache/store/catalog.h"
#include "cache/store/inventory.h"
#include "cache/store/link_ledger.h"
#include "cache/store/pins.h"

namespace longshore {

// What the index says about images and blobs, without using them. Blocks: pool only. Thread-safe.
class Inspection {
 public:
  Inspection(Catalog& catalog, LinkLedger& links, const Pins& pins)
      : catalog_(catalog), links_(links), pins_(pins) {}
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  // See Inventory.
  [[nodiscard]] Result<ImageState> Find(const ImageName& image);
  [[nodiscard]] Result<TagPage> ListTags(const TagQuery& query, const std::string& from,
                                         size_t limit);
  [[nodiscard]] Result<BlobPage> ListBlobs(const std::string& from, size_t limit);

 private:
  [[nodiscard]] Result<ContentState> StateOf(const RepositoryKey& repository,
                                             const NamedContent& content);
  [[nodiscard]] Status AddContent(TagRow& row);

  Catalog& catalog_;
  LinkLedger& links_;
  const Pins& pins_;
};

}  // namespace longshore
