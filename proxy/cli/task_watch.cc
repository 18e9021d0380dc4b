#include "proxy/cli/task_watch.h"

#include <chrono>
#include <thread>

namespace longshore::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};

}  // namespace

Result<Json> WatchTask(const AdminClient& client, const std::string& endpoint,
                       const QueryPairs& query, const std::function<void(const Json& task)>& seen) {
  auto body = client.Post(endpoint, query);
  for (;;) {
    if (!body) return tl::unexpected(body.error());
    auto task = ParseAnswer(*body);
    if (!task) return task;
    seen(*task);
    if (Text(*task, "state") != "running") return task;
    std::this_thread::sleep_for(kBetweenLooks);
    body = client.Get("tasks", {{"id", std::to_string(Number(*task, "id"))}});
  }
}

}  // namespace longshore::cli
