#include "proxy/admin/admin_tasks.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace longshore {
namespace {

using Json = nlohmann::json;

TEST_CASE("beyond eight tasks that run another is refused until one has ended") {
  AdminTasks tasks;
  for (size_t i = 0; i < AdminTasks::kMostRunning; ++i) REQUIRE(tasks.Start("warm", "app"));
  const auto refused = tasks.Start("warm", "one more");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kTooLarge);
  CHECK(refused.error().message == "8 tasks run already: wait until one of them has ended");
  tasks.Find(3)->state = AdminTask::State::kFailed;
  CHECK(tasks.Start("warm", "one more"));
}

TEST_CASE("the oldest that ended are forgotten, those that run are not") {
  AdminTasks tasks;
  const AdminTaskPtr running = *tasks.Start("verify", "everything");
  for (size_t i = 0; i < 2 * AdminTasks::kMostKept; ++i) {
    (*tasks.Start("warm", "app"))->state = AdminTask::State::kDone;
  }
  CHECK(tasks.All().size() == AdminTasks::kMostKept);
  CHECK(tasks.Find(running->id) == running);
  CHECK(tasks.Find(2) == nullptr);
  CHECK(tasks.Find(2 * AdminTasks::kMostKept + 1) != nullptr);
}

TEST_CASE("a task tells of each part how far it is, and of what is filling by its fill") {
  AdminTask task;
  task.kind = "warm";
  const Digest filling = Digest::Of("filling");
  const Digest failed = Digest::Of("failed");
  const Digest waiting = Digest::Of("waiting");
  task.items = {{filling, 100, 0, TaskItem::State::kRunning},
                {failed, 10, 0, TaskItem::State::kFailed},
                {waiting, 10, 0, TaskItem::State::kWaiting}};
  task.damaged = {failed};
  FillProgress fill;
  fill.digest = filling;
  fill.present = 40;
  const Json json = Json::parse(TaskJson(task, {fill}));
  CHECK(json["state"] == "running");
  CHECK(json["items"][0]["present"] == 40);
  CHECK(json["items"][0]["state"] == "filling");
  CHECK(json["items"][1]["state"] == "failed");
  CHECK(json["items"][2]["state"] == "waiting");
  CHECK(json["items"][2]["present"] == 0);
  CHECK(json["damaged"] == Json::array({failed.ToString()}));
}

}  // namespace
}  // namespace longshore
