// The floor for large hits: one thread that answers every GET with one file, by sendfile and
// nothing else. No cache, no limits, no log: what the kernel costs.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "bench/arguments.h"
#include "bench/loopback.h"

namespace longshore::bench {
namespace {

constexpr const char* kUsage = "bench_sendfile PORT FILE [--window BYTES]";

struct Client {
  int fd = -1;
  off_t left = 0;
  off_t position = 0;
};

struct Content {
  int fd = -1;
  off_t size = 0;
  size_t window = 0;
  std::string head;
};

// Sends what the socket takes; false when the connection is over.
bool Send(Client& client, const Content& content) {
  while (client.left > 0) {
    const size_t most = std::min(content.window, static_cast<size_t>(client.left));
    const ssize_t n = ::sendfile(client.fd, content.fd, &client.position, most);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    client.left -= n;
  }
  return true;
}

bool Serve(Client& client, const Content& content) {
  std::array<char, 16384> request{};
  for (;;) {
    if (!Send(client, content)) return false;
    if (client.left > 0) return true;
    const ssize_t n = ::recv(client.fd, request.data(), request.size(), 0);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    // One read is one request: the clients of the benches send nothing else.
    ::send(client.fd, content.head.data(), content.head.size(), MSG_NOSIGNAL | MSG_MORE);
    client.position = 0;
    client.left = content.size;
  }
}

void AcceptAll(int epoll, int listener) {
  for (int fd = Accept(listener); fd >= 0; fd = Accept(listener)) {
    auto* client = new Client;
    client->fd = fd;
    Watch(epoll, fd, client);
  }
}

Content Open(const Arguments& arguments) {
  Content content;
  content.fd = ::open(arguments.Word(1).c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (content.fd < 0 || ::fstat(content.fd, &about) != 0) arguments.Refuse();
  content.size = about.st_size;
  content.window = static_cast<size_t>(arguments.Number("--window", 1 << 20));
  content.head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content.size) + "\r\n\r\n";
  return content;
}

int Main(int argc, const char* const* argv) {
  const Arguments arguments(argc, argv, kUsage);
  const Content content = Open(arguments);
  const int listener = Listen(arguments.Port(0));
  const int epoll = NewEpoll();
  Watch(epoll, listener, nullptr);
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<size_t>(i)].data.ptr);
      if (client == nullptr) {
        AcceptAll(epoll, listener);
      } else if (!Serve(*client, content)) {
        ::close(client->fd);
        delete client;
      }
    }
  }
}

}  // namespace
}  // namespace longshore::bench

int main(int argc, char** argv) {
  return longshore::bench::Main(argc, argv);
}
