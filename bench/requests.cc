// Small requests over keep-alive connections: each asks the same again as soon as it has its
// answer. Prints JSON. wrk does the same for GET, but waits for the body of a HEAD.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <list>

#include "bench/arguments.h"
#include "bench/asker.h"
#include "bench/cpu_seconds.h"
#include "bench/loopback.h"

namespace longshore::bench {
namespace {

using Clock = Asker::Clock;

constexpr const char* kUsage =
    "bench_requests PORT PATH [--connections N] [--method GET|HEAD] [--accept TYPE] [--seconds S]";

AskerOptions OptionsFrom(const Arguments& arguments) {
  AskerOptions options;
  options.port = arguments.Port(0);
  const std::string method = arguments.Text("--method");
  options.is_head = method == "HEAD";
  options.request = (method.empty() ? "GET" : method) + " " + arguments.Word(1) +
                    " HTTP/1.1\r\nHost: 127.0.0.1:" + arguments.Word(0) + "\r\n";
  const std::string accept = arguments.Text("--accept");
  if (!accept.empty()) options.request += "Accept: " + accept + "\r\n";
  options.request += "\r\n";
  return options;
}

void RunUntil(Clock::time_point deadline, std::list<Asker>& askers) {
  const int epoll = NewEpoll();
  for (Asker& asker : askers) Watch(epoll, asker.fd(), &asker);
  std::array<epoll_event, 256> events{};
  while (Clock::now() < deadline) {
    const int count = ::epoll_wait(epoll, events.data(), events.size(), 50);
    for (int i = 0; i < count; ++i) {
      static_cast<Asker*>(events[static_cast<size_t>(i)].data.ptr)->OnEvent();
    }
  }
  ::close(epoll);
}

int Main(int argc, const char* const* argv) {
  const Arguments arguments(argc, argv, kUsage);
  const AskerOptions options = OptionsFrom(arguments);
  const auto connections = static_cast<size_t>(arguments.Number("--connections", 64));
  const std::chrono::duration<double> time(arguments.Number("--seconds", 3));
  if (connections == 0) arguments.Refuse();
  Latencies latencies;
  std::list<Asker> askers;
  for (size_t i = 0; i < connections; ++i) askers.emplace_back(options, latencies);
  const auto started = Clock::now();
  RunUntil(started + std::chrono::duration_cast<Clock::duration>(time), askers);
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
  std::printf("\"ms_p50\":%.3f,\"ms_p99\":%.3f,\"cpu_seconds\":%.3f}\n", latencies.Quantile(0.5),
              latencies.Quantile(0.99), CpuSeconds());
  return 0;
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
