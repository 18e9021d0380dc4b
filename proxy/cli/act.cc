#include "proxy/cli/act.h"

#include <iostream>

#include "proxy/cli/json.h"

namespace longshore::cli {

Result<int> Act(const AdminClient& client, const AdminOptions& options, const std::string& endpoint,
                const QueryPairs& query) {
  auto body = client.Post(endpoint, query);
  if (!body) return tl::unexpected(body.error());
  auto answer = ParseAnswer(*body);
  if (!answer) return tl::unexpected(answer.error());
  std::cout << (options.json ? *body : Text(*answer, "message") + "\n");
  return 0;
}

}  // namespace longshore::cli
