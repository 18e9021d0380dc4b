#include "proxy/http/http_connection.h"

#include <array>
#include <utility>

#include "cache/base/give_back.h"
#include "proxy/http/http_server.h"

namespace longshore {
namespace {

constexpr size_t kMaxPipelined = 64 * 1024;  // bytes kept of requests that wait for their turn
constexpr int kReadsPerTurn = 16;            // then other connections of the loop get their turn
// Bytes of a large body before others of the loop get their turn: the first at once, the rest in
// line (HttpServer::AwaitTurn). Smaller turns cost throughput.
constexpr uint64_t kTurn = ResponseWriter::kLongestPiece;
constexpr uint64_t kFirstTurn = kTurn / 4;

// One buffer a thread: an idle connection keeps none.
std::array<char, 64 * 1024>& Scratch() {
  thread_local std::array<char, 64 * 1024> scratch;
  return scratch;
}

}  // namespace

void Exchange::Respond(Response response) {
  if (connection_ == nullptr) return;
  connection_->Respond(std::move(response));
}

HttpConnection::HttpConnection(HttpServer& server, StreamPtr stream, std::string network)
    : server_(server),
      stream_(std::move(stream)),
      client_(PeerAddress(stream_->fd())),
      network_(std::move(network)),
      writer_(*stream_,
              [this] {
                since_ = server_.Now();
                Pump(kFirstTurn);
              }),
      since_(server_.Now()) {
  event_base* base = server_.loop().base();
  read_event_.reset(event_new(
      base, stream_->fd(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<HttpConnection*>(self)->OnReadable(); },
      this));
  write_event_.reset(event_new(
      base, stream_->fd(), EV_WRITE,
      [](evutil_socket_t, short, void* self) { static_cast<HttpConnection*>(self)->OnWritable(); },
      this));
}

HttpConnection::~HttpConnection() {
  if (!exchange_) return;
  exchange_->Detach();
  server_.RequestEnds();
}

void HttpConnection::Start() {
  event_add(read_event_.get(), nullptr);
}

void HttpConnection::OnReadable() {
  auto& scratch = Scratch();
  for (int i = 0; i < kReadsPerTurn; ++i) {
    const Socket::Moved moved = stream_->Read(scratch.data(), scratch.size());
    if (moved.kind == Socket::Moved::Kind::kWouldBlock) {
      if (stream_->WantsToWrite()) ArmWrite();
      return;
    }
    if (moved.kind == Socket::Moved::Kind::kClosed) {
      FinishRecord(false);
      Close();
      return;
    }
    if (state_ == State::kLingering) continue;
    Receive({scratch.data(), moved.bytes});
    if (state_ == State::kGone) return;
    if (state_ != State::kReading && state_ != State::kLingering && in_.size() > kMaxPipelined) {
      event_del(read_event_.get());
      read_paused_ = true;
      return;
    }
    if (moved.bytes < scratch.size()) return;
  }
}

// A request mostly comes alone and whole: it is parsed where it was read to, and never copied.
void HttpConnection::Receive(std::string_view bytes) {
  if (state_ != State::kReading || !in_.empty()) {
    in_ += bytes;
  } else {
    since_ = server_.Now();
    parsing_ = true;
    const bool is_whole = HandleOne(bytes);
    parsing_ = false;
    if (!is_whole) return;
  }
  HandleKept();
}

// Respond may finish inside Handle and come back here: the outer call goes on, the inner returns.
void HttpConnection::HandleKept() {
  if (parsing_) return;
  parsing_ = true;
  while (state_ == State::kReading && !in_.empty() && HandleOne(in_)) {
  }
  parsing_ = false;
}

// `received`: in_, or what follows it while it is empty. False: there is no whole request.
bool HttpConnection::HandleOne(std::string_view received) {
  Request request;
  const RequestParser::Outcome outcome = parser_.Parse(received, request);
  if (outcome.kind == RequestParser::Outcome::Kind::kBad) {
    Refuse(outcome.status, outcome.reason);
    return false;
  }
  // The handler may have others read to the same place: what is left is kept before.
  Keep(received.substr(outcome.consumed));
  if (outcome.kind == RequestParser::Outcome::Kind::kNeedMore) return false;
  StartExchange(std::move(request));
  return true;
}

void HttpConnection::Keep(std::string_view rest) {
  if (rest.empty()) {
    GiveBack(in_);
  } else if (in_.empty()) {
    in_ = rest;
  } else {
    in_.erase(0, in_.size() - rest.size());
  }
}

void HttpConnection::StartExchange(Request request) {
  // No request with a body is ever accepted here, so the body is not read: it ends the connection.
  close_after_ = !request.keep_alive || request.has_body || server_.IsDraining();
  has_asked_ = true;
  server_.RequestBegins();
  RequestRecord record;
  record.id = server_.NextRequestId();
  record.client = client_;
  record.network = network_;
  record.started = server_.Now();
  state_ = State::kHandling;
  exchange_ =
      std::make_shared<Exchange>(*this, server_.loop(), std::move(request), std::move(record));
  const ExchangePtr keep = exchange_;
  server_.handler().Handle(keep);
}

void HttpConnection::Refuse(int status, std::string_view reason) {
  server_.observer().OnRefused(client_, status, reason);
  Response response;
  response.status = status;
  response.fields.Add("Content-Type", "text/plain; charset=utf-8");
  if (status == 503) response.fields.Add("Retry-After", "1");
  response.body = std::string(reason) + "\n";
  response.close = true;
  state_ = State::kHandling;
  if (!read_paused_) event_add(read_event_.get(), nullptr);
  Respond(std::move(response));
}

void HttpConnection::Respond(Response response) {
  if (state_ != State::kHandling) return;
  state_ = State::kWriting;
  since_ = server_.Now();
  close_after_ = close_after_ || response.close || server_.IsDraining();
  if (exchange_) exchange_->record().status = response.status;
  const bool without_body = response.status == 304 || (exchange_ && exchange_->IsHead());
  writer_.Begin(std::move(response), {server_.DateNow(), without_body, close_after_});
  Pump(kFirstTurn);
}

void HttpConnection::Pump(uint64_t most) {
  if (state_ != State::kWriting) return;
  const uint64_t sent_before = writer_.total_sent();
  const ResponseWriter::Outcome outcome = writer_.Send(most);
  server_.observer().OnBytesSent(writer_.total_sent() - sent_before);
  if (exchange_) exchange_->record().bytes = writer_.body_sent();
  switch (outcome) {
    case ResponseWriter::Outcome::kSent:
      FinishResponse();
      return;
    case ResponseWriter::Outcome::kTurnOver:
      AwaitTurn();
      return;
    case ResponseWriter::Outcome::kBlocked:
      ArmWrite();
      return;
    case ResponseWriter::Outcome::kWaiting:
      return;
    case ResponseWriter::Outcome::kShort:
      // Bytes were promised that will not come: end short and clean, so the client resumes.
      if (exchange_) exchange_->record().cut = true;
      FinishRecord(false);
      Linger();
      return;
    case ResponseWriter::Outcome::kClosed:
      FinishRecord(false);
      Close();
  }
}

void HttpConnection::ArmWrite() {
  event_add(write_event_.get(), nullptr);
}

void HttpConnection::OnWritable() {
  if (stream_->WantsToWrite()) OnReadable();
  writer_.HasSource() ? AwaitTurn() : Pump(kFirstTurn);
}

void HttpConnection::AwaitTurn() {
  if (is_in_line_) return;
  is_in_line_ = true;
  server_.AwaitTurn(*this);
}

void HttpConnection::TakeTurn() {
  is_in_line_ = false;
  Pump(kTurn);
}

void HttpConnection::FinishResponse() {
  FinishRecord(true);
  writer_.Drop();
  if (close_after_) {
    Linger();
    return;
  }
  state_ = State::kReading;
  since_ = server_.Now();
  if (read_paused_) {
    read_paused_ = false;
    event_add(read_event_.get(), nullptr);
  }
  HandleKept();
}

void HttpConnection::FinishRecord(bool complete) {
  if (!exchange_) return;
  const ExchangePtr exchange = std::move(exchange_);
  exchange->Detach();
  server_.RequestEnds();
  exchange->record().complete = complete;
  server_.observer().OnRequestDone(exchange->request(), exchange->record());
}

void HttpConnection::Linger() {
  writer_.Drop();
  state_ = State::kLingering;
  since_ = server_.Now();
  GiveBack(in_);
  stream_->ShutdownWrite();
  event_del(write_event_.get());
  event_add(read_event_.get(), nullptr);
  read_paused_ = false;
}

void HttpConnection::Close() {
  if (state_ == State::kGone) return;
  state_ = State::kGone;
  writer_.Drop();
  event_del(read_event_.get());
  event_del(write_event_.get());
  server_.Remove(*this);
}

void HttpConnection::CloseIfIdle() {
  if (state_ == State::kReading && !read_paused_) OnReadable();  // what is here already is answered
  // A client retries on a connection that answered before; one that opened it to ask for the first
  // time takes the end for an answer. The sweep ends those that do not ask.
  if (state_ == State::kReading && in_.empty() && has_asked_) Linger();
}

bool HttpConnection::IsLate(TimePoint now) {
  const HttpLimits& limits = server_.limits();
  switch (state_) {
    case State::kReading:
      if (!in_.empty() || stream_->IsHandshaking()) return now - since_ > limits.head;
      return now - since_ > (server_.IsDraining() ? limits.linger : limits.idle);
    case State::kLingering:
      return now - since_ > limits.linger;
    case State::kWriting: {
      // The kernel's buffer may take minutes to drain to a slow client: what the client
      // acknowledged is what counts.
      const uint64_t acknowledged = writer_.total_sent() - stream_->Unacknowledged();
      if (acknowledged != acknowledged_ || writer_.IsWaiting()) since_ = now;
      acknowledged_ = acknowledged;
      return now - since_ > limits.no_progress;
    }
    case State::kHandling:
    case State::kGone:
      return false;
  }
  return false;
}

void HttpConnection::EndLate() {
  if (state_ == State::kReading && !in_.empty()) {
    Refuse(408, "the request head did not arrive in time");
    return;
  }
  if (state_ == State::kReading) {
    Linger();
    return;
  }
  FinishRecord(false);
  Close();
}

}  // namespace longshore
