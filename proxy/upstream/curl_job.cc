#include "proxy/upstream/curl_job.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cache/base/ascii.h"
#include "proxy/upstream/curl_error.h"
#include "proxy/upstream/url.h"

namespace longshore {
namespace {

constexpr long kBufferSize = 256 * 1024;
// libcurl 7.88 bounds a line, not their number. Redirects to presigned URLs take some KiB, GAR's
// up to 128.
constexpr size_t kMaxHeadBytes = 256 * 1024;

constexpr size_t kPiece = 64 * 1024;  // of decoded bytes, told at once
// As many as a transfer that is not encoded brings in a turn: all that libcurl reads at once.
constexpr size_t kMostInTurn = kBufferSize;

// Of a line as libcurl passes it.
constexpr std::string_view kBlanks = " \t\r\n";

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

std::optional<UrlOrigin> OriginIfAny(const std::string& url) {
  auto origin = OriginOf(url);
  return origin ? std::optional(std::move(*origin)) : std::nullopt;
}

}  // namespace

CurlJob::CurlJob(EventLoop& loop, uint64_t id, const TransferRequest& request,
                 TransferObserver& observer, std::vector<uint64_t>& fed, SharedConnections& shared)
    : loop_(loop),
      id_(id),
      observer_(&observer),
      fed_(fed),
      shared_(shared),
      url_(request.url),
      shares_(request.http1 ? std::nullopt : OriginIfAny(request.url)),
      is_proxied_(!request.proxy.empty()),
      reach_(request.reach),
      may_be_encoded_(request.decode) {
  SetRequest(request);
  SetConnection(request);
  SetCallbacks();
}

CurlJob::~CurlJob() {
  loop_.CancelTimer(head_timer_);
  curl_slist_free_all(headers_);
  curl_easy_cleanup(easy_);
}

void CurlJob::SetRequest(const TransferRequest& request) {
  for (const auto& [name, value] : request.fields.entries()) {
    headers_ = curl_slist_append(headers_, (name + ": " + value).c_str());
  }
  // Not by CURLOPT_ACCEPT_ENCODING: libcurl would decode all that it read, although it is paused,
  // and keep that (curl_easy_pause(3), MEMORY USE).
  if (request.decode) {
    headers_ =
        curl_slist_append(headers_, ("Accept-Encoding: " + std::string(kAcceptedCodings)).c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  if (request.method == "HEAD") curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  if (!request.username.empty()) {
    curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy_, CURLOPT_USERNAME, request.username.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, request.password.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "longshore");
}

void CurlJob::SetConnection(const TransferRequest& request) {
  if (!request.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, request.ca_file.c_str());
  // Set in any case: otherwise libcurl would take them from the environment.
  curl_easy_setopt(easy_, CURLOPT_PROXY, request.proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(
      easy_, CURLOPT_HTTP_VERSION,
      static_cast<long>(request.http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // A transfer that ends while its name is looked up leaves the thread that does it alone: libcurl
  // would wait for that here, on the loop, for as long as a name server does not answer.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kBufferSize);
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, request.stall_floor);
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(request.stall_timeout.count() / 1000));
}

void CurlJob::SetCallbacks() {
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlJob::OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlJob::OnWrite);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &CurlJob::OnOpenSocket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  if (reach_ == AddressReach::kLinkLocal) return;  // wherever it leads
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlJob::OnConnected);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

void CurlJob::AwaitHead(Duration timeout, Task late) {
  head_timer_ = loop_.RunAfter(timeout, std::move(late));
}

void CurlJob::LeaveSilentConnection(Duration waited) {
  if (!shares_) return;
  NoteShared();  // one that never brought anything; libcurl has closed it if it cannot be shared
  shared_.ShutDownSilent(*shares_, waited);
}

void CurlJob::NoteShared() {
  if (!shares_) return;
  for (const OpenedConnection& connection : std::exchange(opened_, {})) {
    if (connection.IsOpen()) shared_.Add(*shares_, connection);
  }
}

size_t CurlJob::OnHeader(char* data, size_t, size_t size, void* self) {
  return static_cast<CurlJob*>(self)->TakeHeaderLine({data, size}) ? size : 0;
}

size_t CurlJob::OnWrite(char* data, size_t, size_t size, void* self) {
  return static_cast<CurlJob*>(self)->TakeBody({data, size});
}

// A name may resolve to anything: what counts is the address that is connected to.
curl_socket_t CurlJob::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& job = *static_cast<CurlJob*>(self);
  if (job.LeadsTo(NumericAddress(address->addr)) > job.reach_) {
    job.is_too_far_inside_ = true;
    return CURL_SOCKET_BAD;
  }
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd >= 0 && job.shares_) job.opened_.emplace_back(fd);
  return fd;
}

// And a connection that is used again was opened for somebody else.
int CurlJob::OnConnected(void* self, char* peer, char*, int, int) {
  auto& job = *static_cast<CurlJob*>(self);
  job.is_too_far_inside_ = job.LeadsTo(peer) > job.reach_;
  return job.is_too_far_inside_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

AddressReach CurlJob::LeadsTo(const std::string& address) const {
  if (!is_proxied_) return ReachOf(address);
  const auto origin = OriginOf(url_);
  return origin ? ReachOfHost(origin->host) : AddressReach::kLinkLocal;
}

// False: the answer is not readable.
bool CurlJob::TakeHeaderLine(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes) {
    readable_ = Fail(Code::kBadUpstream, "the head of the answer is too large");
  } else if (observer_ != nullptr && !head_done_) {
    ReadHeaderLine(line);  // trailers are of no interest
  }
  return readable_.has_value();
}

void CurlJob::ReadHeaderLine(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    if (line.starts_with("HTTP/2")) NoteShared();
    head_ = TransferHead();
    const size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      head_.status = std::atoi(std::string(line.substr(space + 1, 3)).c_str());
    }
    return;
  }
  const std::string_view text = Trim(line, kBlanks);
  if (text.empty()) {
    if (head_.status < 200) return;  // an interim response: the real one follows
    head_done_ = true;
    loop_.CancelTimer(std::exchange(head_timer_, 0));
    head_.peer = Peer();
    if (may_be_encoded_) decoder_ = MakeContentDecoder(ContentCodingOf(head_));
    observer_->OnHead(head_);
    return;
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  TakeField(Trim(text.substr(0, colon), kBlanks), Trim(text.substr(colon + 1), kBlanks));
}

void CurlJob::TakeField(std::string_view name, std::string_view value) {
  // RFC 9112 §7: no other one may come that was not asked for, but libcurl 7.88 decodes it, all
  // that it has read at once.
  if (EqualsIgnoreCase(name, "Transfer-Encoding") && !EqualsIgnoreCase(value, "chunked") &&
      !EqualsIgnoreCase(value, "identity")) {
    readable_ =
        Fail(Code::kBadUpstream, "the answer is in a transfer coding that was not asked for");
  }
  head_.fields.Add(std::string(name), std::string(value));
}

size_t CurlJob::TakeBody(std::string_view data) {
  if (observer_ == nullptr) return CURL_WRITEFUNC_ERROR;
  if (is_paused_ || expanded_ >= kMostInTurn) return CURL_WRITEFUNC_PAUSE;
  if (!std::exchange(is_fed_, true)) fed_.push_back(id_);
  if (decoder_) return Expand(data);
  observer_->OnBody(data);
  return observer_ == nullptr ? CURL_WRITEFUNC_ERROR : data.size();
}

size_t CurlJob::Expand(std::string_view data) {
  const size_t again = std::min(taken_, data.size());
  std::string_view input = data.substr(again);
  taken_ -= again;
  std::array<char, kPiece> piece;
  for (;;) {
    const auto made = decoder_->Decode(input, piece);
    if (!made) {
      readable_ = tl::unexpected(made.error());
      return CURL_WRITEFUNC_ERROR;
    }
    expanded_ += *made;
    if (*made > 0) observer_->OnBody({piece.data(), *made});
    if (observer_ == nullptr) return CURL_WRITEFUNC_ERROR;
    if (*made < piece.size()) return data.size();
    if (is_paused_ || expanded_ >= kMostInTurn) break;
  }
  taken_ += data.size() - input.size();
  return CURL_WRITEFUNC_PAUSE;
}

bool CurlJob::EndTurn() {
  is_fed_ = false;
  return std::exchange(expanded_, 0) >= kMostInTurn;
}

void CurlJob::TellCaughtUp() {
  if (observer_ != nullptr) observer_->OnCaughtUp();
}

void CurlJob::TellDone(CURLcode code) {
  TellDone(End(code));
}

void CurlJob::TellDone(const TransferEnd& end) {
  if (observer_ != nullptr) observer_->OnDone(end);
}

std::string CurlJob::Peer() const {
  if (is_proxied_) return {};
  char* address = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &address);
  return address == nullptr ? std::string() : std::string(address);
}

TransferEnd CurlJob::End(CURLcode code) const {
  if (!readable_) return {readable_, "protocol"};
  if (is_too_far_inside_ && code != CURLE_OK) {
    return {Fail(Code::kBadUpstream,
                 "it leads to a private address: set allow_private_redirects if that is meant"),
            "redirect"};
  }
  if (code == CURLE_OK && decoder_ && !decoder_->IsWhole()) {
    return {Fail(Code::kUnavailable, "the encoded answer ended early"), "broken"};
  }
  return EndOf(code, error_text_.data(), head_done_);
}

uint64_t CurlJob::WireBytes() const {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  return static_cast<uint64_t>(bytes);
}

}  // namespace longshore
