#include "proxy/upstream/curl_client.h"

#include <utility>

#include "proxy/upstream/curl_job.h"

namespace longshore {

// What the caller holds. The job may end before it, or, when cancelled inside a callback, a moment
// after it.
class CurlTransfer final : public Transfer {
 public:
  CurlTransfer(CurlClient& client, uint64_t id)
      : client_(client), client_alive_(client.alive_), id_(id) {}
  ~CurlTransfer() override {
    if (CurlJob* job = Job()) client_.Cancel(*job);
  }
  void Pause() override {
    if (CurlJob* job = Job()) job->Pause();
  }
  uint64_t WireBytes() const override {
    const CurlJob* job = Job();
    return job == nullptr ? 0 : job->WireBytes();
  }
  void Resume() override {
    CurlJob* job = Job();
    if (job == nullptr || !job->IsPaused()) return;
    job->Unpause();
    client_.UnpauseLater(id_);
  }

 private:
  CurlJob* Job() const { return client_alive_.expired() ? nullptr : client_.Find(id_); }

  CurlClient& client_;
  const std::weak_ptr<const bool> client_alive_;
  const uint64_t id_;
};

CurlClient::CurlClient(EventLoop& loop) : loop_(loop), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlClient::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlClient::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  timer_.reset(evtimer_new(
      loop_.base(),
      [](evutil_socket_t, short, void* self) {
        static_cast<CurlClient*>(self)->Act(CURL_SOCKET_TIMEOUT, 0);
      },
      this));
}

CurlClient::~CurlClient() {
  alive_.reset();
  while (!jobs_.empty()) {
    const std::unique_ptr<CurlJob> job = Take(jobs_.begin()->first);
    job->TellDone({Fail(Code::kCancelled, "the process is stopping"), "cancelled"});
  }
  curl_multi_cleanup(multi_);
}

CurlJob* CurlClient::Find(uint64_t id) {
  const auto found = jobs_.find(id);
  const bool live = found != jobs_.end() && !found->second->IsCancelled();
  return live ? found->second.get() : nullptr;
}

// Unpausing delivers bytes at once, and our caller may be inside a callback.
void CurlClient::UnpauseLater(uint64_t id) {
  loop_.Post([this, id] { Unpause(id); });
}

void CurlClient::Unpause(uint64_t id) {
  CurlJob* job = Find(id);
  if (job == nullptr || job->IsPaused()) return;
  ++depth_;
  const CURLcode code = curl_easy_pause(job->easy(), CURLPAUSE_CONT);
  --depth_;
  TellCaughtUp();
  // Of what it kept meanwhile: libcurl 7.88 tells only here, and would go on.
  if (code == CURLE_WRITE_ERROR) End(id, code);
  CollectDone();
}

TransferPtr CurlClient::Start(TransferRequest request, TransferObserver& observer) {
  const uint64_t id = next_id_++;
  auto job = std::make_unique<CurlJob>(loop_, id, request, observer, fed_, shared_);
  CURL* easy = job->easy();
  job->AwaitHead(request.first_byte_timeout, [this, id, waited = request.first_byte_timeout] {
    const std::unique_ptr<CurlJob> late = Take(id);
    if (!late) return;
    late->LeaveSilentConnection(waited);
    late->TellDone({Fail(Code::kTimeout, "no answer in time"), "timeout"});
  });
  jobs_.emplace(id, std::move(job));
  auto transfer = std::make_unique<CurlTransfer>(*this, id);
  ++depth_;
  curl_multi_add_handle(multi_, easy);  // only arms curl's timer; nothing is called back from here
  --depth_;
  return transfer;
}

int CurlClient::OnSocket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  static_cast<CurlClient*>(self)->Watch(fd, what);
  return 0;
}

int CurlClient::OnTimer(CURLM*, long timeout_ms, void* self) {
  event* timer = static_cast<CurlClient*>(self)->timer_.get();
  if (timeout_ms < 0) {
    evtimer_del(timer);
  } else {
    const timeval after{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
    evtimer_add(timer, &after);
  }
  return 0;
}

void CurlClient::Watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    sockets_.erase(fd);
    return;
  }
  short events = EV_PERSIST;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EV_READ;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EV_WRITE;
  EventPtr& slot = sockets_[fd];
  slot.reset();  // the old event leaves epoll before the new one enters
  slot.reset(event_new(
      loop_.base(), fd, events,
      [](evutil_socket_t ready, short happened, void* self) {
        int action = 0;
        if ((happened & EV_READ) != 0) action |= CURL_CSELECT_IN;
        if ((happened & EV_WRITE) != 0) action |= CURL_CSELECT_OUT;
        static_cast<CurlClient*>(self)->Act(ready, action);
      },
      this));
  event_add(slot.get(), nullptr);
}

void CurlClient::Act(curl_socket_t fd, int events) {
  int running = 0;
  ++depth_;
  curl_multi_socket_action(multi_, fd, events, &running);
  --depth_;
  TellCaughtUp();
  CollectDone();
}

// libcurl passes on at most CURL_MAX_WRITE_SIZE at a time of what it read in one piece.
void CurlClient::TellCaughtUp() {
  for (const uint64_t id : std::exchange(fed_, {})) {
    CurlJob* job = Find(id);
    if (job == nullptr) continue;
    if (job->EndTurn()) UnpauseLater(id);
    job->TellCaughtUp();
  }
}

void CurlClient::CollectDone() {
  int left = 0;
  std::vector<std::pair<uint64_t, CURLcode>> done;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CurlJob* job = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
    done.emplace_back(job->id(), message->data.result);
  }
  for (const auto& [id, code] : done) End(id, code);
}

void CurlClient::End(uint64_t id, CURLcode code) {
  const std::unique_ptr<CurlJob> job = Take(id);
  if (job) job->TellDone(code);
}

void CurlClient::Cancel(CurlJob& job) {
  job.Cancel();
  if (depth_ == 0) {
    Take(job.id());
    return;
  }
  loop_.Post([this, id = job.id()] { Take(id); });
}

std::unique_ptr<CurlJob> CurlClient::Take(uint64_t id) {
  auto node = jobs_.extract(id);
  if (node.empty()) return nullptr;
  curl_multi_remove_handle(multi_, node.mapped()->easy());
  return std::move(node.mapped());
}

}  // namespace longshore
