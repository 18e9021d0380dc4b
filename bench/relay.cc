// A TCP relay that makes the loopback look like a distant, narrow link: delay each way, a bound on
// every connection's bytes per second, and cuts. It counts what went over it: whoever connects to
// the stats port gets one line of JSON.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <list>
#include <memory>

#include "bench/arguments.h"
#include "bench/loopback.h"
#include "bench/relayed_connection.h"

namespace longshore::bench {
namespace {

constexpr const char* kUsage =
    "bench_relay LISTEN_PORT TARGET_PORT STATS_PORT [--delay-ms MS] [--rate BYTES_PER_S] "
    "[--cut-every BYTES]";

struct Totals {
  uint64_t cuts = 0;
  uint64_t to_client = 0;
  uint64_t to_target = 0;

  void Add(const RelayedConnection& connection) {
    if (connection.was_cut()) ++cuts;
    to_client += connection.Delivered();
    to_target += connection.to_target();
  }
};

class Relay {
 public:
  Relay(uint16_t port, uint16_t target_port, uint16_t stats_port, const RelayShape& shape)
      : shape_(shape), target_port_(target_port), epoll_(NewEpoll()) {
    listener_.fd = Listen(port);
    stats_.fd = Listen(stats_port);
    Watch(epoll_, listener_.fd, &listener_);
    Watch(epoll_, stats_.fd, &stats_);
  }

  [[noreturn]] void Run() {
    std::array<epoll_event, 256> events{};
    Time next = Time::max();
    while (true) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), Timeout(next));
      for (int i = 0; i < count; ++i) Note(events[static_cast<size_t>(i)]);
      if (listener_.readable) AcceptAll();
      next = TurnAll();
      if (stats_.readable) AnswerStats();
    }
  }

 private:
  struct Entry {
    Entry(int client, int target, const RelayShape& shape, Time now)
        : connection(client, target, shape, now), turn_at(now) {}
    RelayedConnection connection;
    Time turn_at;
  };

  static int Timeout(Time next) {
    if (next == Time::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
  }

  static void Note(const epoll_event& event) {
    auto* endpoint = static_cast<Endpoint*>(event.data.ptr);
    if ((event.events & ~uint32_t{EPOLLOUT}) != 0) endpoint->readable = true;
    if ((event.events & EPOLLOUT) != 0) endpoint->writable = true;
    endpoint->noted = true;
  }

  void AcceptAll() {
    listener_.readable = false;
    for (int client = Accept(listener_.fd); client >= 0; client = Accept(listener_.fd)) {
      ++accepted_;
      auto& entry = entries_.emplace_back(client, Connect(target_port_), shape_, Clock::now());
      Watch(epoll_, entry.connection.client().fd, &entry.connection.client());
      Watch(epoll_, entry.connection.target().fd, &entry.connection.target());
    }
  }

  // Returns when the next connection wants a turn.
  Time TurnAll() {
    Time next = Time::max();
    for (auto it = entries_.begin(); it != entries_.end();) {
      RelayedConnection& connection = it->connection;
      const Time now = Clock::now();
      if (connection.TakeNote() || it->turn_at <= now) it->turn_at = connection.Turn(now);
      next = std::min(next, it->turn_at);
      if (connection.IsOver()) over_.Add(connection);
      it = connection.IsOver() ? entries_.erase(it) : std::next(it);
    }
    return next;
  }

  void AnswerStats() {
    stats_.readable = false;
    for (int asker = Accept(stats_.fd); asker >= 0; asker = Accept(stats_.fd)) {
      Totals all = over_;
      for (const Entry& entry : entries_) all.Add(entry.connection);
      ::dprintf(asker,
                "{\"connections\":%" PRIu64 ",\"open\":%zu,\"cuts\":%" PRIu64
                ",\"to_client\":%" PRIu64 ",\"to_target\":%" PRIu64 "}\n",
                accepted_, entries_.size(), all.cuts, all.to_client, all.to_target);
      ::close(asker);
    }
  }

  const RelayShape shape_;
  const uint16_t target_port_;
  const int epoll_;
  Endpoint listener_;
  Endpoint stats_;
  std::list<Entry> entries_;  // addresses stay: epoll holds them
  uint64_t accepted_ = 0;
  Totals over_;  // of the connections that are no more
};

int Main(int argc, const char* const* argv) {
  const Arguments arguments(argc, argv, kUsage);
  RelayShape shape;
  const std::chrono::duration<double, std::milli> delay(arguments.Number("--delay-ms", 0));
  shape.link.delay = std::chrono::duration_cast<Clock::duration>(delay);
  shape.link.rate = arguments.Number("--rate", 0);
  shape.cut_every = static_cast<uint64_t>(arguments.Number("--cut-every", 0));
  Relay relay(arguments.Port(0), arguments.Port(1), arguments.Port(2), shape);
  relay.Run();
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
