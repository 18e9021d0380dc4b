#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cache/base/result.h"
#include "proxy/net/socket.h"

namespace longshore {

// The listening sockets that the service manager opened before this process and keeps open after it
// (systemd.socket(5), sd_listen_fds(3)): connections that arrive while nobody accepts wait in their
// queues, so that a restart refuses none. The main thread's, before the loops run.
class InheritedSockets {
 public:
  InheritedSockets() = default;  // none: the process opens its own

  // Takes what LISTEN_FDS names, and the variables out of the environment. Once a process, before
  // it has threads. kInvalid: one of them is not a listening TCP socket.
  [[nodiscard]] static Result<InheritedSockets> FromEnvironment();
  // kInvalid, as above.
  [[nodiscard]] Status Add(Socket socket);

  // Is there one that is bound to this very address?
  bool Has(const std::string& host, uint16_t port) const;
  // Another descriptor of that socket: all of them take from one queue. kUnavailable: none is left.
  [[nodiscard]] Result<Socket> Duplicate(const std::string& host, uint16_t port);
  // The addresses of those that were never duplicated: who connects there waits for ever.
  std::vector<std::string> Unused() const;

 private:
  struct Entry {
    Socket socket;
    bool used = false;
  };
  std::map<std::string, Entry> by_address_;  // "127.0.0.1:5000", "[::1]:5000"
};

// Tell the service manager (sd_notify(3)) that connections are taken from now on, and that the end
// has begun. Nothing happens where none asks for it (NOTIFY_SOCKET). Any thread; blocks not.
void NotifyReady();
void NotifyStopping();

}  // namespace longshore
