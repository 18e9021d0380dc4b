#include "proxy/upstream/curl_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "proxy/upstream/curl_error.h"

namespace longshore {
namespace {

constexpr long kBufferSize = 256 * 1024;
// libcurl 7.88 bounds a line, not their number. Redirects to presigned URLs take some KiB, GAR's
// up to 128.
constexpr size_t kMaxHeadBytes = 256 * 1024;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Empty for what is neither IPv4 nor IPv6.
std::string NumericAddress(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* raw = nullptr;
  if (address.sa_family == AF_INET) raw = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) {
    raw = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  }
  if (raw == nullptr) return {};
  return std::string(::inet_ntop(address.sa_family, raw, text.data(), text.size()));
}

}  // namespace

// One easy handle in flight.
struct CurlJob {
  CurlJob(CurlClient& owner, uint64_t number, TransferObserver& seen_by)
      : client(owner), id(number), observer(&seen_by) {}
  CurlJob(const CurlJob&) = delete;
  CurlJob& operator=(const CurlJob&) = delete;
  ~CurlJob() {
    client.loop_.CancelTimer(first_byte_timer);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }

  static size_t OnHeader(char* data, size_t, size_t size, void* self) {
    return static_cast<CurlJob*>(self)->TakeHeaderLine({data, size}) ? size : 0;
  }
  // A name may resolve to anything: what counts is the address that is connected to.
  static curl_socket_t OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& job = *static_cast<CurlJob*>(self);
    if (ReachOf(NumericAddress(address->addr)) > job.reach) {
      job.is_too_far_inside = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  // And a connection that is used again was opened for somebody else.
  static int OnConnected(void* self, char* peer, char*, int, int) {
    auto& job = *static_cast<CurlJob*>(self);
    job.is_too_far_inside = ReachOf(peer) > job.reach;
    return job.is_too_far_inside ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
  }
  static size_t OnWrite(char* data, size_t, size_t size, void* self) {
    return static_cast<CurlJob*>(self)->TakeBody({data, size});
  }

  // False: the head is too large.
  bool TakeHeaderLine(std::string_view line) {
    head_bytes += line.size();
    if (head_bytes > kMaxHeadBytes) return false;
    if (observer != nullptr && !head_done) ReadHeaderLine(line);  // trailers are of no interest
    return true;
  }

  void ReadHeaderLine(std::string_view line) {
    if (line.starts_with("HTTP/")) {
      head = TransferHead();
      const size_t space = line.find(' ');
      if (space != std::string_view::npos) {
        head.status = std::atoi(std::string(line.substr(space + 1, 3)).c_str());
      }
      return;
    }
    const std::string_view text = Trim(line);
    if (text.empty()) {
      if (head.status < 200) return;  // an interim response: the real one follows
      head_done = true;
      client.loop_.CancelTimer(std::exchange(first_byte_timer, 0));
      head.peer = Peer();
      observer->OnHead(head);
      return;
    }
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) return;
    head.fields.Add(std::string(Trim(text.substr(0, colon))),
                    std::string(Trim(text.substr(colon + 1))));
  }

  size_t TakeBody(std::string_view data) {
    if (observer == nullptr) return CURL_WRITEFUNC_ERROR;
    if (paused) return CURL_WRITEFUNC_PAUSE;
    if (!std::exchange(fed, true)) client.fed_.push_back(id);
    observer->OnBody(data);
    return observer == nullptr ? CURL_WRITEFUNC_ERROR : data.size();
  }

  std::string Peer() const {
    char* address = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
    return address == nullptr ? std::string() : std::string(address);
  }

  TransferEnd End(CURLcode code) const {
    if (!is_too_far_inside || code == CURLE_OK) {
      const bool is_too_large = head_bytes > kMaxHeadBytes;
      return EndOf(code, is_too_large ? "the head of the answer is too large" : error_text.data(),
                   head_done);
    }
    return {Fail(Code::kBadUpstream,
                 "it leads to a private address: set allow_private_redirects if that is meant"),
            "redirect"};
  }

  uint64_t WireBytes() const {
    curl_off_t bytes = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    return static_cast<uint64_t>(bytes);
  }

  CurlClient& client;
  const uint64_t id;
  TransferObserver* observer;  // null once cancelled
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  TransferHead head;
  std::string url;
  AddressReach reach = AddressReach::kLinkLocal;
  bool is_too_far_inside = false;
  size_t head_bytes = 0;
  bool head_done = false;
  bool paused = false;
  bool fed = false;  // is in the client's fed_
  Executor::TimerId first_byte_timer = 0;
};

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
    if (CurlJob* job = Job()) job->paused = true;
  }
  uint64_t WireBytes() const override {
    const CurlJob* job = Job();
    return job == nullptr ? 0 : job->WireBytes();
  }
  void Resume() override {
    CurlJob* job = Job();
    if (job == nullptr || !job->paused) return;
    job->paused = false;
    // Posted: unpausing delivers bytes at once, and our caller may be inside a callback.
    client_.loop_.Post([client = &client_, id = id_] { client->Unpause(id); });
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
    if (job->observer == nullptr) continue;
    job->observer->OnDone({Fail(Code::kCancelled, "the process is stopping"), "cancelled"});
  }
  curl_multi_cleanup(multi_);
}

CurlJob* CurlClient::Find(uint64_t id) {
  const auto found = jobs_.find(id);
  const bool live = found != jobs_.end() && found->second->observer != nullptr;
  return live ? found->second.get() : nullptr;
}

void CurlClient::Unpause(uint64_t id) {
  CurlJob* job = Find(id);
  if (job == nullptr || job->paused) return;
  ++depth_;
  curl_easy_pause(job->easy, CURLPAUSE_CONT);
  --depth_;
  TellCaughtUp();
  CollectDone();
}

TransferPtr CurlClient::Start(TransferRequest request, TransferObserver& observer) {
  auto owned = std::make_unique<CurlJob>(*this, next_id_++, observer);
  CurlJob& job = *owned;
  CURL* easy = job.easy;
  job.url = std::move(request.url);
  for (const auto& [name, value] : request.fields.entries()) {
    job.headers = curl_slist_append(job.headers, (name + ": " + value).c_str());
  }
  curl_easy_setopt(easy, CURLOPT_URL, job.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job.headers);
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (!request.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy, CURLOPT_USERNAME, request.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
  }
  if (request.decode) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "zstd, gzip");
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  curl_easy_setopt(
      easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(request.http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferSize);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, request.stall_floor);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(request.stall_timeout.count() / 1000));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, job.error_text.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlJob::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &job);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlJob::OnWrite);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &job);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "longshore");
  job.reach = request.reach;
  if (job.reach < AddressReach::kLinkLocal) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlJob::OnOpenSocket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &job);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlJob::OnConnected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &job);
  }
  job.first_byte_timer = loop_.RunAfter(request.first_byte_timeout, [this, id = job.id] {
    const std::unique_ptr<CurlJob> late = Take(id);
    if (!late) return;
    late->first_byte_timer = 0;
    if (late->observer != nullptr) {
      late->observer->OnDone({Fail(Code::kTimeout, "no answer in time"), "timeout"});
    }
  });
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &job);
  jobs_.emplace(job.id, std::move(owned));
  auto transfer = std::make_unique<CurlTransfer>(*this, job.id);
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
    job->fed = false;
    job->observer->OnCaughtUp();
  }
}

void CurlClient::CollectDone() {
  int left = 0;
  std::vector<std::pair<uint64_t, CURLcode>> done;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CurlJob* job = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
    done.emplace_back(job->id, message->data.result);
  }
  for (const auto& [id, code] : done) {
    const std::unique_ptr<CurlJob> job = Take(id);
    if (!job || job->observer == nullptr) continue;
    job->observer->OnDone(job->End(code));
  }
}

void CurlClient::Cancel(CurlJob& job) {
  job.observer = nullptr;
  if (depth_ == 0) {
    Take(job.id);
    return;
  }
  loop_.Post([this, id = job.id] { Take(id); });
}

std::unique_ptr<CurlJob> CurlClient::Take(uint64_t id) {
  auto node = jobs_.extract(id);
  if (node.empty()) return nullptr;
  curl_multi_remove_handle(multi_, node.mapped()->easy);
  return std::move(node.mapped());
}

}  // namespace longshore
