#include "proxy/http/http_server.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "proxy/http/http_connection.h"

namespace longshore {
namespace {

constexpr Duration kSweepPeriod{500};
// So many more than the limit hear why they are refused; each costs a socket for a moment.
constexpr uint32_t kMaxToldWhy = 512;
std::atomic<uint64_t> g_next_request_id{1};

}  // namespace

HttpServer::HttpServer(EventLoop& loop, const Clock& clock, const HttpLimits& limits,
                       ConnectionCount& count, HttpHandler& handler, HttpObserver& observer)
    : loop_(loop),
      clock_(clock),
      limits_(limits),
      count_(count),
      handler_(handler),
      observer_(observer) {
  sweep_timer_ = loop_.RunAfter(kSweepPeriod, [this] { Sweep(); });
}

HttpServer::~HttpServer() {
  loop_.CancelTimer(sweep_timer_);
  loop_.CancelTimer(turn_timer_);
  count_.open -= static_cast<uint32_t>(connections_.size());
  for (const auto& entry : connections_) count_.clients.Remove(entry.first->network());
}

void HttpServer::Accept(StreamPtr stream) {
  std::string network = PeerNetwork(stream->fd());
  const uint32_t open = count_.open.fetch_add(1);
  const std::string_view reason = ReasonToRefuse(open, count_.clients.Add(network));
  observer_.OnAccepted(reason.empty());
  if (open >= uint64_t{limits_.max_connections} + kMaxToldWhy) {
    --count_.open;
    count_.clients.Remove(network);
    return;
  }
  auto connection = std::make_unique<HttpConnection>(*this, std::move(stream), std::move(network));
  HttpConnection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  if (reason.empty()) {
    raw->Start();
  } else {
    raw->Refuse(503, reason);
  }
}

std::string_view HttpServer::ReasonToRefuse(uint32_t open, uint64_t of_client) {
  if (open >= limits_.max_connections) {
    ++count_.refused;
    return "too many connections";
  }
  const uint64_t share = FairShare(limits_.max_connections, open);
  if (of_client >= std::min<uint64_t>(limits_.max_connections_per_client, share)) {
    ++count_.refused_to_client;
    return "too many connections of this client";
  }
  return {};
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
  if (connection.IsInLine()) std::erase(line_, &connection);
  --count_.open;
  count_.clients.Remove(connection.network());
  loop_.DeleteLater(std::move(node.mapped()));
}

void HttpServer::AwaitTurn(HttpConnection& connection) {
  line_.push_back(&connection);
  ArmTurn();
}

// A timer that is due runs after what the sockets had, and one made meanwhile not before the next
// time.
void HttpServer::ArmTurn() {
  if (turn_timer_ == 0) turn_timer_ = loop_.RunAfter(Duration{0}, [this] { RunTurn(); });
}

void HttpServer::RunTurn() {
  turn_timer_ = 0;
  if (line_.empty()) return;
  HttpConnection* const first = line_.front();
  line_.pop_front();
  first->TakeTurn();
  if (!line_.empty()) ArmTurn();
}

void HttpServer::Sweep() {
  EndLate();
  sweep_timer_ = loop_.RunAfter(kSweepPeriod, [this] { Sweep(); });
}

void HttpServer::EndLate() {
  const TimePoint now = Now();
  std::vector<HttpConnection*> late;
  for (const auto& entry : connections_) {
    if (entry.first->IsLate(now)) late.push_back(entry.first);
  }
  for (HttpConnection* connection : late) connection->EndLate();
}

}  // namespace longshore
