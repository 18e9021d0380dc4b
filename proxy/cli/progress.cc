#include "proxy/cli/progress.h"

#include <algorithm>

#include "proxy/page/human.h"

namespace longshore::cli {
namespace {

constexpr std::chrono::seconds kRateWindow{3};
constexpr size_t kNameColumns = 20;
constexpr size_t kBytesColumns = 36;  // " 12.5 MiB of 104 MiB  10.0 MiB/s"
constexpr size_t kWidestBar = 40;

bool IsOver(const std::string& state) {
  return state == "present" || state == "failed";
}

std::string Padded(std::string text, size_t columns) {
  if (text.size() < columns) text.append(columns - text.size(), ' ');
  return text;
}

}  // namespace

std::string ProgressView::Show(const std::vector<LayerProgress>& layers, Time now) {
  std::string out;
  if (terminal_ && drawn_ > 0) out += "\x1b[" + std::to_string(drawn_) + "A\r\x1b[J";
  for (const LayerProgress& layer : layers) {
    std::string& told = states_[layer.name];
    const bool is_news = told != layer.state;
    told = layer.state;
    const bool is_worth_a_line = IsOver(layer.state) || (!terminal_ && layer.state == "filling");
    if (is_news && is_worth_a_line) out += Line(layer) + "\n";
  }
  if (!terminal_) return out;
  drawn_ = 0;
  for (const LayerProgress& layer : layers) {
    if (layer.state != "filling" || drawn_ + 2 > rows_) continue;
    out += Bar(layer, RateOf(layer.name, layer.present, now)) + "\n";
    ++drawn_;
  }
  return out;
}

std::string ProgressView::Line(const LayerProgress& layer) const {
  return Padded(layer.name, kNameColumns) + " " + layer.state + "  " + HumanBytes(layer.size);
}

std::string ProgressView::Bar(const LayerProgress& layer, uint64_t rate) const {
  const size_t fixed = kNameColumns + kBytesColumns + 3;
  const size_t width = columns_ > fixed ? std::min(columns_ - fixed, kWidestBar) : size_t{0};
  std::string bar;
  if (width > 0) {
    const size_t full =
        layer.size == 0 ? 0 : static_cast<size_t>(layer.present * width / layer.size);
    bar = "[" + std::string(full, '=') + std::string(width - full, ' ') + "]";
  }
  return Padded(layer.name, kNameColumns) + " " + bar + " " + HumanBytes(layer.present) + " of " +
         HumanBytes(layer.size) + "  " + HumanBytes(rate) + "/s";
}

uint64_t ProgressView::RateOf(const std::string& name, uint64_t bytes, Time now) {
  std::deque<Point>& points = points_[name];
  points.push_back({now, bytes});
  while (points.size() > 2 && now - points.front().at > kRateWindow) points.pop_front();
  const std::chrono::duration<double> passed = now - points.front().at;
  if (passed.count() <= 0 || bytes < points.front().bytes) return 0;
  return static_cast<uint64_t>(static_cast<double>(bytes - points.front().bytes) / passed.count());
}

}  // namespace longshore::cli
