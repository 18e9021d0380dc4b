#include "proxy/http/http_server.h"

#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "proxy/http/http_connection.h"

namespace longshore {
namespace {

constexpr Duration kSweepPeriod{500};
std::atomic<uint64_t> g_next_request_id{1};

}  // namespace

HttpServer::HttpServer(EventLoop& loop, const HttpLimits& limits, ConnectionCount& count,
                       HttpHandler& handler, HttpObserver& observer)
    : loop_(loop), limits_(limits), count_(count), handler_(handler), observer_(observer) {
  sweep_timer_ = loop_.RunAfter(kSweepPeriod, [this] { Sweep(); });
}

HttpServer::~HttpServer() {
  loop_.CancelTimer(sweep_timer_);
  count_.open -= static_cast<uint32_t>(connections_.size());
}

void HttpServer::Accept(StreamPtr stream) {
  const bool over = count_.open.fetch_add(1) >= limits_.max_connections;
  observer_.OnAccepted(!over);
  auto connection = std::make_unique<HttpConnection>(*this, std::move(stream));
  HttpConnection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  if (over) {
    raw->Refuse(503, "too many connections");
  } else {
    raw->Start();
  }
}

void HttpServer::Drain() {
  draining_ = true;
  std::vector<HttpConnection*> all;
  all.reserve(connections_.size());
  for (const auto& entry : connections_) all.push_back(entry.first);
  for (HttpConnection* connection : all) connection->CloseIfIdle();
}

uint64_t HttpServer::NextRequestId() {
  return g_next_request_id.fetch_add(1, std::memory_order_relaxed);
}

const std::string& HttpServer::DateNow() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::array<char, 64> text{};
    const size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date_.assign(text.data(), size);
    date_second_ = now;
  }
  return date_;
}

void HttpServer::Remove(HttpConnection& connection) {
  auto node = connections_.extract(&connection);
  if (node.empty()) return;
  --count_.open;
  loop_.DeleteLater(std::move(node.mapped()));
}

void HttpServer::Sweep() {
  const TimePoint now = std::chrono::steady_clock::now();
  std::vector<HttpConnection*> late;
  for (const auto& entry : connections_) {
    if (entry.first->IsLate(now)) late.push_back(entry.first);
  }
  for (HttpConnection* connection : late) connection->EndLate();
  sweep_timer_ = loop_.RunAfter(kSweepPeriod, [this] { Sweep(); });
}

}  // namespace longshore
