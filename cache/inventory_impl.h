#pragma once

#include "cache/store/inventory.h"
#include "cache/store/pins.h"
#include "cache/upkeep/inspection.h"
#include "cache/upkeep/purger.h"
#include "cache/upkeep/survey_taker.h"
#include "cache/upkeep/verifier.h"

namespace longshore {

// Hands each question to the part that answers it.
class InventoryImpl final : public Inventory {
 public:
  InventoryImpl(CacheParts& parts, LinkLedger& links, TagTable& tags, ManifestStore& manifests,
                BlobStore& blobs)
      : parts_(parts),
        pins_(parts.pins),
        inspection_(parts.catalog, links, pins_),
        survey_(parts.catalog, parts.accesses, parts.clock),
        purger_(parts, tags, manifests, pins_),
        verifier_(parts, blobs) {}

  Purger& purger() { return purger_; }

  Result<ImageState> Find(const ImageName& image) override { return inspection_.Find(image); }
  Result<TagPage> ListTags(const TagQuery& query, const std::string& from, size_t limit) override {
    return inspection_.ListTags(query, from, limit);
  }
  Result<Survey> TakeSurvey() override { return survey_.Take(); }
  Result<PurgeReport> Purge(const std::vector<ImageName>& images,
                            const PurgeOptions& options) override {
    return purger_.Purge(images, options);
  }
  Result<PurgeReport> PurgeContent(const Digest& digest, const PurgeOptions& options) override {
    return purger_.PurgeContent(digest, options);
  }
  Status Pin(const ImageName& image) override {
    return pins_.Pin(image, parts_.stats.capacity_bytes.load());
  }
  Status Unpin(const ImageName& image) override { return pins_.Unpin(image); }
  Result<std::vector<PinnedImage>> ListPins() override { return pins_.List(); }
  bool IsPinned(const Digest& digest) override { return pins_.Covers(digest); }
  Result<Verified> Verify(const Digest& digest) override { return verifier_.Verify(digest); }
  Result<BlobPage> ListBlobs(const std::string& from, size_t limit) override {
    return inspection_.ListBlobs(from, limit);
  }

 private:
  CacheParts& parts_;
  Pins& pins_;
  Inspection inspection_;
  SurveyTaker survey_;
  Purger purger_;
  Verifier verifier_;
};

}  // namespace longshore
