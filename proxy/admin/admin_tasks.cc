#include "proxy/admin/admin_tasks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace longshore {
namespace {

using Json = nlohmann::json;

std::string_view Word(AdminTask::State state) {
  switch (state) {
    case AdminTask::State::kRunning:
      return "running";
    case AdminTask::State::kDone:
      return "done";
    case AdminTask::State::kFailed:
      return "failed";
  }
  return "failed";
}

std::string_view Word(TaskItem::State state) {
  switch (state) {
    case TaskItem::State::kWaiting:
      return "waiting";
    case TaskItem::State::kRunning:
      return "filling";
    case TaskItem::State::kPresent:
      return "present";
    case TaskItem::State::kFailed:
      return "failed";
  }
  return "failed";
}

Json HeadOf(const AdminTask& task) {
  return {{"id", task.id},
          {"kind", task.kind},
          {"subject", task.subject},
          {"state", Word(task.state)},
          {"message", task.message}};
}

Json ItemJson(const TaskItem& item, const std::vector<FillProgress>& fills) {
  uint64_t present = item.present;
  const auto fill = std::find_if(fills.begin(), fills.end(), [&item](const FillProgress& one) {
    return one.digest == item.digest;
  });
  if (item.state == TaskItem::State::kRunning && fill != fills.end()) present = fill->present;
  return {{"digest", item.digest.ToString()},
          {"size", item.size},
          {"present", present},
          {"state", Word(item.state)}};
}

}  // namespace

Result<AdminTaskPtr> AdminTasks::Start(std::string kind, std::string subject) {
  const auto running = std::count_if(tasks_.begin(), tasks_.end(), [](const auto& entry) {
    return entry.second->state == AdminTask::State::kRunning;
  });
  if (static_cast<size_t>(running) >= kMostRunning) {
    return Fail(Code::kTooLarge,
                std::to_string(running) + " tasks run already: wait until one of them has ended");
  }
  while (tasks_.size() >= kMostKept) {
    const auto over = std::find_if(tasks_.begin(), tasks_.end(), [](const auto& entry) {
      return entry.second->state != AdminTask::State::kRunning;
    });
    tasks_.erase(over);
  }
  auto task = std::make_shared<AdminTask>();
  task->id = ++last_id_;
  task->kind = std::move(kind);
  task->subject = std::move(subject);
  tasks_.emplace(task->id, task);
  return task;
}

AdminTaskPtr AdminTasks::Find(uint64_t id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : found->second;
}

std::vector<AdminTaskPtr> AdminTasks::All() const {
  std::vector<AdminTaskPtr> all;
  for (const auto& entry : tasks_) all.push_back(entry.second);
  return all;
}

std::string TaskJson(const AdminTask& task, const std::vector<FillProgress>& fills) {
  Json json = HeadOf(task);
  json["items"] = Json::array();
  for (const TaskItem& item : task.items) json["items"].push_back(ItemJson(item, fills));
  json["checked"] = task.checked;
  json["checked_bytes"] = task.checked_bytes;
  json["damaged"] = Json::array();
  for (const Digest& digest : task.damaged) json["damaged"].push_back(digest.ToString());
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string TaskListJson(const std::vector<AdminTaskPtr>& tasks) {
  Json json = {{"tasks", Json::array()}};
  for (const AdminTaskPtr& task : tasks) json["tasks"].push_back(HeadOf(*task));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace longshore
