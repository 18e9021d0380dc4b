#include "proxy/admin/pull_ranking.h"

#include <doctest/doctest.h>

namespace longshore {
namespace {

TEST_CASE("what is pulled most comes first") {
  PullRanking ranking;
  for (int i = 0; i < 3; ++i) ranking.OnPull("docker.io", "library/debian");
  ranking.OnPull("docker.io", "library/alpine");
  ranking.OnPull("quay.io", "library/debian");
  const auto top = ranking.Top(2);
  REQUIRE(top.size() == 2);
  CHECK(top[0].repository == RepositoryKey{"docker.io", "library/debian"});
  CHECK(top[0].pulls == 3);
  CHECK(top[0].error == 0);
  CHECK(top[1].repository == RepositoryKey{"docker.io", "library/alpine"});
}

TEST_CASE("a flood of names does not hide what is pulled often, nor take more memory") {
  PullRanking ranking;
  for (int i = 0; i < 20'000; ++i) {
    ranking.OnPull("docker.io", "flood/" + std::to_string(i));
    if (i % 10 == 0) ranking.OnPull("docker.io", "library/debian");
  }
  const auto all = ranking.Top(1'000'000);
  CHECK(all.size() == PullRanking::kCounters);
  CHECK(all[0].repository.name == "library/debian");
  CHECK(all[0].pulls >= 2'000);
  CHECK(all[0].pulls - all[0].error <= 2'000);
}

}  // namespace
}  // namespace longshore
