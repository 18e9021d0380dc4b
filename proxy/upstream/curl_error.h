#pragma once

#include <curl/curl.h>

#include "proxy/upstream/transfer.h"

namespace longshore {

// What a finished curl transfer means. `detail` is curl's own sentence, or empty.
TransferEnd EndOf(CURLcode code, const char* detail, bool head_seen);

}  // namespace longshore
