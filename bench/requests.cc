// Small requests over keep-alive connections: each asks the same again as soon as it has its
// answer, or all together at a rate, whatever the answers do, or every path of a file once. Prints
// JSON. wrk does the first for GET, but waits for the body of a HEAD.
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <list>
#include <string>
#include <vector>

#include "bench/arguments.h"
#include "bench/asker.h"
#include "bench/cpu_seconds.h"
#include "bench/loopback.h"

namespace longshore::bench {
namespace {

using Clock = Asker::Clock;

constexpr const char* kUsage =
    "bench_requests PORT PATH [--connections N] [--method GET|HEAD] [--accept TYPE] [--seconds S]"
    " [--rate REQUESTS_PER_S]\n"
    "       bench_requests PORT @FILE …   one path a line, each asked once by every connection";

std::vector<std::string> PathsFrom(const std::string& word) {
  if (!word.starts_with("@")) return {word};
  std::ifstream file(word.substr(1));
  std::vector<std::string> paths;
  for (std::string line; std::getline(file, line);) paths.push_back(line);
  return paths;
}

AskerOptions OptionsFrom(const Arguments& arguments) {
  AskerOptions options;
  options.port = arguments.Port(0);
  const std::string method = arguments.Text("--method");
  options.is_head = method == "HEAD";
  const std::string accept = arguments.Text("--accept");
  std::string fields = " HTTP/1.1\r\nHost: 127.0.0.1:" + arguments.Word(0) + "\r\n";
  if (!accept.empty()) fields += "Accept: " + accept + "\r\n";
  for (const std::string& path : PathsFrom(arguments.Word(1))) {
    options.requests.push_back((method.empty() ? "GET" : method) + " " + path + fields + "\r\n");
  }
  options.once = arguments.Word(1).starts_with("@");
  if (options.requests.empty()) arguments.Refuse();
  return options;
}

void RunUntil(Clock::time_point deadline, std::list<Asker>& askers, bool is_paced) {
  const int epoll = NewEpoll();
  for (Asker& asker : askers) Watch(epoll, asker.fd(), &asker);
  std::array<epoll_event, 256> events{};
  const auto done = [](const Asker& asker) { return asker.is_done() || asker.is_lost(); };
  for (auto now = Clock::now(); now < deadline; now = Clock::now()) {
    if (std::all_of(askers.begin(), askers.end(), done)) break;
    auto next = deadline;
    for (Asker& asker : askers) {
      if (is_paced) next = std::min(next, asker.Turn(now));
    }
    const auto wait = std::max(Clock::duration::zero(), next - Clock::now());
    const timespec most{0, std::min<int64_t>(std::chrono::nanoseconds(wait).count(), 50'000'000)};
    const int count = ::epoll_pwait2(epoll, events.data(), events.size(), &most, nullptr);
    for (int i = 0; i < count; ++i) {
      static_cast<Asker*>(events[static_cast<size_t>(i)].data.ptr)->OnEvent();
    }
  }
  ::close(epoll);
}

int Main(int argc, const char* const* argv) {
  const Arguments arguments(argc, argv, kUsage);
  AskerOptions options = OptionsFrom(arguments);
  const auto connections = static_cast<size_t>(arguments.Number("--connections", 64));
  const std::chrono::duration<double> time(arguments.Number("--seconds", 3));
  if (connections == 0) arguments.Refuse();
  if (const double rate = arguments.Number("--rate", 0); rate > 0) {
    const std::chrono::duration<double> interval(static_cast<double>(connections) / rate);
    options.interval = std::chrono::duration_cast<Clock::duration>(interval);
    ::prctl(PR_SET_TIMERSLACK, 1);  // to be late is what it measures
  }
  Latencies latencies;
  std::list<Asker> askers;
  const auto started = Clock::now();
  for (size_t i = 0; i < connections; ++i) {
    askers.emplace_back(options, latencies, started + options.interval * i / connections);
  }
  const bool is_paced = options.interval > Clock::duration::zero();
  RunUntil(started + std::chrono::duration_cast<Clock::duration>(time), askers, is_paced);
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  uint64_t answered = 0;
  uint64_t wrong = 0;
  int lost = 0;
  for (const Asker& asker : askers) {
    answered += asker.answered();
    wrong += asker.wrong();
    lost += asker.is_lost() ? 1 : 0;
  }
  std::printf("{\"answered\":%llu,\"wrong\":%llu,\"lost\":%d,\"seconds\":%.4f,",
              static_cast<unsigned long long>(answered), static_cast<unsigned long long>(wrong),
              lost, seconds);
  std::printf("\"ms_p50\":%.3f,\"ms_p99\":%.3f,\"ms_p999\":%.3f,\"ms_max\":%.3f,",
              latencies.At(0.5), latencies.At(0.99), latencies.At(0.999), latencies.At(1));
  std::printf("\"cpu_seconds\":%.3f}\n", CpuSeconds());
  return 0;
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
