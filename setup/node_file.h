#pragma once

#include <functional>
#include <string>

#include "cache/base/result.h"

namespace longshore::setup {

// One configuration file of a client, and how the mirror gets into its text and out of it again.
// Both functions are pure. An empty text stands for a file that is not there. Neither changes what
// it has nothing to do for: then the text comes back as it is. Failures are kInvalid and say what
// to do by hand.
struct NodeFile {
  using Edit = std::function<Result<std::string>(const std::string& present)>;

  std::string path;  // absolute: "/etc/docker/daemon.json"
  Edit add;
  Edit remove;
  // Where nothing in the file can say whose an entry is, setup keeps a record beside it: of the
  // mirror's URL that `add` and `remove` are about, and the same file about another one.
  std::string url{};
  std::function<NodeFile(const std::string& url)> with_url{};
};

}  // namespace longshore::setup
