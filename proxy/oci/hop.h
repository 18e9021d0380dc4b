#pragma once

#include <string_view>

namespace longshore {

// One Longshore asking another for a whole blob says so in this request field. What is stored as
// zstd frames is then sent as they lie on disk, with Content-Encoding: zstd; the fields of the
// answer are otherwise those of the identity bytes' answer. No other client sends it, so no other
// gets anything but identity bytes, whatever its Accept-Encoding says.
inline constexpr std::string_view kHopField = "Longshore-Hop";
inline constexpr std::string_view kHopZstd = "zstd";

}  // namespace longshore
