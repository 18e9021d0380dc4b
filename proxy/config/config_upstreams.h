#pragma once

#include "proxy/config/config.h"
#include "proxy/config/config_section.h"

namespace longshore {

// The `upstreams` of the file, or the default set where it has none. Sets `upstreams` of `config`;
// an upstream with errors is there all the same, so that nothing is reported twice. Blocks: reads
// the files that hold secrets.
void ReadUpstreams(ConfigSection& top, const Environment& environment, Config& config);

// Docker Hub, quay.io and ghcr.io, anonymous.
std::map<std::string, UpstreamConfig> DefaultUpstreams();

}  // namespace longshore
