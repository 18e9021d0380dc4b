#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace longshore {

inline std::string Answer(const std::string& head, std::string_view body) {
  return "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// Answers every request of one connection after the other, on loopback. Blocks in a thread of its
// own, which shares nothing with what is tested but the socket's other end.
class OneAtATime {
 public:
  explicit OneAtATime(std::string answer = Answer("200 OK", "ok")) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneAtATime() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;

  std::string Url(const std::string& host) const { return Origin(host) + "/x"; }
  std::string Origin(const std::string& host) const {
    return "http://" + host + ":" + std::to_string(port_);
  }
  std::atomic<int> connections{0};
  std::atomic<int> requests{0};

 private:
  void Serve() {
    for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0;
         fd = ::accept(listener_, nullptr, nullptr)) {
      ++connections;
      std::array<char, 4096> buffer{};
      while (::recv(fd, buffer.data(), buffer.size(), 0) > 0) {
        ++requests;
        ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      }
      ::close(fd);
    }
  }

  const std::string answer_;
  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace longshore
