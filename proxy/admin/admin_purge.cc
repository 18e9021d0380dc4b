#include "proxy/admin/admin_purge.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "cache/base/log.h"
#include "proxy/admin/admin_api.h"
#include "proxy/admin/admin_why.h"

namespace longshore {
namespace {

using Json = nlohmann::json;

std::string Sentence(const PurgeReport& report, bool dry_run) {
  std::string text = (dry_run ? "would purge " : "purged ") + std::to_string(report.tags) +
                     " tags, " + std::to_string(report.manifests) + " manifests and " +
                     std::to_string(report.blobs) + " blobs, " + std::to_string(report.bytes) +
                     " bytes";
  if (report.kept_shared > 0) {
    text += "; " + std::to_string(report.kept_shared) + " stay as other images name them";
  }
  if (report.kept_pinned > 0) {
    text +=
        "; " + std::to_string(report.kept_pinned) + " stay as they are pinned (unpin, or force)";
  }
  if (report.waiting > 0) {
    text += "; " + std::to_string(report.waiting) + " go when nobody reads or fills them any more";
  }
  return text;
}

AdminAnswer Answer(const Result<PurgeReport>& report, bool dry_run, bool more) {
  if (!report) return AdminError(report.error());
  const std::string sentence = Sentence(*report, dry_run);
  if (!dry_run) log::Info("purge", sentence);
  const Json json = {{"tags", report->tags},
                     {"manifests", report->manifests},
                     {"blobs", report->blobs},
                     {"bytes", report->bytes},
                     {"kept_pinned", report->kept_pinned},
                     {"kept_shared", report->kept_shared},
                     {"waiting", report->waiting},
                     {"more", more},
                     {"dry_run", dry_run},
                     {"message", sentence}};
  return {200, json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace

AdminAnswer PurgePattern(const AdminServices& services, const std::string& pattern,
                         const PurgeOptions& options) {
  Inventory& inventory = services.cache.inventory();
  std::vector<ImageName> images;
  uint64_t kept_pinned = 0;
  std::string from;
  do {
    auto page = inventory.ListTags({pattern}, from, AdminApi::kMostPurged - images.size());
    if (!page) return AdminError(page.error());
    for (TagRow& row : page->rows) {
      if (row.pinned && !options.force) {
        ++kept_pinned;
      } else {
        images.push_back({std::move(row.repository), std::move(row.tag)});
      }
    }
    from = page->next;
  } while (!from.empty() && images.size() < AdminApi::kMostPurged);
  if (images.empty() && kept_pinned == 0) {
    return AdminError({Code::kNotFound, "no tag matches " + pattern +
                                            ": longshore ls shows those that are known here"});
  }
  auto report = inventory.Purge(images, options);
  if (report) report->kept_pinned += kept_pinned;
  return Answer(report, options.dry_run, !from.empty());
}

AdminAnswer PurgeRef(const AdminServices& services, const std::string& ref,
                     const PurgeOptions& options) {
  Inventory& inventory = services.cache.inventory();
  if (const auto digest = Digest::Parse(ref)) {
    return Answer(inventory.PurgeContent(*digest, options), options.dry_run, false);
  }
  auto image = ResolveImageName(services.table, ref);
  if (!image) return AdminError(image.error());
  auto found = inventory.Find(*image);
  if (!found) return AdminError(found.error());
  const bool known = found->tag || found->manifest;
  if (!known) {
    return AdminError(
        {Code::kNotFound, ToString(*image) + " is not known here: longshore ls shows what is"});
  }
  return Answer(inventory.Purge({*image}, options), options.dry_run, false);
}

}  // namespace longshore
