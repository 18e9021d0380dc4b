// The parts of the command line that need no server.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "proxy/cli/progress.h"
#include "proxy/cli/table.h"
#include "proxy/cli/top_errors.h"

namespace longshore::cli {
namespace {

using Time = ProgressView::Time;
using std::chrono::seconds;

TopErrors Count(const std::string& text, size_t most = 10) {
  std::istringstream in(text);
  return CountErrors(in, most);
}

std::string ErrorOf(const std::string& topic) {
  return R"({"level":"error","topic":")" + topic + "\"}\n";
}

TEST_CASE("errors are counted by topic, the most frequent first, then by name") {
  const TopErrors errors =
      Count(ErrorOf("disk") + ErrorOf("cache") + R"({"level":"warn","topic":"disk"})" + "\n" +
            ErrorOf("disk") + ErrorOf("index"));
  CHECK(errors.topics == std::vector<TopicCount>{{"disk", 2}, {"cache", 1}, {"index", 1}});
  CHECK(errors.lines == 5);
  CHECK(errors.broken == 0);
}

TEST_CASE("only the ten most frequent are kept") {
  std::string text;
  for (char c = 'a'; c < 'a' + 15; ++c) text += ErrorOf(std::string(1, c));
  text += ErrorOf("z") + ErrorOf("z");
  const TopErrors errors = Count(text);
  REQUIRE(errors.topics.size() == 10);
  CHECK(errors.topics.front().topic == "z");
}

TEST_CASE("a broken line is counted and skipped") {
  const TopErrors errors =
      Count("{\"level\":\"error\",\"top\n[]\nplain text\n\n\xff\xfe\n" + ErrorOf("disk") +
            "{\"level\":7}\n{\"level\":\"error\"}\n" + R"({"level":"error","topic":"last"})");
  CHECK(errors.broken == 4);
  CHECK(errors.lines == 4);
  CHECK(errors.topics == std::vector<TopicCount>{{"disk", 1}, {"last", 1}});
}

TEST_CASE("columns are as wide as their widest cell") {
  CHECK(FormatTable({{"N", "NAME"}, {"100", "a"}, {"2", "–"}}, {0}) ==
        "  N  NAME\n100  a\n  2  –\n");
  CHECK(ShortDigest("sha256:0123456789abcdef") == "sha256:0123456789ab");
}

TEST_CASE("where there is no terminal, a layer is told when it changes, and no more") {
  ProgressView view(false, 80, 24);
  const Time now{};
  std::vector<LayerProgress> layers = {{"sha256:a", 2048, 0, "waiting"}};
  CHECK(view.Show(layers, now).empty());
  layers[0].state = "filling";
  CHECK(view.Show(layers, now) == "sha256:a             filling  2.0 KiB\n");
  layers[0].present = 1024;
  CHECK(view.Show(layers, now).empty());
  layers[0].state = "present";
  CHECK(view.Show(layers, now) == "sha256:a             present  2.0 KiB\n");
  CHECK(view.Show(layers, now).empty());
}

TEST_CASE("on a terminal, what fills has a bar with bytes and rate, drawn over at each look") {
  ProgressView view(true, 100, 24);
  std::vector<LayerProgress> layers = {{"sha256:a", 4096, 0, "filling"},
                                       {"sha256:b", 4096, 0, "waiting"}};
  CHECK(view.Show(layers, Time{}).find("0 B of 4.0 KiB  0 B/s") != std::string::npos);
  layers[0].present = 2048;
  const std::string second = view.Show(layers, Time{seconds(1)});
  CHECK(second.find("\x1b[1A\r\x1b[J") == 0);
  CHECK(second.find("[====================                    ] 2.0 KiB of 4.0 KiB  2.0 KiB/s") !=
        std::string::npos);
  CHECK(second.find("sha256:b") == std::string::npos);
  layers[0].state = "present";
  CHECK(view.Show(layers, Time{seconds(2)}) ==
        "\x1b[1A\r\x1b[Jsha256:a             present  4.0 KiB\n");
}

TEST_CASE("more layers than the terminal has rows do not scroll it away") {
  ProgressView view(true, 80, 5);
  const std::vector<LayerProgress> layers(20, {"sha256:a", 10, 1, "filling"});
  const std::string text = view.Show(layers, Time{});
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
}

}  // namespace
}  // namespace longshore::cli
