#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

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
};

// Shared by the servers of all loops.
struct ConnectionCount {
  std::atomic<uint32_t> open{0};
};

// The HTTP/1.1 connections of one loop. Lives on that loop.
class HttpServer {
 public:
  HttpServer(EventLoop& loop, const HttpLimits& limits, ConnectionCount& count,
             HttpHandler& handler, HttpObserver& observer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Takes a connection that was just accepted; over the limit it is told so (503) and closed.
  void Accept(StreamPtr stream);
  // From now on every answer closes its connection, and idle connections close at once; those that
  // never asked anything have `linger` for it.
  void Drain();
  size_t OpenConnections() const { return connections_.size(); }

  // --- for connections
  EventLoop& loop() { return loop_; }
  const HttpLimits& limits() const { return limits_; }
  HttpHandler& handler() { return handler_; }
  HttpObserver& observer() { return observer_; }
  bool IsDraining() const { return draining_; }
  uint64_t NextRequestId();
  const std::string& DateNow();             // RFC 9110 §5.6.7, renewed once a second
  void Remove(HttpConnection& connection);  // deleted on a later turn

 private:
  void Sweep();

  EventLoop& loop_;
  const HttpLimits& limits_;
  ConnectionCount& count_;
  HttpHandler& handler_;
  HttpObserver& observer_;
  std::unordered_map<HttpConnection*, std::unique_ptr<HttpConnection>> connections_;
  Executor::TimerId sweep_timer_ = 0;
  bool draining_ = false;
  std::string date_;
  int64_t date_second_ = 0;
};

}  // namespace longshore
