#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/net/event_loop.h"
#include "proxy/upstream/content_decoder.h"
#include "proxy/upstream/shared_connections.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

// One transfer on one easy handle: what it asks, and what libcurl then calls it for, which goes to
// the observer. Lives on its client's loop; the client takes the handle out of libcurl before it
// destroys the job.
class CurlJob {
 public:
  // `fed` lists the jobs that had bytes since they were last told that that was all.
  CurlJob(EventLoop& loop, uint64_t id, const TransferRequest& request, TransferObserver& observer,
          std::vector<uint64_t>& fed, SharedConnections& shared);
  CurlJob(const CurlJob&) = delete;
  CurlJob& operator=(const CurlJob&) = delete;
  ~CurlJob();

  uint64_t id() const { return id_; }
  CURL* easy() const { return easy_; }
  // `late` runs unless the head comes, or this goes, before.
  void AwaitHead(Duration timeout, Task late);
  // After such a wait.
  void LeaveSilentConnection(Duration waited);

  bool IsCancelled() const { return observer_ == nullptr; }
  void Cancel() { observer_ = nullptr; }  // nothing is told any more

  bool IsPaused() const { return is_paused_; }
  // What libcurl has for us, it then keeps; it brings it again when it is told to go on.
  void Pause() { is_paused_ = true; }
  void Unpause() { is_paused_ = false; }

  uint64_t WireBytes() const;

  // An encoded body may expand to kMostInTurn bytes, then it waits for a later turn of the loop:
  // libcurl brings the rest again when it is told to go on. True: it waits for that.
  bool EndTurn();

  // Each tells the observer, if it was not cancelled, and may be the end of this job.
  void TellCaughtUp();
  void TellDone(CURLcode code);
  void TellDone(const TransferEnd& end);

 private:
  static size_t OnHeader(char* data, size_t, size_t size, void* self);
  static size_t OnWrite(char* data, size_t, size_t size, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address);
  static int OnConnected(void* self, char* peer, char*, int, int);

  void SetRequest(const TransferRequest& request);
  void SetConnection(const TransferRequest& request);
  void SetCallbacks();
  void NoteShared();
  bool TakeHeaderLine(std::string_view line);
  void ReadHeaderLine(std::string_view line);
  void TakeField(std::string_view name, std::string_view value);
  size_t TakeBody(std::string_view data);
  size_t Expand(std::string_view data);
  // How far inside a connection to `address` leads. What a proxy does with a name only it knows.
  AddressReach LeadsTo(const std::string& address) const;
  std::string Peer() const;
  TransferEnd End(CURLcode code) const;

  EventLoop& loop_;
  const uint64_t id_;
  TransferObserver* observer_;  // null once cancelled
  std::vector<uint64_t>& fed_;
  SharedConnections& shared_;
  CURL* const easy_ = curl_easy_init();
  curl_slist* headers_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  const std::string url_;
  const std::optional<UrlOrigin> shares_;  // connections to there, if they can be
  std::vector<OpenedConnection> opened_;   // by this job, for libcurl
  const bool is_proxied_;
  const AddressReach reach_;
  bool is_too_far_inside_ = false;
  TransferHead head_;
  size_t head_bytes_ = 0;
  bool head_done_ = false;
  bool is_paused_ = false;
  bool is_fed_ = false;  // is in fed_
  // Where the body is encoded. libcurl keeps its input: `taken_` bytes of what it brings next were
  // decoded before the observer paused, or the turn ended.
  const bool may_be_encoded_;
  std::unique_ptr<ContentDecoder> decoder_;
  size_t taken_ = 0;
  size_t expanded_ = 0;  // in this turn
  Status readable_;      // or why the answer is of no use to us
  Executor::TimerId head_timer_ = 0;
};

}  // namespace longshore
