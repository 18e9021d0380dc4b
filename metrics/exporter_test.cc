#include "metrics/exporter.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <sstream>

#include "metrics/process.h"

namespace longshore::metrics {
namespace {

bool HasLine(const std::string& text, std::string_view line) {
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    if (one == line) return true;
  }
  return false;
}

TEST_CASE("the text has every metric of the table with help and type, and nothing else") {
  Registry registry;
  const std::string text = ExposeText(registry, "eu");
  size_t types = 0;
  for (size_t at = text.find("# TYPE "); at != std::string::npos;
       at = text.find("# TYPE ", at + 1)) {
    ++types;
  }
  CHECK(types == Table().size());
  for (const MetricInfo& info : Table()) {
    CAPTURE(std::string(info.name));
    const std::string type = info.type == Type::kCounter ? "counter"
                             : info.type == Type::kGauge ? "gauge"
                                                         : "histogram";
    CHECK(HasLine(text, "# HELP " + std::string(info.name) + " " + std::string(info.help)));
    CHECK(HasLine(text, "# TYPE " + std::string(info.name) + " " + type));
  }
}

TEST_CASE("every sample has the region, then its own labels") {
  Registry registry;
  RegisterProcessMetrics(registry, "1.2.3");
  registry.GetCounter(names::kRequestsTotal, {"docker.io", "blob", "2xx", "hit"}).Add(3);
  registry.GetCounter(names::kClientBytesTotal, {"a\"b\\c\nd"}).Add(1);
  registry.GetCounter(names::kUpstreamBytesTotal, {"docker.io"}).Add(uint64_t{1} << 50);
  const std::string text = ExposeText(registry, "eu");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind('#', 0) == 0) continue;
    CAPTURE(line);
    CHECK(line.find("{region=\"eu\"") != std::string::npos);
  }
  CHECK(HasLine(
      text,
      R"(longshore_requests_total{region="eu",upstream="docker.io",kind="blob",status="2xx",verdict="hit"} 3)"));
  CHECK(HasLine(text, R"(longshore_client_bytes_total{region="eu",upstream="a\"b\\c\nd"} 1)"));
  CHECK(HasLine(
      text,
      R"(longshore_upstream_bytes_total{region="eu",upstream="docker.io"} 1125899906842624)"));
  CHECK(HasLine(text, R"(longshore_build_info{region="eu",version="1.2.3"} 1)"));
}

TEST_CASE("a histogram is shown cumulative, with an unbounded bucket equal to its count") {
  Registry registry;
  Histogram& lag = registry.GetHistogram(names::kLoopLagSeconds);
  lag.Observe(std::chrono::microseconds(50));
  lag.Observe(std::chrono::milliseconds(1));
  lag.Observe(std::chrono::seconds(20));
  const std::string text = ExposeText(registry, "eu");
  CHECK(HasLine(text, R"(longshore_loop_lag_seconds_count{region="eu"} 3)"));
  CHECK(HasLine(text, R"(longshore_loop_lag_seconds_bucket{region="eu",le="0.0001"} 1)"));
  CHECK(HasLine(text, R"(longshore_loop_lag_seconds_bucket{region="eu",le="0.001"} 2)"));
  CHECK(HasLine(text, R"(longshore_loop_lag_seconds_bucket{region="eu",le="10"} 2)"));
  CHECK(HasLine(text, R"(longshore_loop_lag_seconds_bucket{region="eu",le="+Inf"} 3)"));
}

// A sanitizer's allocator is not glibc's.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("the heap's used bytes are those of what is allocated, mapped chunks among them") {
  for (const size_t size : {size_t{100} << 10, size_t{64} << 20}) {
    CAPTURE(size);
    const uint64_t before = HeapBytes().used;
    auto block = std::make_unique<std::string>(size, 'x');
    const uint64_t with_it = HeapBytes().used;
    CHECK(with_it >= before + size);
    CHECK(with_it <= before + size + (1u << 20));
    block.reset();
    CHECK(HeapBytes().used <= with_it - size);
  }
}
#endif

TEST_CASE("the process sees its own memory, descriptors and start") {
  CHECK(ResidentBytes() > 1u << 20);
  CHECK(ResidentBytes() < uint64_t{1} << 40);
  const uint64_t before = OpenFds();
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(OpenFds() == before + 1);
  ::close(fd);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(StartTimeSeconds() > now - 3600);
  CHECK(StartTimeSeconds() < now + 60);
}

}  // namespace
}  // namespace longshore::metrics
