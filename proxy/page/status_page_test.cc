#include "proxy/page/status_page.h"

#include <doctest/doctest.h>

#include "proxy/page/chart.h"
#include "proxy/page/html.h"
#include "proxy/page/human.h"

namespace longshore {
namespace {

constexpr char kHostile[] = "\"><script>alert('1')</script>&\x01";

StatusView AView() {
  StatusView view;
  view.region = "fra1";
  view.now = 1'700'000'000'000;
  view.minutes.resize(60);
  view.minutes.back() = {3, 1, 1 << 20, 1 << 10};
  view.used = 86;
  view.capacity = 100;
  return view;
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("whatever a name holds, it is text and nothing else") {
  StatusView view = AView();
  view.region = view.version = view.said = view.query = kHostile;
  view.problems = {kHostile};
  view.upstreams = {{kHostile, kHostile, StatusView::Upstream::State::kFailing, 1, 2, 3, 4}};
  view.fills = {{kHostile, kHostile, 10, 5}};
  view.pulled = {{kHostile, 7}};
  view.largest = view.coldest = {{kHostile, kHostile, 10, 0}};
  view.images = {{kHostile, 10, 5, 0, true}};
  const std::string page = RenderStatusPage(view, "n0nce");
  CHECK_FALSE(Has(page, "<script>"));
  CHECK_FALSE(Has(page, "alert('1')"));
  CHECK_FALSE(Has(page, "\x01"));
  CHECK(Has(page, "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"));
  // In an address nothing is left that could end it.
  CHECK(Has(page, "ref=%22%3E%3Cscript%3E"));
}

TEST_CASE("an upstream's state and what is left of its rate limit are in its row") {
  using State = StatusView::Upstream::State;
  StatusView view = AView();
  view.upstreams = {{"docker.io", "", State::kLeftAlone, 1, 2, 3, 4, 37},
                    {"quay.io", "", State::kAnswering, 1, 0, 0, 4}};
  const std::string page = RenderStatusPage(view, "n0nce");
  const size_t second = page.find("quay.io");
  REQUIRE(second != std::string::npos);
  CHECK(page.find("left alone") < second);
  CHECK(page.find("37 %") < second);
  CHECK(page.find("answering", second) != std::string::npos);
  CHECK(page.find("–", second) != std::string::npos);
}

TEST_CASE("the page names nothing outside itself, and only its own style and script run") {
  const std::string page = RenderStatusPage(AView(), "n0nce");
  for (const char* outside :
       {"http://", "https://", "src=", "@import", "url(", "style=\"", "onclick"}) {
    CAPTURE(outside);
    CHECK_FALSE(Has(page, outside));
  }
  const std::string policy = StatusPagePolicy("n0nce");
  CHECK(Has(policy, "default-src 'none'"));
  CHECK(Has(policy, "script-src 'nonce-n0nce'"));
  CHECK_FALSE(Has(policy, "unsafe"));
}

TEST_CASE("the numbers are there in words, not only as pictures") {
  const std::string page = RenderStatusPage(AView(), "n");
  CHECK(Has(page, "Hit ratio over the last hour: 75.0 % of 4 requests"));
  CHECK(Has(page, "1.0 MiB to clients, 1.0 KiB from upstreams"));
  CHECK(Has(page, "Storage: 86.0 % of 100 B used; the alert is at 85 %"));
  CHECK(Has(page, "healthy"));
}

TEST_CASE("what is wrong is said at the top") {
  StatusView view = AView();
  view.problems = {"upstream quay.io fails"};
  CHECK(Has(RenderStatusPage(view, "n"), "<li>upstream quay.io fails</li>"));
  CHECK(Has(RenderStatusPage(view, "n"), "needs a look"));
  view.ready = false;
  view.drained = true;
  CHECK(Has(RenderStatusPage(view, "n"), ">drained<"));
}

TEST_CASE("bytes, ages and ratios are written for people") {
  CHECK(HumanBytes(0) == "0 B");
  CHECK(HumanBytes(1023) == "1023 B");
  CHECK(HumanBytes(1536) == "1.5 KiB");
  CHECK(HumanBytes(uint64_t{250} << 20) == "250 MiB");
  CHECK(HumanBytes(uint64_t{5} << 30) == "5.0 GiB");
  CHECK(HumanAge(-5) == "0 s");
  CHECK(HumanAge(119'000) == "119 s");
  CHECK(HumanAge(120'000) == "2 min");
  CHECK(HumanAge(int64_t{86'400'000} * 9) == "9 d");
  CHECK(HumanRatio(1, 3) == "33.3 %");
  CHECK(HumanRatio(0, 0) == "–");
}

TEST_CASE("a gap interrupts a line, and the gauge tells when it is over its mark") {
  const std::string chart = LineChart({{"a", "one", {0, 1, -1, 0.5}}}, 1, "100 %", "label");
  CHECK(Has(chart, "d=\"M0 80 L120 14 M360 47\""));
  CHECK(Has(chart, "r=\"3\" cx=\"360\" cy=\"47\""));
  CHECK(Has(Gauge(84, 100, 0.85, "l"), "fill under"));
  CHECK(Has(Gauge(86, 100, 0.85, "l"), "fill over"));
  CHECK(Has(Gauge(1, 0, 0.85, "l"), "width=\"0\""));
}

}  // namespace
}  // namespace longshore
