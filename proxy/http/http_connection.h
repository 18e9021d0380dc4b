#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/http/exchange.h"
#include "proxy/http/request_parser.h"
#include "proxy/http/response_writer.h"
#include "proxy/net/libevent_ptr.h"
#include "proxy/net/stream.h"

namespace longshore {

class HttpServer;

// One client connection: HTTP/1.1 with keep-alive and pipelining (answers in order, one request
// handled at a time). Lives on its server's loop and is owned by that server.
//
// reading ──head complete──▶ handling ──Respond──▶ writing ──all sent──▶ reading
//    └── bad request, closing answer, short body ──▶ lingering (FIN sent; the rest is read and
//    dropped) ──▶ gone
//
// The socket is read in every state, so a client that leaves is noticed at once and its work
// cancelled.
class HttpConnection {
 public:
  // `network`: what tells its client from others (PeerNetwork).
  HttpConnection(HttpServer& server, StreamPtr stream, std::string network);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void Start();
  // Answers without waiting for a request, then closes.
  void Refuse(int status, std::string_view reason);
  void Respond(Response response);  // for Exchange
  // While the server drains. Ends on a later turn if a first request may still be on its way.
  void CloseIfIdle();

  const std::string& network() const { return network_; }

  // --- for the server's line of large bodies
  bool IsInLine() const { return is_in_line_; }
  void TakeTurn();

  // --- for the server's sweep
  bool IsLate(TimePoint now);
  void EndLate();

 private:
  enum class State { kReading, kHandling, kWriting, kLingering, kGone };

  void OnReadable();
  void OnWritable();
  void Receive(std::string_view bytes);
  void HandleKept();
  bool HandleOne(std::string_view received);
  void Keep(std::string_view rest);
  void StartExchange(Request request);
  void Pump(uint64_t most);  // bytes of a large body, about
  void AwaitTurn();
  void ArmWrite();
  void FinishResponse();
  void FinishRecord(bool complete);
  void Linger();
  void Close();

  HttpServer& server_;
  StreamPtr stream_;
  EventPtr read_event_;
  EventPtr write_event_;
  const std::string client_;
  const std::string network_;
  State state_ = State::kReading;
  RequestParser parser_;
  std::string in_;  // received and not consumed
  bool read_paused_ = false;
  bool parsing_ = false;

  ExchangePtr exchange_;
  bool close_after_ = false;
  bool has_asked_ = false;

  ResponseWriter writer_;
  bool is_in_line_ = false;

  TimePoint since_;            // start of what the deadlines measure
  uint64_t acknowledged_ = 0;  // as of the last sweep
};

}  // namespace longshore
