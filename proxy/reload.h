#pragma once

#include <string>

#include "proxy/admin/reload_report.h"
#include "proxy/admin/reload_requests.h"

namespace longshore {

class Server;

// What SIGHUP asks for: reads `file` again, and applies what can change at run time. What is wrong
// with the file changes nothing. `file` is empty: there is nothing to read. All of it is in the
// log, too. Blocks while files are read; the main thread's.
ReloadReport ReloadFrom(const std::string& file, Server& server);
// The same for those who asked on the admin listener, if there are any.
void ReloadFor(ReloadRequests& requests, const std::string& file, Server& server);

}  // namespace longshore
