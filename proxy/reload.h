#pragma once

#include <string>

namespace longshore {

class Server;

// What SIGHUP asks for: reads `file` again, and applies what can change at run time. What is wrong
// with the file is in the log and changes nothing. `file` is empty: there is nothing to read, which
// is said. Blocks while files are read; the main thread's.
void ReloadFrom(const std::string& file, Server& server);

}  // namespace longshore
