// The process: arguments, signals, exit status. 0: done; 1: the configuration or the machine does
// not allow it; 2: wrong arguments.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <utility>

#include "cache/base/log.h"
#include "proxy/command_line.h"
#include "proxy/config/config.h"
#include "proxy/net/service_manager.h"
#include "proxy/net/tls_context.h"
#include "proxy/reload.h"
#include "proxy/server.h"
#include "proxy/version.h"

namespace longshore {
namespace {

Status HasCertificate(const ListenConfig& listener) {
  const auto loaded = TlsContext::Load(listener.tls_certificate_file, listener.tls_key_file);
  return loaded ? Status() : tl::unexpected(loaded.error());
}

ConfigResult Load(const std::string& file) {
  return file.empty() ? ConfigResult(DefaultConfig()) : LoadConfig(file, HasCertificate);
}

int Report(const std::vector<ConfigError>& errors) {
  for (const ConfigError& error : errors) std::cerr << error.ToString() << "\n";
  return 1;
}

int Report(const Error& error) {
  std::cerr << "longshore: " << error.message << "\n";
  return 1;
}

// Signals are taken by one thread, in order: blocked everywhere, waited for here.
sigset_t BlockSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on files is one more way in which a write fails
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int Serve(Config config, const std::string& file) {
  const sigset_t signals = BlockSignals();
  log::Configure({config.log.level, config.log.format, config.region});
  auto inherited = InheritedSockets::FromEnvironment();
  if (!inherited) return Report(inherited.error());
  const std::string scheme(config.listen.front().scheme());
  ReloadRequests reloads([] { ::kill(::getpid(), SIGHUP); });
  Server server(std::move(config), reloads, std::move(*inherited));
  if (auto started = server.Start(); !started) return Report(started.error());
  NotifyReady();
  std::cout << "Longshore " << kVersion << " listens on " << server.addresses().front()
            << ", admin on " << server.admin_address() << ".\n"
            << "For /etc/docker/daemon.json:  \"registry-mirrors\": [\"" << scheme << "://"
            << server.addresses().front() << "\"]" << std::endl;
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    ReloadFor(reloads, file, server);
  }
  NotifyStopping();
  reloads.Close();
  server.Stop(signal == SIGINT ? Duration{0} : server.drain());
  return 0;
}

int Main(int argc, const char* const* argv) {
  const Command command = ParseCommandLine(argc, argv);
  if (command.kind == Command::Kind::kExit) return command.exit_status;
  if (command.kind == Command::Kind::kRun) return command.run();
  auto config = Load(command.config_file);
  if (!config) return Report(config.error());
  if (command.kind == Command::Kind::kCheckConfig) {
    std::cout << command.config_file << ": ok\n";
    return 0;
  }
  const int status = Serve(std::move(*config), command.config_file);
  log::Shutdown();
  return status;
}

}  // namespace
}  // namespace longshore

int main(int argc, char** argv) {
  return longshore::Main(argc, argv);
}
