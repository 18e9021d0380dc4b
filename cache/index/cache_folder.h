#pragma once

#include <string>
#include <string_view>

#include "cache/base/disk.h"
#include "cache/base/result.h"

namespace longshore {

inline constexpr const char* kFormatFile = "FORMAT";
inline constexpr std::string_view kFormat = "longshore cache 1\n";
// What writes are probed with while the cache is in use, in staging/.
inline constexpr const char* kProbeFile = "probe";

// Creates the cache folder, or checks that it is one that this program wrote and that it can be
// written to. FORMAT is the first file to be created, so a folder with other things and no FORMAT
// is somebody else's. One whose files were removed below a running process is not: all it has are
// folders that this made again, and files named as only this names them. kInvalid: only a person
// can make it one: it is not a cache, of an unknown format, a file, or not this user's; the message
// says which. Blocks.
[[nodiscard]] Status PrepareFolder(const std::string& path, Disk& disk);

// Does the disk take writes? A small file is written, synced and removed; one that a crash left
// there before goes first. Blocks.
[[nodiscard]] Status ProbeWrites(const std::string& path, Disk& disk);

// The kernel's id of this boot; empty if there is none (then the page cache is never trusted after
// a restart).
std::string ReadBootId(Disk& disk);

}  // namespace longshore
