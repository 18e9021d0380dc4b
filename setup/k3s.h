#pragma once

#include <string>
#include <vector>

#include "setup/mirror.h"
#include "setup/node_file.h"

namespace longshore::setup {

// /etc/rancher/k3s/registries.yaml: the mirror becomes the first endpoint of each upstream (k3s,
// "Private Registry Configuration"). Lines are put in, nothing is written anew: quotes and comments
// stay.
std::vector<NodeFile> K3sFiles(const Mirror& mirror);

}  // namespace longshore::setup
