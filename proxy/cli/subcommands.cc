#include "proxy/cli/subcommand.h"

namespace longshore::cli {

std::span<const Subcommand> Subcommands() {
  static constexpr Subcommand kAll[] = {
      {"health", "ask a running mirror whether it is ready", DeclareHealth},
      {"setup", "point a client of this machine at a mirror", DeclareSetup},
      {"why", "what would happen to a pull of an image, and why", DeclareWhy},
      {"stats", "storage, traffic and connections", DeclareStats},
      {"ls", "the images that are known here", DeclareLs},
      {"fills", "what is being fetched now", DeclareFills},
      {"warm", "fetch images before clients ask", DeclareWarm},
      {"pin", "never evict an image; without one, list what is pinned", DeclarePin},
      {"unpin", "let an image be evicted again", DeclareUnpin},
      {"purge", "remove an image, every image a pattern matches, or one digest", DeclarePurge},
      {"verify", "hash stored blobs anew", DeclareVerify},
      {"drain", "turn /readyz off, so that load balancers send no more", DeclareDrain},
      {"reload", "read the configuration again, as SIGHUP does", DeclareReload},
      {"logs", "questions to a log file", DeclareLogs},
  };
  return kAll;
}

}  // namespace longshore::cli
