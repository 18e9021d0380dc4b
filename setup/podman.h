#pragma once

#include <string>
#include <vector>

#include "setup/mirror.h"
#include "setup/node_file.h"

namespace longshore::setup {

inline constexpr const char* kPodmanFile = "/etc/containers/registries.conf.d/longshore.conf";

// A drop-in of its own for Podman, Skopeo, Buildah and CRI-O: a [[registry]] with the mirror for
// each upstream (containers-registries.conf(5)). These clients do not say which registry they mean,
// so the upstream's name goes into the mirror's location.
std::vector<NodeFile> PodmanFiles(const Mirror& mirror);

}  // namespace longshore::setup
