#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cache/base/clock.h"
#include "cache/base/executor.h"
#include "proxy/http/message.h"

namespace longshore {

class HttpConnection;

// What is known of a request when it is over: for the access log and the metrics. Handlers fill the
// middle part.
struct RequestRecord {
  uint64_t id = 0;  // unique in this process
  std::string client;
  std::string network;  // the client's, as limits count clients (PeerNetwork)
  TimePoint started;

  std::string_view kind =
      "other";  // a literal of a closed set: ping, manifest, blob, tags, referrers, …
  std::string_view verdict = "none";  // a literal of a closed set: hit, miss, stale, …
  std::string upstream;               // a configured name, or empty
  std::string repository;
  std::string reference;  // tag or digest, as it was asked for
  std::string digest;     // of what was answered, as far as it is known

  int status = 0;
  uint64_t bytes = 0;     // of the body, given to the kernel
  bool complete = false;  // every byte was given to the kernel
  bool cut = false;       // not complete, and not because the client left
};

// One request and its one answer. Lives on the connection's loop; handlers keep it (shared) until
// they answer. When the client leaves, the exchange stays valid and Respond does nothing.
class Exchange {
 public:
  Exchange(HttpConnection& connection, Executor& executor, Request request, RequestRecord record)
      : record_(std::move(record)),
        connection_(&connection),
        executor_(executor),
        request_(std::move(request)) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request() const { return request_; }
  bool IsHead() const { return request_.method == "HEAD"; }
  Executor& executor() const { return executor_; }
  RequestRecord& record() { return record_; }
  bool IsAlive() const { return connection_ != nullptr; }

  // Exactly once, on the loop. Later calls are ignored.
  void Respond(Response response);

  // For the connection: the client left, or the answer is complete.
  void Detach() { connection_ = nullptr; }

 private:
  RequestRecord record_;
  HttpConnection* connection_;
  Executor& executor_;
  const Request request_;
};
using ExchangePtr = std::shared_ptr<Exchange>;

// Answers requests. One per loop; Handle runs on that loop and must not block. It answers through
// the exchange, now or later.
class HttpHandler {
 public:
  HttpHandler() = default;
  HttpHandler(const HttpHandler&) = delete;
  HttpHandler& operator=(const HttpHandler&) = delete;
  virtual ~HttpHandler() = default;
  virtual void Handle(const ExchangePtr& exchange) = 0;
};

// Sees what connections do: metrics and the access log. Called on the connection's loop.
class HttpObserver {
 public:
  HttpObserver() = default;
  HttpObserver(const HttpObserver&) = delete;
  HttpObserver& operator=(const HttpObserver&) = delete;
  virtual ~HttpObserver() = default;
  virtual void OnAccepted(bool within_limit) = 0;
  virtual void OnBytesSent(uint64_t bytes) = 0;  // head and body
  virtual void OnRequestDone(const Request& request, const RequestRecord& record) = 0;
  virtual void OnRefused(std::string_view client, int status, std::string_view reason) = 0;
};

}  // namespace longshore
