#pragma once

#include <string>

#include "proxy/page/status_view.h"

namespace longshore {

// The status page as one self-contained HTML document: no other file, nothing loaded. Every text of
// `view` is escaped. Style and script carry `nonce` (letters and digits), and nothing else runs;
// the page does all of its work without the script, which only keeps it fresh. Pure, any thread.
std::string RenderStatusPage(const StatusView& view, const std::string& nonce);
// The Content-Security-Policy it is served with.
std::string StatusPagePolicy(const std::string& nonce);

}  // namespace longshore
