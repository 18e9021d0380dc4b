#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "metrics/registry.h"

namespace prometheus {
class Collectable;
}

namespace longshore::metrics {

// Shows a registry to prometheus-cpp; exporter.cc alone includes its headers. Any thread.

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

// Every metric of the table, each with a `region` label first. `registry` outlives it.
std::shared_ptr<prometheus::Collectable> MakeCollectable(const Registry& registry,
                                                         std::string_view region);

// The body of GET /metrics in the text format 0.0.4.
std::string ExposeText(const Registry& registry, std::string_view region);

}  // namespace longshore::metrics
