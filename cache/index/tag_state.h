#pragma once

#include <cstdint>

#include "cache/base/digest.h"

namespace longshore {

struct TagState {
  Digest digest;
  int64_t proven_at = 0;  // wall milliseconds: when the upstream last said so
};

}  // namespace longshore
