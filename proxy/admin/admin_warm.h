#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "cache/index/manifest.h"
#include "proxy/admin/admin_services.h"
#include "proxy/admin/admin_tasks.h"
#include "proxy/oci/platform.h"
#include "proxy/oci/reference.h"

namespace longshore {

// What to fill, and for whom.
struct WarmOrder {
  RepositoryKey repository;
  Reference reference;
  std::optional<Platform> platform;  // of an index; nothing: every one of them
};

// Fills an image as if clients had pulled it: asks the upstream for its manifest (by HEAD whether
// what is held still holds), then for those of the platforms, then fills what they name, kAtOnce at
// a time. Lives on the admin listener's loop and keeps itself until it is over; how far it is
// stands in the task.
class AdminWarm : public std::enable_shared_from_this<AdminWarm> {
 public:
  static constexpr int kAtOnce = 4;

  AdminWarm(const AdminServices& services, WarmOrder order, AdminTaskPtr task)
      : services_(services), order_(std::move(order)), task_(std::move(task)) {}

  void Start();

 private:
  // A manifest, taken apart in the pool.
  struct Parsed {
    bool is_index = false;
    std::vector<NamedContent> contents;
    std::vector<IndexEntry> platforms;
  };
  void Fetch(const Reference& reference);
  void OnLookup(const Reference& reference, const ManifestLookup& known);
  void OnFetched(const ManifestLookup& known, const Result<FetchedManifest>& fetched);
  void OnManifest(const ManifestPtr& manifest);
  static Result<Parsed> Parse(const Manifest& manifest);
  void OnParsed(Result<Parsed> parsed);
  void FollowPlatforms(const std::vector<IndexEntry>& platforms);
  void AddItems(const std::vector<NamedContent>& contents);
  void Continue();
  void FillNext();
  void OnFilled(size_t item, bool sealed);
  void Fail(const Error& error);
  void Finish();

  const AdminServices services_;
  const WarmOrder order_;
  const AdminTaskPtr task_;
  std::deque<Digest> manifests_;        // of platforms, to be fetched
  std::vector<NamedContent> contents_;  // as task_->items
  std::unordered_set<Digest> seen_;
  size_t left_out_ = 0;  // contents
  size_t next_ = 0;
  int running_ = 0;
};

}  // namespace longshore
