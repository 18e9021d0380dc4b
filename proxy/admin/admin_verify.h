#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/store/inventory.h"
#include "proxy/admin/admin_services.h"
#include "proxy/admin/admin_tasks.h"

namespace longshore {

// Proves stored blobs anew, one a job of the pool, so that nobody else waits for longer than one
// blob takes. Lives on the admin listener's loop and keeps itself until it is over.
class AdminVerify : public std::enable_shared_from_this<AdminVerify> {
 public:
  // `digest`: that one; nothing: all that are stored.
  AdminVerify(const AdminServices& services, std::optional<Digest> digest, AdminTaskPtr task)
      : services_(services), only_(std::move(digest)), task_(std::move(task)) {}

  void Start();

 private:
  static constexpr size_t kPage = 1'000;
  struct Step {
    std::optional<Digest> digest;  // what was looked at; nothing: there is no more
    Verified verified;
  };
  void Next();
  Result<Step> Work();  // in the pool
  void OnStep(const Result<Step>& step);
  void Finish();

  const AdminServices services_;
  const std::optional<Digest> only_;
  const AdminTaskPtr task_;
  // The job's own: there is one at a time.
  BlobPage page_;
  size_t at_ = 0;
  bool begun_ = false;
};

}  // namespace longshore
