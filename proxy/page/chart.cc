#include "proxy/page/chart.h"

#include <algorithm>
#include <cmath>

#include "proxy/page/html.h"

namespace longshore {
namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 96;
constexpr double kTop = 14;     // room for the label above the highest line
constexpr double kBottom = 80;  // the line of zero

// With one digit behind the point; never in another locale.
std::string Number(double value) {
  const auto tenths = static_cast<int64_t>(std::lround(value * 10));
  const int64_t rest = tenths < 0 ? -tenths % 10 : tenths % 10;
  return std::to_string(tenths / 10) + (rest == 0 ? "" : "." + std::to_string(rest));
}

double X(size_t index, size_t count) {
  return count < 2 ? kWidth : kWidth * static_cast<double>(index) / static_cast<double>(count - 1);
}

double Y(double value, double top) {
  return kBottom - (kBottom - kTop) * std::min(value / top, 1.0);
}

std::string Dot(const ChartSeries& series, double x, double y) {
  return "<circle class=\"dot " + EscapeHtml(series.css_class) + "\" r=\"3\" cx=\"" + Number(x) +
         "\" cy=\"" + Number(y) + "\"/>";
}

// Gaps interrupt the line; a value between two gaps is a dot.
std::string Line(const ChartSeries& series, double top) {
  std::string path;
  std::string dots;
  bool drawing = false;
  for (size_t i = 0; i < series.values.size(); ++i) {
    const double value = series.values[i];
    if (value < 0) {
      drawing = false;
      continue;
    }
    path += drawing ? " L" : " M";
    path += Number(X(i, series.values.size())) + " " + Number(Y(value, top));
    const bool alone = !drawing && (i + 1 == series.values.size() || series.values[i + 1] < 0);
    if (alone) dots += Dot(series, X(i, series.values.size()), Y(value, top));
    drawing = true;
  }
  if (path.empty()) return "";
  return "<path class=\"line " + EscapeHtml(series.css_class) + "\" d=\"" + path.substr(1) +
         "\"/>" + dots;
}

double Largest(const std::vector<ChartSeries>& series) {
  double largest = 0;
  for (const ChartSeries& one : series) {
    for (const double value : one.values) largest = std::max(largest, value);
  }
  return largest > 0 ? largest : 1;
}

std::string Rule(const char* css_class, double y) {
  return "<line class=\"" + std::string(css_class) + "\" x1=\"0\" x2=\"" + Number(kWidth) +
         "\" y1=\"" + Number(y) + "\" y2=\"" + Number(y) + "\"/>";
}

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + Number(x) + "\" y=\"" + Number(y) + "\" text-anchor=\"" + anchor + "\">" +
         EscapeHtml(text) + "</text>";
}

std::string Open(double width, double height, const std::string& label) {
  return "<svg role=\"img\" viewBox=\"0 0 " + Number(width) + " " + Number(height) +
         "\" aria-label=\"" + EscapeHtml(label) + "\">";
}

}  // namespace

std::string LineChart(const std::vector<ChartSeries>& series, double top,
                      const std::string& top_label, const std::string& label) {
  if (top <= 0) top = Largest(series);
  std::string svg = Open(kWidth, kHeight, label);
  svg += Rule("grid", kTop) + Rule("grid", (kTop + kBottom) / 2) + Rule("axis", kBottom);
  for (const ChartSeries& one : series) svg += Line(one, top);
  svg += Text(0, kTop - 4, "start", top_label);
  svg += Text(0, kHeight - 4, "start", "60 min ago") + Text(kWidth, kHeight - 4, "end", "now");
  return svg + "</svg>";
}

std::string Gauge(uint64_t value, uint64_t whole, double mark, const std::string& label) {
  constexpr double kBar = 18;
  const double part =
      whole == 0 ? 0 : std::min(1.0, static_cast<double>(value) / static_cast<double>(whole));
  const char* state = part >= mark ? "over" : "under";
  std::string svg = Open(kWidth, 40, label);
  svg += "<rect class=\"track\" x=\"0\" y=\"4\" rx=\"4\" width=\"" + Number(kWidth) +
         "\" height=\"" + Number(kBar) + "\"/>";
  svg += "<rect class=\"fill " + std::string(state) + "\" x=\"0\" y=\"4\" rx=\"4\" width=\"" +
         Number(kWidth * part) + "\" height=\"" + Number(kBar) + "\"/>";
  svg += "<line class=\"mark\" x1=\"" + Number(kWidth * mark) + "\" x2=\"" + Number(kWidth * mark) +
         "\" y1=\"0\" y2=\"26\"/>";
  svg += Text(kWidth * mark, 37, "middle", Number(mark * 100) + " %");
  return svg + "</svg>";
}

}  // namespace longshore
