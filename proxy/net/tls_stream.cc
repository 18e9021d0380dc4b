#include "proxy/net/tls_stream.h"

#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace longshore {
namespace {

constexpr std::string_view kUseHttps =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 45\r\nConnection: close\r\n\r\n"
    "this address speaks TLS: use https:// for it\n";

// One buffer a thread: what is encrypted is copied into the session's own at once.
std::array<char, TlsStream::kRecord>& Plain() {
  thread_local std::array<char, TlsStream::kRecord> plain;
  return plain;
}

}  // namespace

TlsStream::TlsStream(SSL* session, Socket socket) : socket_(std::move(socket)), session_(session) {
  SSL_set_fd(session_.get(), socket_.fd());
  SSL_set_accept_state(session_.get());
}

Stream::Moved TlsStream::ToMoved(int result) {
  wants_to_write_ = false;
  if (result > 0) return {Moved::Kind::kBytes, static_cast<size_t>(result)};
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_WRITE:
      wants_to_write_ = true;
      [[fallthrough]];
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
  return ToMoved(SSL_read(session_.get(), buffer, static_cast<int>(size)));
}

Stream::Moved TlsStream::Write(std::string_view data, bool) {
  ERR_clear_error();
  const size_t size = std::min(data.size(), kRecord);
  const Moved moved = ToMoved(SSL_write(session_.get(), data.data(), static_cast<int>(size)));
  wants_to_write_ = false;  // whoever writes waits for room anyway
  return moved;
}

// In one record, as far as it goes.
Stream::Moved TlsStream::WriteTwo(std::string_view first, std::string_view second) {
  auto& plain = Plain();
  const size_t of_first = std::min(first.size(), plain.size());
  const size_t of_second = std::min(second.size(), plain.size() - of_first);
  std::copy_n(first.data(), of_first, plain.data());
  std::copy_n(second.data(), of_second, plain.data() + of_first);
  return Write({plain.data(), of_first + of_second}, false);
}

Stream::Moved TlsStream::SendFile(int file_fd, uint64_t offset, size_t size) {
  auto& plain = Plain();
  const size_t want = std::min(size, plain.size());
  const ssize_t n = ::pread(file_fd, plain.data(), want, static_cast<off_t>(offset));
  if (n != static_cast<ssize_t>(want)) return {Moved::Kind::kClosed, 0};
  return Write({plain.data(), want}, false);
}

void TlsStream::ShutdownWrite() {
  ERR_clear_error();
  if (!broken_ && !IsHandshaking()) SSL_shutdown(session_.get());
  socket_.ShutdownWrite();
}

}  // namespace longshore
