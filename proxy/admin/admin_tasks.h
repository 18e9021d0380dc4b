#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/base/digest.h"
#include "cache/base/result.h"
#include "proxy/fetch/blob_fetches.h"

namespace longshore {

// One part of a task: a manifest or blob to warm.
struct TaskItem {
  enum class State { kWaiting, kRunning, kPresent, kFailed };
  Digest digest;
  uint64_t size = 0;     // bytes
  uint64_t present = 0;  // of those
  State state = State::kWaiting;
};

// Work that a person asked for and that takes a while.
struct AdminTask {
  enum class State { kRunning, kDone, kFailed };
  uint64_t id = 0;
  std::string kind;     // "warm", "verify"
  std::string subject;  // what it is about
  State state = State::kRunning;
  std::string message;  // how it went, once it is over
  std::vector<TaskItem> items;
  uint64_t checked = 0;        // verify: blobs
  uint64_t checked_bytes = 0;  // and their bytes
  std::vector<Digest> damaged;
};
using AdminTaskPtr = std::shared_ptr<AdminTask>;

// The tasks that run, and the last that ended. Lives on the admin listener's loop, as each task
// does: whoever works for one elsewhere posts back. Bounded.
class AdminTasks {
 public:
  static constexpr size_t kMostRunning = 8;
  static constexpr size_t kMostKept = 64;
  static constexpr size_t kMostItems = 2'000;  // of one task

  // kTooLarge: kMostRunning run already.
  [[nodiscard]] Result<AdminTaskPtr> Start(std::string kind, std::string subject);
  AdminTaskPtr Find(uint64_t id) const;  // null: unknown or forgotten
  std::vector<AdminTaskPtr> All() const;

 private:
  std::map<uint64_t, AdminTaskPtr> tasks_;
  uint64_t last_id_ = 0;
};

// A JSON text. What is being filled shows how far it is.
std::string TaskJson(const AdminTask& task, const std::vector<FillProgress>& fills);
std::string TaskListJson(const std::vector<AdminTaskPtr>& tasks);

}  // namespace longshore
