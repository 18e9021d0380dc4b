#include "proxy/net/tls_stream.h"

#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>

#include "proxy/net/tls_context.h"
#include "tests/support/self_signed.h"
#include "tests/support/temp_folder.h"

namespace longshore {
namespace {

using Kind = Stream::Moved::Kind;

std::unique_ptr<TlsContext> LoadContext() {
  const TempFolder folder;
  const SelfSigned files(folder.path());
  auto context = TlsContext::Load(files.certificate_file, files.key_file);
  REQUIRE(context);
  return std::move(*context);
}

// A client's side on the other end of a socket pair; both ends are turned by the test.
struct Session {
  explicit Session(TlsContext& near, SSL_SESSION* resumed = nullptr) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    server = near.Accept(Socket(fds[0]));
    socket = Socket(fds[1]);
    SSL_set_fd(client.get(), socket.fd());
    SSL_set_connect_state(client.get());
    if (resumed != nullptr) SSL_set_session(client.get(), resumed);
  }
  void Shake() {
    std::array<char, 16> none{};
    for (int i = 0; i < 8 && SSL_is_init_finished(client.get()) == 0; ++i) {
      SSL_do_handshake(client.get());
      CHECK(server->Read(none.data(), none.size()).kind == Kind::kWouldBlock);
    }
  }
  std::string ClientReads() {
    std::string all;
    std::array<char, 65536> buffer{};
    int n = 0;
    while ((n = SSL_read(client.get(), buffer.data(), buffer.size())) > 0) {
      all.append(buffer.data(), static_cast<size_t>(n));
    }
    return all;
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_client_method()),
                                                       SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> client{SSL_new(context.get()), SSL_free};
  StreamPtr server;
  Socket socket;
};

TEST_CASE("bytes go both ways under TLS once hands are shaken") {
  const auto context = LoadContext();
  Session session(*context);
  CHECK(session.server->IsHandshaking());
  session.Shake();
  CHECK_FALSE(session.server->IsHandshaking());
  CHECK(std::string(SSL_get_version(session.client.get())) == "TLSv1.3");

  REQUIRE(SSL_write(session.client.get(), "hello", 5) == 5);
  std::array<char, 64> buffer{};
  CHECK(session.server->Read(buffer.data(), buffer.size()).bytes == 5);
  CHECK(session.server->WriteTwo("head ", "body").bytes == 9);
  CHECK(session.ClientReads() == "head body");
}

TEST_CASE("a file goes out in batches of records, and what would block is sent when tried again") {
  const TempFolder folder;
  const std::string path = folder.path() + "/blob";
  std::string content;
  for (int i = 0; content.size() < 1'000'000; ++i) content += std::to_string(i * 7919) + " ";
  std::ofstream(path, std::ios::binary) << content;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"),
                                                             std::fclose);
  const auto context = LoadContext();
  Session session(*context);
  session.Shake();
  std::string got;
  uint64_t sent = 0;
  bool blocked = false;
  while (sent < content.size()) {
    const auto moved = session.server->SendFile(::fileno(file.get()), sent, content.size() - sent);
    REQUIRE(moved.kind != Kind::kClosed);
    CHECK(moved.bytes <= TlsStream::kBatch);
    sent += moved.bytes;
    if (moved.kind != Kind::kWouldBlock) continue;
    blocked = true;
    got += session.ClientReads();
  }
  got += session.ClientReads();
  CHECK(blocked);
  CHECK(got == content);
  // There is no such byte: the session is as it was.
  CHECK(session.server->SendFile(::fileno(file.get()), content.size(), 1).kind ==
        Kind::kUnreadable);
  CHECK(session.server->Write("more", false).bytes == 4);
  CHECK(session.ClientReads() == "more");
}

TEST_CASE("a peer that has us answer and reads nothing is left") {
  const auto context = LoadContext();
  Session session(*context);
  session.Shake();
  std::array<char, 64> none{};
  auto kind = Kind::kWouldBlock;
  for (int i = 0; i < 100'000 && kind == Kind::kWouldBlock; ++i) {
    REQUIRE(SSL_key_update(session.client.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(session.client.get()) == 1);
    kind = session.server->Read(none.data(), none.size()).kind;
  }
  CHECK(kind == Kind::kClosed);
}

TEST_CASE("the end is said inside the session: who reads on sees an end, not a break") {
  const auto context = LoadContext();
  Session session(*context);
  session.Shake();
  session.server->ShutdownWrite();
  CHECK(session.ClientReads().empty());
  CHECK((SSL_get_shutdown(session.client.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("a session is resumed by its ticket on another connection") {
  const auto context = LoadContext();
  Session first(*context);
  first.Shake();
  REQUIRE(first.server->Write("x", false).bytes == 1);
  CHECK(first.ClientReads() == "x");  // the tickets came before it
  const std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> ticket(
      SSL_get1_session(first.client.get()), SSL_SESSION_free);
  Session second(*context, ticket.get());
  second.Shake();
  CHECK(SSL_session_reused(second.client.get()) == 1);
}

TEST_CASE(
    "who speaks plain HTTP is told to use https and is gone, as is who leaves in the middle") {
  const auto context = LoadContext();
  std::array<char, 64> buffer{};
  Session plain(*context);
  REQUIRE(plain.socket.Write("GET /v2/ HTTP/1.1\r\n\r\n", false).bytes > 0);
  CHECK(plain.server->Read(buffer.data(), buffer.size()).kind == Kind::kClosed);
  plain.server->ShutdownWrite();
  std::array<char, 512> told{};
  const size_t size = plain.socket.Read(told.data(), told.size()).bytes;
  const std::string answer(told.data(), size);
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  const size_t body = answer.find("\r\n\r\n") + 4;
  CHECK(answer.find("Content-Length: " + std::to_string(size - body)) != std::string::npos);

  Session left(*context);
  left.Shake();
  left.socket = Socket();
  CHECK(left.server->Read(buffer.data(), buffer.size()).kind == Kind::kClosed);
}

TEST_CASE("what is no certificate, or not its key, is refused and named") {
  const TempFolder folder;
  const TempFolder other_folder;
  const SelfSigned files(folder.path());
  const SelfSigned others(other_folder.path());
  const auto missing = TlsContext::Load("/nowhere.pem", files.key_file);
  REQUIRE(!missing);
  CHECK(missing.error().message.find("/nowhere.pem") != std::string::npos);
  const auto strange = TlsContext::Load(files.certificate_file, others.key_file);
  REQUIRE(!strange);
  CHECK(strange.error().code == Code::kInvalid);
  CHECK(strange.error().message.find(others.key_file) != std::string::npos);
}

TEST_CASE("a context knows when its certificate ends") {
  const auto in_a_day = std::time(nullptr) + 24 * 60 * 60;
  const auto context = LoadContext();
  CHECK(context->expires_at() >= in_a_day - 60);
  CHECK(context->expires_at() <= in_a_day + 60);
}

}  // namespace
}  // namespace longshore
