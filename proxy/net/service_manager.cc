#include "proxy/net/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "cache/base/log.h"

namespace longshore {
namespace {

void Notify(const char* state) {
  const int sent = ::sd_notify(0, state);
  if (sent < 0) {
    log::Warn(
        "service", "cannot tell the service manager",
        {{"state", state}, {"reason", std::string_view(std::system_category().message(-sent))}});
  }
}

bool IsListeningTcp(int fd) {
  return ::sd_is_socket(fd, AF_INET, SOCK_STREAM, 1) > 0 ||
         ::sd_is_socket(fd, AF_INET6, SOCK_STREAM, 1) > 0;
}

}  // namespace

Result<InheritedSockets> InheritedSockets::FromEnvironment() {
  InheritedSockets sockets;
  const int count = ::sd_listen_fds(1);
  if (count < 0) {
    return Fail(Code::kInvalid,
                "LISTEN_FDS: " + std::string(std::system_category().message(-count)));
  }
  for (int i = 0; i < count; ++i) {
    if (auto added = sockets.Add(Socket(SD_LISTEN_FDS_START + i)); !added) {
      return tl::unexpected(added.error());
    }
  }
  return sockets;
}

Status InheritedSockets::Add(Socket socket) {
  if (!IsListeningTcp(socket.fd())) {
    return Fail(Code::kInvalid, "descriptor " + std::to_string(socket.fd()) +
                                    " from the service manager is not a listening TCP socket: "
                                    "longshore.socket may have ListenStream=IP:PORT only");
  }
  const int flags = ::fcntl(socket.fd(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.fd(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return Fail(Code::kInvalid, std::system_category().message(errno));
  }
  std::string address = LocalAddress(socket.fd());
  by_address_.insert_or_assign(std::move(address), Entry{std::move(socket)});
  return {};
}

bool InheritedSockets::Has(const std::string& host, uint16_t port) const {
  return by_address_.contains(AddressText(host, port));
}

Result<Socket> InheritedSockets::Duplicate(const std::string& host, uint16_t port) {
  const auto found = by_address_.find(AddressText(host, port));
  if (found == by_address_.end()) {
    return Fail(Code::kUnavailable, "not inherited: " + AddressText(host, port));
  }
  const int fd = ::fcntl(found->second.socket.fd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return Fail(Code::kUnavailable, std::system_category().message(errno));
  found->second.used = true;
  return Socket(fd);
}

std::vector<std::string> InheritedSockets::Unused() const {
  std::vector<std::string> addresses;
  for (const auto& [address, entry] : by_address_) {
    if (!entry.used) addresses.push_back(address);
  }
  return addresses;
}

void NotifyReady() {
  Notify("READY=1");
}

void NotifyStopping() {
  Notify("STOPPING=1");
}

}  // namespace longshore
