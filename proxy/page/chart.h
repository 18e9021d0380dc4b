#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longshore {

// Small charts as inline SVG, without a style attribute: a strict Content-Security-Policy shows
// them, and the page's own classes colour them. Each carries its numbers in words (`label`), for
// those who do not see it. Pure functions, any thread.

struct ChartSeries {
  std::string name;
  std::string css_class;       // colours it
  std::vector<double> values;  // oldest first; negative: there was nothing
};

// Lines over time from 0 to `top`; 0: to what is largest. `top_label` stands at that line.
std::string LineChart(const std::vector<ChartSeries>& series, double top,
                      const std::string& top_label, const std::string& label);

// A bar filled to `value` of `whole`, with a mark at the fraction `mark`.
std::string Gauge(uint64_t value, uint64_t whole, double mark, const std::string& label);

}  // namespace longshore
