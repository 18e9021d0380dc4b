#include "cache/index/index_folder.h"

#include "cache/base/log.h"

namespace longshore {
namespace {

constexpr const char* kIndex = "index";
constexpr const char* kAside = "index.damaged";

}  // namespace

Result<std::unique_ptr<Index>> IndexFolder::Open(const IndexOpener& open_index) {
  if (disk_.FileSize(Path(kDamageMarker))) {
    return Replace(open_index, {Code::kCorrupt, "the last run found damage"});
  }
  if (auto made = disk_.MakeFolders(Path(kIndex)); !made) return tl::unexpected(made.error());
  auto index = open_index(Path(kIndex));
  if (index || index.error().code != Code::kCorrupt) return index;
  return Replace(open_index, index.error());
}

Result<std::unique_ptr<Index>> IndexFolder::Replace(const IndexOpener& open_index,
                                                    const Error& why) {
  log::Error("index", "damaged: it is set aside, and made anew from the stored files",
             {{"error", std::string_view(why.message)}, {"aside", Path(kAside)}});
  if (auto aside = SetAside(); !aside) return tl::unexpected(aside.error());
  if (auto made = disk_.MakeFolders(Path(kIndex)); !made) return tl::unexpected(made.error());
  return open_index(Path(kIndex));
}

// The marker goes last: dying before that sets aside a new index, which costs another rebuild.
Status IndexFolder::SetAside() {
  if (auto removed = disk_.RemoveTree(Path(kAside)); !removed) return removed;
  auto moved = disk_.Rename(Path(kIndex), Path(kAside));
  if (!moved && moved.error().code != Code::kNotFound) return moved;
  if (auto synced = disk_.SyncFolder(root_); !synced) return synced;
  return disk_.Remove(Path(kDamageMarker));
}

Result<uint64_t> IndexFolder::Bound(uint64_t most) {
  auto usage = disk_.FolderUsage(Path(kAside));
  if (!usage) {
    if (usage.error().code == Code::kNotFound) return 0;
    return usage;
  }
  if (*usage <= most) return usage;
  if (auto removed = disk_.RemoveTree(Path(kAside)); !removed) {
    return tl::unexpected(removed.error());
  }
  return 0;
}

Status IndexFolder::Mark() {
  if (disk_.FileSize(Path(kDamageMarker))) return {};
  if (auto file = disk_.Create(Path(kDamageMarker)); !file) return tl::unexpected(file.error());
  return disk_.SyncFolder(root_);
}

}  // namespace longshore
