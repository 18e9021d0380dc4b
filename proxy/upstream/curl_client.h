#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/net/event_loop.h"
#include "proxy/upstream/shared_connections.h"
#include "proxy/upstream/transfer.h"

namespace longshore {

class CurlJob;

// TransferClient on libcurl's multi interface, driven by one loop's libevent. Lives on that loop.
// Connections are kept and reused; name resolution runs on libcurl's own threads.
class CurlClient final : public TransferClient {
 public:
  explicit CurlClient(EventLoop& loop);
  // What is in flight ends with kCancelled; a Transfer that is still held does nothing any more.
  ~CurlClient() override;

  TransferPtr Start(TransferRequest request, TransferObserver& observer) override;

 private:
  friend class CurlJob;
  friend class CurlTransfer;

  static int OnSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket_data);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);
  void Watch(curl_socket_t fd, int what);
  void Act(curl_socket_t fd, int events);
  void TellCaughtUp();
  void CollectDone();
  CurlJob* Find(uint64_t id);  // null when it ended or was cancelled
  void UnpauseLater(uint64_t id);
  void Unpause(uint64_t id);
  void End(uint64_t id, CURLcode code);
  void Cancel(CurlJob& job);
  std::unique_ptr<CurlJob> Take(uint64_t id);  // out of libcurl and out of jobs_

  EventLoop& loop_;
  CURLM* multi_;
  EventPtr timer_;
  std::unordered_map<curl_socket_t, EventPtr> sockets_;
  SharedConnections shared_;
  std::unordered_map<uint64_t, std::unique_ptr<CurlJob>> jobs_;  // by id: addresses come again
  std::vector<uint64_t> fed_;  // had bytes since they were last told that that was all
  uint64_t next_id_ = 1;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for what outlives us
  int depth_ = 0;  // > 0 while libcurl is on the stack: handles may not be removed then
};

}  // namespace longshore
