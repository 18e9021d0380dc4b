// A client that costs next to nothing: GETs one path over N connections at once, discards the
// bodies, prints JSON. A body that is cut short, has a wrong digest or a status other than 200 and
// 206 is not `right`.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <list>
#include <vector>

#include "bench/arguments.h"
#include "bench/cpu_seconds.h"
#include "bench/latencies.h"
#include "bench/loopback.h"
#include "bench/reader.h"

namespace longshore::bench {
namespace {

using Clock = Reader::Clock;

constexpr const char* kUsage =
    "bench_discard PORT PATH [--connections N] [--range A-B] [--verify DIGEST] [--rate BYTES_PER_S]"
    " [--receive-buffer BYTES] [--seconds MOST]";
constexpr std::chrono::milliseconds kTick{10};  // how finely --rate is kept

ReaderOptions OptionsFrom(const Arguments& arguments) {
  ReaderOptions options;
  options.port = arguments.Port(0);
  options.rate = arguments.Number("--rate", 0);
  options.receive_buffer = static_cast<int>(arguments.Number("--receive-buffer", 0));
  options.request = "GET " + arguments.Word(1) +
                    " HTTP/1.1\r\nHost: 127.0.0.1:" + arguments.Word(0) +
                    "\r\nUser-Agent: bench_discard\r\n";
  const std::string range = arguments.Text("--range");
  if (!range.empty()) options.request += "Range: bytes=" + range + "\r\n";
  options.request += "\r\n";
  const std::string digest = arguments.Text("--verify");
  if (!digest.empty()) {
    const auto parsed = Digest::Parse(digest);
    if (!parsed) arguments.Refuse();
    options.expect = *parsed;
  }
  return options;
}

// Runs all readers to their end, or to the deadline.
void RunAll(std::list<Reader>& readers, Clock::time_point deadline, bool paced) {
  const int epoll = NewEpoll();
  for (Reader& reader : readers) Watch(epoll, reader.fd(), &reader);
  std::array<epoll_event, 256> events{};
  bool busy = false;
  const auto is_over = [](const Reader& reader) { return reader.IsOver(); };
  while (!std::all_of(readers.begin(), readers.end(), is_over) && Clock::now() < deadline) {
    const int wait = busy ? 0 : paced ? static_cast<int>(kTick.count()) : 100;
    const int count = ::epoll_wait(epoll, events.data(), events.size(), wait);
    for (int i = 0; i < count; ++i) {
      static_cast<Reader*>(events[static_cast<size_t>(i)].data.ptr)->OnEvent();
    }
    busy = false;
    const auto now = Clock::now();
    for (Reader& reader : readers) busy = reader.Turn(now) || busy;
  }
  ::close(epoll);
}

double Milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// Jain's index: 1 when all have the same, 1/n when one has all.
double Fairness(const std::vector<double>& shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(shares.size()) * squares) : 1;
}

void Print(const std::list<Reader>& readers) {
  std::vector<double> first_bytes;
  std::vector<double> received;
  double total_bytes = 0;
  double last_ms = 0;
  int right = 0;
  int failed = 0;
  for (const Reader& reader : readers) {
    if (reader.first_byte()) first_bytes.push_back(Milliseconds(*reader.first_byte()));
    if (reader.last_byte()) last_ms = std::max(last_ms, Milliseconds(*reader.last_byte()));
    received.push_back(static_cast<double>(reader.received()));
    total_bytes += received.back();
    const bool good = reader.status() == 200 || reader.status() == 206;
    right += reader.IsRight() && good ? 1 : 0;
    failed += reader.IsOver() && !(reader.IsRight() && good) ? 1 : 0;
  }
  std::printf("{\"connections\":%zu,\"right\":%d,\"failed\":%d,\"status\":%d,\"seconds\":%.6f,",
              readers.size(), right, failed, readers.front().status(), last_ms / 1e3);
  std::printf("\"bytes\":%.0f,\"bytes_min\":%.0f,\"bytes_p50\":%.0f,\"bytes_max\":%.0f,",
              total_bytes, Quantile(received, 0), Quantile(received, 0.5), Quantile(received, 1));
  std::printf("\"fairness\":%.5f,", Fairness(received));
  std::printf("\"first_byte_ms_p50\":%.3f,\"first_byte_ms_p99\":%.3f,\"cpu_seconds\":%.3f}\n",
              Quantile(first_bytes, 0.5), Quantile(first_bytes, 0.99), CpuSeconds());
}

int Main(int argc, const char* const* argv) {
  const Arguments arguments(argc, argv, kUsage);
  const ReaderOptions options = OptionsFrom(arguments);
  const std::chrono::duration<double> most(arguments.Number("--seconds", 600));
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(most);
  const auto connections = static_cast<size_t>(arguments.Number("--connections", 1));
  if (connections == 0) arguments.Refuse();
  std::list<Reader> readers;
  for (size_t i = 0; i < connections; ++i) readers.emplace_back(options);
  RunAll(readers, deadline, options.rate > 0);
  Print(readers);
  return 0;
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
