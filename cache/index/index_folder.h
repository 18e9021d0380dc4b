#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cache/base/disk.h"
#include "cache/index/index.h"

namespace longshore {

// A file beside the index: the next start is to set it aside.
inline constexpr const char* kDamageMarker = "index.is-damaged";

// How the index is opened; tests put another one below. kCorrupt: what is there is damaged.
using IndexOpener = std::function<Result<std::unique_ptr<Index>>(const std::string& path)>;

// The folder of the index below the cache folder `root`, and what becomes of a damaged one: it is
// set aside as "index.damaged", for a person to look at, in place of an older one, and a new one is
// begun, which rebuild.h fills. kDamageMarker makes the next start do so. Blocks:
// start-up only, except Mark (pool).
class IndexFolder {
 public:
  IndexFolder(std::string root, Disk& disk) : root_(std::move(root)), disk_(disk) {}

  // Sets a damaged index aside, if there is the marker or it cannot be opened for damage.
  [[nodiscard]] Result<std::unique_ptr<Index>> Open(const IndexOpener& open_index);
  // Closed, and found to be damaged: it is replaced by a new one.
  [[nodiscard]] Result<std::unique_ptr<Index>> Replace(const IndexOpener& open_index,
                                                       const Error& why);
  // Whatever was set aside is removed if it takes more than `most` bytes. Answers what it takes.
  [[nodiscard]] Result<uint64_t> Bound(uint64_t most);
  // The next start is to replace it.
  [[nodiscard]] Status Mark();

 private:
  std::string Path(const char* name) const { return root_ + "/" + name; }
  [[nodiscard]] Status SetAside();

  const std::string root_;
  Disk& disk_;
};

}  // namespace longshore
