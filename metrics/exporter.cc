#include "metrics/exporter.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>
#include <utility>
#include <vector>

namespace longshore::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricType TypeOf(Type type) {
  switch (type) {
    case Type::kCounter:
      return MetricType::Counter;
    case Type::kGauge:
      return MetricType::Gauge;
    case Type::kHistogram:
      return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

ClientMetric::Histogram ConvertHistogram(const Histogram::Snapshot& snapshot,
                                         std::span<const double> bounds) {
  ClientMetric::Histogram histogram;
  histogram.sample_count = snapshot.count;
  histogram.sample_sum = snapshot.sum_seconds;
  histogram.bucket.reserve(snapshot.counts.size());
  uint64_t cumulative = 0;
  for (size_t i = 0; i < snapshot.counts.size(); ++i) {
    cumulative += snapshot.counts[i];
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({cumulative, bound});
  }
  return histogram;
}

ClientMetric ConvertSeries(const MetricInfo& info, const SeriesSnapshot& series,
                           const std::string& region) {
  ClientMetric metric;
  metric.label.reserve(info.labels.size() + 1);
  metric.label.push_back({"region", region});
  for (size_t i = 0; i < info.labels.size(); ++i) {
    metric.label.push_back({std::string(info.labels[i]), series.labels[i]});
  }
  if (const auto* snapshot = std::get_if<Histogram::Snapshot>(&series.value)) {
    metric.histogram = ConvertHistogram(*snapshot, info.buckets);
  } else if (info.type == Type::kCounter) {
    metric.counter.value = std::get<double>(series.value);
  } else {
    metric.gauge.value = std::get<double>(series.value);
  }
  return metric;
}

class RegistryCollectable final : public prometheus::Collectable {
 public:
  RegistryCollectable(const Registry& registry, std::string_view region)
      : registry_(registry), region_(region) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> families;
    for (const FamilySnapshot& snapshot : registry_.Collect()) {
      MetricFamily family;
      family.name = snapshot.info->name;
      family.help = snapshot.info->help;
      family.type = TypeOf(snapshot.info->type);
      family.metric.reserve(snapshot.series.size());
      for (const SeriesSnapshot& series : snapshot.series) {
        family.metric.push_back(ConvertSeries(*snapshot.info, series, region_));
      }
      families.push_back(std::move(family));
    }
    return families;
  }

 private:
  const Registry& registry_;
  const std::string region_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> MakeCollectable(const Registry& registry,
                                                         std::string_view region) {
  return std::make_shared<RegistryCollectable>(registry, region);
}

std::string ExposeText(const Registry& registry, std::string_view region) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, RegistryCollectable(registry, region).Collect());
  return std::move(text).str();
}

}  // namespace longshore::metrics
