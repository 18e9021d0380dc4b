#pragma once

#include <string>

namespace longshore {

// A repository of one upstream. `upstream` is a configured name ("docker.io"), `name` is the path
// the upstream knows it by ("library/debian"). A plain value.
struct RepositoryKey {
  std::string upstream;
  std::string name;
  bool operator==(const RepositoryKey&) const = default;
  auto operator<=>(const RepositoryKey&) const = default;
};

}  // namespace longshore
