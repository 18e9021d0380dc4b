#include "proxy/net/tls_stream.h"

#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "cache/base/give_back.h"
#include "proxy/net/record_sink.h"

namespace longshore {
namespace {

constexpr std::string_view kUseHttps =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 45\r\nConnection: close\r\n\r\n"
    "this address speaks TLS: use https:// for it\n";

// What a peer may make us say while it reads nothing (answers to its key updates).
constexpr size_t kMostUnsent = 4 * TlsStream::kBatch;

// One buffer a thread: what is in it is sealed at once.
std::array<char, TlsStream::kBatch>& Plain() {
  thread_local std::array<char, TlsStream::kBatch> plain;
  return plain;
}

}  // namespace

TlsStream::TlsStream(SSL* session, Socket socket) : socket_(std::move(socket)), session_(session) {
  SSL_set0_rbio(session_.get(), BIO_new_socket(socket_.fd(), BIO_NOCLOSE));
  SSL_set0_wbio(session_.get(), NewRecordSink());
  SSL_set_accept_state(session_.get());
}

Stream::Moved TlsStream::ToMoved(int result) {
  if (result > 0) return {Moved::Kind::kBytes, static_cast<size_t>(result)};
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Moved::Kind::kWouldBlock, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Moved::Kind::kClosed, 0};
    default:
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) TellPlainClient();
      broken_ = true;
      return {Moved::Kind::kClosed, 0};
  }
}

// What it sent is read first: a socket closed with unread bytes resets, and the words are lost.
void TlsStream::TellPlainClient() {
  auto& rest = Plain();
  while (socket_.Read(rest.data(), rest.size()).kind == Moved::Kind::kBytes) {
  }
  socket_.Write(kUseHttps, false);
}

Stream::Moved TlsStream::Read(char* buffer, size_t size) {
  ERR_clear_error();
  const Moved moved = ToMoved(SSL_read(session_.get(), buffer, static_cast<int>(size)));
  // The handshake and its like: also the alert that says why it failed.
  if (SendSealed() == Moved::Kind::kClosed || unsent_.size() > kMostUnsent) broken_ = true;
  return broken_ ? Moved{} : moved;
}

// Sends what is unsent and what was sealed since, in this order. kWouldBlock: some is left.
Stream::Moved::Kind TlsStream::SendSealed() {
  std::string& sealed = SealedRecords();
  if (!unsent_.empty()) {
    unsent_ += sealed;
    sealed.clear();
  }
  const std::string_view all = unsent_.empty() ? sealed : unsent_;
  std::string_view left = all;
  auto kind = Moved::Kind::kBytes;
  while (!left.empty() && kind == Moved::Kind::kBytes) {
    const Moved moved = socket_.Write(left, false);
    left.remove_prefix(moved.bytes);
    kind = moved.kind;
  }
  if (left.empty()) {
    GiveBack(unsent_);
  } else if (left.size() < all.size() || unsent_.empty()) {
    unsent_ = std::string(left);
  }
  sealed.clear();
  return kind;
}

Stream::Moved TlsStream::SendOwed() {
  const auto kind = SendSealed();
  if (kind != Moved::Kind::kBytes) return {kind, 0};
  return {Moved::Kind::kBytes, std::exchange(owed_, 0)};
}

Stream::Moved TlsStream::SealAndSend(std::string_view plain) {
  ERR_clear_error();
  const Moved moved =
      ToMoved(SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size())));
  if (moved.kind != Moved::Kind::kBytes) return moved;
  owed_ = moved.bytes;
  return SendOwed();
}

// Of `wanted` bytes as many whole records as the socket has room for, at least one.
size_t TlsStream::Room(size_t wanted) const {
  if (wanted <= kRecord) return wanted;
  const size_t room = socket_.RoomToWrite() / kRecord * kRecord;
  return std::min(wanted, std::clamp(room, kRecord, kBatch));
}

Stream::Moved TlsStream::Write(std::string_view data, bool) {
  if (owed_ > 0) return SendOwed();
  return SealAndSend(data.substr(0, Room(data.size())));
}

// As one, as far as it goes.
Stream::Moved TlsStream::WriteTwo(std::string_view first, std::string_view second) {
  auto& plain = Plain();
  const size_t of_first = std::min(first.size(), plain.size());
  const size_t of_second = std::min(second.size(), plain.size() - of_first);
  std::copy_n(first.data(), of_first, plain.data());
  std::copy_n(second.data(), of_second, plain.data() + of_first);
  return Write({plain.data(), of_first + of_second}, false);
}

Stream::Moved TlsStream::SendFile(int file_fd, uint64_t offset, size_t size) {
  if (owed_ > 0) return SendOwed();
  auto& plain = Plain();
  const size_t want = Room(size);
  const ssize_t n = ::pread(file_fd, plain.data(), want, static_cast<off_t>(offset));
  if (n != static_cast<ssize_t>(want)) return {Moved::Kind::kUnreadable, 0};
  return SealAndSend({plain.data(), want});
}

// What there is no room for is lost: the peer sees an end that is cut short.
void TlsStream::ShutdownWrite() {
  ERR_clear_error();
  if (!broken_ && !IsHandshaking()) SSL_shutdown(session_.get());
  (void)SendSealed();
  socket_.ShutdownWrite();
}

}  // namespace longshore
