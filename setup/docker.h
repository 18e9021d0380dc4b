#pragma once

#include <string>
#include <vector>

#include "setup/mirror.h"
#include "setup/node_file.h"

namespace longshore::setup {

// daemon.json: the mirror becomes the first of `registry-mirrors`; every other key stays as it is
// and where it is. dockerd asks its mirrors for Docker Hub's images only, so `upstreams` are not
// written (dockerd(8), "Daemon configuration file").
std::vector<NodeFile> DockerFiles(const Mirror& mirror);

}  // namespace longshore::setup
