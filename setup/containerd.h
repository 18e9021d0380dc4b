#pragma once

#include <string>
#include <vector>

#include "setup/mirror.h"
#include "setup/node_file.h"

namespace longshore::setup {

// /etc/containerd/certs.d/UPSTREAM/hosts.toml for each upstream: the mirror becomes the first host,
// for pulls; hosts that stand there stay behind it, and the registry itself is asked when none of
// them answers (containerd, docs/hosts.md). Pulls through it carry ?ns=UPSTREAM.
std::vector<NodeFile> ContainerdFiles(const Mirror& mirror);

}  // namespace longshore::setup
