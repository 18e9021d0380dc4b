#include "cache/store/folder_watch.h"

#include <string>

#include "cache/index/cache_folder.h"

namespace longshore {

void FolderWatch::Look() {
  const auto format = files_.Size(kFormatFile);
  if (format || format.error().code != Code::kNotFound) return;
  health_.IndexDamaged(
      {Code::kNotFound, files_.root() +
                            " was emptied or removed while in use, or something was mounted "
                            "over it"});
  auto made = PrepareFolder(files_.root(), files_.disk());
  if (made) made = files_.MakeFolders();
  // Whatever else fails is told by the disk itself.
  if (!made && made.error().code == Code::kInvalid) {
    health_.ReadFailed(DiskHealth::Part::kDisk, made.error());
  }
}

}  // namespace longshore
