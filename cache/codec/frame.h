#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cache/base/result.h"

namespace longshore::codec {

// How a blob is cut: every frame but the last holds this many identity bytes and is compressed at
// this level. Against `zstd -3` of the whole, which is to be exceeded by 5 % at most (zstd 1.5.4,
// one core; files of Debian's required and important packages, 100 MB | /usr, 200 MB):
//   256 KiB, level 3   +17.1 % |  +3.9 %   130 MB/s
//     1 MiB, level 3   +10.3 % |  +1.8 %   145 MB/s
//     2 MiB, level 3    +4.6 % |  +0.9 %   165 MB/s
//   512 KiB, level 8    +8.4 %              38 MB/s
//     1 MiB, level 6    +5.4 % |  -4.7 %    57 MB/s
//     1 MiB, level 7    +4.9 % |  -5.2 %    48 MB/s
// A reader decodes a whole frame for its first byte, and nobody waits for the writer: hence the
// level.
inline constexpr size_t kFrameBytes = 1 << 20;
inline constexpr int kLevel = 7;

// No frame is larger, stored or decoded: what a damaged file can make a reader allocate.
inline constexpr size_t kMaxFrameBytes = 16 << 20;

// The identity bytes of one frame, exactly `identity_size` of them. `stored` is that frame and
// nothing else, otherwise kCorrupt; so is anything whose content checksum is wrong. Any thread;
// about a millisecond for a frame of kFrameBytes.
[[nodiscard]] Result<std::string> DecodeFrame(std::string_view stored, size_t identity_size);

}  // namespace longshore::codec
