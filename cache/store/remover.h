#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "cache/base/digest.h"
#include "cache/index/object_key.h"
#include "cache/store/blob_files.h"
#include "cache/store/budget.h"
#include "cache/store/catalog.h"

namespace longshore {

// Removes stored objects in the order that a crash cannot spoil:
//   1. one synced batch: records gone, bytes uncounted, the intent to unlink each file noted
//   2. files unlinked, their space released
//   3. intents dropped (not synced: unlinking again does no harm, and a fill of the same digest
//   drops them, too)
// Recovery carries out the intents it finds. Blocks: pool only. Thread-safe; the caller keeps
// others off the digests (a claim, or the one hold of the fill they belong to).
class Remover {
 public:
  struct Doomed {
    ObjectKind kind;
    Digest digest;
    uint64_t charge = 0;  // what it counts; 0 for a manifest, whose bytes are the index's
    std::string path;     // its file, relative; empty for a manifest
    std::optional<int64_t> sealed_at = {};  // of a blob, in wall milliseconds
  };

  Remover(Catalog& catalog, BlobFiles& files, Budget& budget)
      : catalog_(catalog), files_(files), budget_(budget) {}
  Remover(const Remover&) = delete;
  Remover& operator=(const Remover&) = delete;

  // Fills in the rest of a blob or extent from its record. False: there is no such record.
  [[nodiscard]] Result<bool> Locate(Doomed& doomed);
  // On failure nothing was removed. A file that cannot be unlinked keeps its space until the next
  // start.
  [[nodiscard]] Status Remove(std::span<const Doomed> doomed);
  // Steps 2 and 3 alone, for whoever has noted the intents in a synced batch of their own.
  void CarryOut(std::span<const Doomed> doomed);
  // At start: unlinks what intents name, then drops them.
  [[nodiscard]] Status FinishIntents();

  static std::string IntentKey(const std::string& path);

 private:
  void DropIntents(std::span<const std::string> unlinked);

  Catalog& catalog_;
  BlobFiles& files_;
  Budget& budget_;
};

}  // namespace longshore
