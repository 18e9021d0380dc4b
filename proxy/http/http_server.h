#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "cache/base/clock.h"
#include "metrics/counter.h"
#include "proxy/http/client_counts.h"
#include "proxy/http/exchange.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/stream.h"

namespace longshore {

class HttpConnection;

// Limits of client connections. Durations end a connection that does nothing for so long; a
// download that moves, however slowly, is never cut.
struct HttpLimits {
  Duration head{10'000};         // from a request's first byte to the end of its head
  Duration idle{75'000};         // between requests
  Duration no_progress{60'000};  // the client acknowledges nothing of what was sent
  Duration linger{2'000};        // for the client to read our last words before the socket goes
  uint32_t max_connections = 16'384;
  uint32_t max_connections_per_client = 4'096;
};

// Shared by the servers of all loops.
struct ConnectionCount {
  std::atomic<uint32_t> open{0};
  // Each request adds to both: no loop waits for another's cache line.
  metrics::Counter requests_begun;
  metrics::Counter requests_ended;
  ClientCounts clients;
  std::atomic<uint64_t> refused{0};            // for max_connections
  std::atomic<uint64_t> refused_to_client{0};  // for what one client may have

  // That are being answered.
  uint64_t Requests() const {
    const uint64_t ended = requests_ended.Value();  // first: none ends that has not begun
    return std::max(requests_begun.Value(), ended) - ended;
  }
};

// The HTTP/1.1 connections of one loop. Lives on that loop.
class HttpServer {
 public:
  HttpServer(EventLoop& loop, const Clock& clock, const HttpLimits& limits, ConnectionCount& count,
             HttpHandler& handler, HttpObserver& observer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Takes a connection that was just accepted; over a limit it is told so (503) and closed, or just
  // closed when very many are being told. A client may have as many connections as are still free,
  // so one alone never takes more than half of them, and one that has none gets one to the last.
  void Accept(StreamPtr stream);
  // From now on every answer closes its connection, and idle connections close at once; those that
  // never asked anything have `linger` for it.
  void Drain();
  // Ends the connections that have done nothing for too long. Does so by itself, twice a second.
  void EndLate();
  size_t OpenConnections() const { return connections_.size(); }

  // --- for connections
  EventLoop& loop() { return loop_; }
  TimePoint Now() const { return clock_.Now(); }
  const HttpLimits& limits() const { return limits_; }
  HttpHandler& handler() { return handler_; }
  HttpObserver& observer() { return observer_; }
  bool IsDraining() const { return draining_; }
  uint64_t NextRequestId();
  void RequestBegins() { count_.requests_begun.Add(); }
  void RequestEnds() { count_.requests_ended.Add(); }
  const std::string& DateNow();             // RFC 9110 §5.6.7, renewed once a second
  void Remove(HttpConnection& connection);  // deleted on a later turn
  // Puts a connection with a large body in line: TakeTurn comes later. One of the line has its turn
  // each time the loop has looked at its sockets, so that a small request waits for one turn of a
  // large body, however many there are. The connection stays in line once.
  void AwaitTurn(HttpConnection& connection);

 private:
  // Why no connection more of a client that has `of_client`, when `open` are open; or empty.
  std::string_view ReasonToRefuse(uint32_t open, uint64_t of_client);
  void Sweep();
  void ArmTurn();
  void RunTurn();

  EventLoop& loop_;
  const Clock& clock_;
  const HttpLimits& limits_;
  ConnectionCount& count_;
  HttpHandler& handler_;
  HttpObserver& observer_;
  std::unordered_map<HttpConnection*, std::unique_ptr<HttpConnection>> connections_;
  Executor::TimerId sweep_timer_ = 0;
  std::deque<HttpConnection*> line_;  // large bodies that have more to send
  Executor::TimerId turn_timer_ = 0;  // 0: none
  bool draining_ = false;
  std::string date_;
  int64_t date_second_ = 0;
};

}  // namespace longshore
