#pragma once

#include <string>

#include "proxy/upstream/transfer.h"

namespace longshore {

// What a head that is not the wanted answer means. `body` is the beginning of what came after it:
// the upstream's own words help a person; quotes and control characters are left to the JSON
// writer. Pure, any thread.
TransferEnd RefusalEnd(int status, const std::string& body);

}  // namespace longshore
