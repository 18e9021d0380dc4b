#include "metrics/registry.h"

#include <cassert>
#include <mutex>
#include <utility>

#include "metrics/series_table.h"

namespace longshore::metrics {
namespace {

// Whatever one series of a family counts on; only the one of the family's type is there.
struct Instrument {
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
};

Instrument MakeInstrument(const MetricInfo& info) {
  Instrument made;
  switch (info.type) {
    case Type::kCounter:
      made.counter = std::make_unique<Counter>();
      break;
    case Type::kGauge:
      made.gauge = std::make_unique<Gauge>();
      break;
    case Type::kHistogram:
      made.histogram = std::make_unique<Histogram>(info.buckets);
      break;
  }
  return made;
}

std::variant<double, Histogram::Snapshot> ReadInstrument(const Instrument& instrument) {
  if (instrument.counter) return static_cast<double>(instrument.counter->Value());
  if (instrument.gauge) return static_cast<double>(instrument.gauge->Value());
  return instrument.histogram->Read();
}

}  // namespace

// The series of one metric.
class Registry::Family {
 public:
  explicit Family(const MetricInfo& info) : info_(info), unseen_(MakeInstrument(info)) {
    if (info.labels.empty()) Get({});  // so that a scrape shows 0 before the first count
  }

  Instrument& Get(LabelValues labels) {
    assert(labels.size() == info_.labels.size());
    if (labels.size() != info_.labels.size()) return unseen_;
    const auto make = [this] { return MakeInstrument(info_); };
    if (auto* series = table_.FindOrInsert(labels, make)) return series->value;
    // Full. The last place is kept for this one.
    const std::vector<std::string> other(labels.size(), "other");
    auto* series = overflow_.FindOrInsert(other, make);
    return series == nullptr ? unseen_ : series->value;
  }

  void SetCallback(LabelValues labels, ReadValue read) {
    Get(labels);
    const std::lock_guard lock(mutex_);
    callbacks_.emplace_back(std::vector<std::string>(labels.begin(), labels.end()),
                            std::move(read));
  }

  FamilySnapshot Collect() const {
    FamilySnapshot snapshot{&info_, {}};
    for (const auto* series : table_.All()) AddTo(snapshot, *series);
    for (const auto* series : overflow_.All()) AddTo(snapshot, *series);
    return snapshot;
  }

 private:
  using Table = SeriesTable<Instrument, kMaxSeries>;
  using Overflow = SeriesTable<Instrument, 1>;

  template <typename Series>
  void AddTo(FamilySnapshot& snapshot, const Series& series) const {
    const ReadValue read = FindCallback(series.labels);
    if (!read) {
      snapshot.series.push_back({series.labels, ReadInstrument(series.value)});
    } else if (const auto value = read()) {
      snapshot.series.push_back({series.labels, *value});
    }
  }

  // A copy, so that no lock is held while it runs.
  ReadValue FindCallback(const std::vector<std::string>& labels) const {
    const std::lock_guard lock(mutex_);
    for (auto it = callbacks_.rbegin(); it != callbacks_.rend(); ++it) {
      if (it->first == labels) return it->second;
    }
    return nullptr;
  }

  const MetricInfo& info_;
  Instrument unseen_;
  Table table_;
  Overflow overflow_;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::vector<std::string>, ReadValue>>
      callbacks_;  // under mutex_; the last one of equal labels counts
};

Registry::Registry() {
  for (size_t i = 0; i < families_.size(); ++i) {
    families_[i] = std::make_unique<Family>(Table()[i]);
  }
}

Registry::~Registry() = default;

Counter& Registry::GetCounter(Name name, LabelValues labels) {
  Instrument& found = families_[name]->Get(labels);
  assert(found.counter);
  static Counter unseen;
  return found.counter ? *found.counter : unseen;
}

Gauge& Registry::GetGauge(Name name, LabelValues labels) {
  Instrument& found = families_[name]->Get(labels);
  assert(found.gauge);
  static Gauge unseen;
  return found.gauge ? *found.gauge : unseen;
}

Histogram& Registry::GetHistogram(Name name, LabelValues labels) {
  Instrument& found = families_[name]->Get(labels);
  assert(found.histogram);
  static Histogram unseen({});
  return found.histogram ? *found.histogram : unseen;
}

void Registry::SetCallback(Name name, LabelValues labels, ReadValue read) {
  assert(Info(name).type != Type::kHistogram);
  if (Info(name).type == Type::kHistogram) return;
  families_[name]->SetCallback(labels, std::move(read));
}

std::vector<FamilySnapshot> Registry::Collect() const {
  std::vector<FamilySnapshot> all;
  all.reserve(families_.size());
  for (const auto& family : families_) all.push_back(family->Collect());
  return all;
}

}  // namespace longshore::metrics
