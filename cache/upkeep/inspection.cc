#include "cache/upkeep/inspection.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "cache/store/glob.h"

namespace longshore {
namespace {

// Of one tag's image, through indexes: an index of indexes of … is cut off here.
constexpr size_t kMostNamedOfATag = 2'000;

}  // namespace

Result<ImageState> Inspection::Find(const ImageName& image) {
  ImageState found;
  auto pinned = pins_.IsPinned(image);
  if (!pinned) return tl::unexpected(pinned.error());
  found.pinned = *pinned;
  if (const auto* name = std::get_if<std::string>(&image.reference)) {
    auto key = TagKey(image.repository, *name);
    if (!key) return tl::unexpected(key.error());
    auto tag = catalog_.FindTag(*key);
    if (!tag) return tl::unexpected(tag.error());
    if (!*tag) return found;
    found.tag = TagState{(*tag)->digest, (*tag)->proven_at};
    found.digest = (*tag)->digest;
  } else {
    found.digest = std::get<Digest>(image.reference);
  }
  auto link_key = LinkKey(image.repository, *found.digest);
  if (!link_key) return tl::unexpected(link_key.error());
  auto link = links_.Find(*link_key);
  if (!link) return tl::unexpected(link.error());
  found.linked = link->has_value();
  auto record = catalog_.FindManifest(*found.digest);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return found;
  found.manifest = std::make_shared<const Manifest>(
      Manifest{*found.digest, (*record)->media_type, (*record)->bytes});
  for (const NamedContent& content : (*record)->named) {
    auto state = StateOf(image.repository, content);
    if (!state) return tl::unexpected(state.error());
    found.named.push_back(*state);
  }
  return found;
}

Result<ContentState> Inspection::StateOf(const RepositoryKey& repository,
                                         const NamedContent& content) {
  ContentState state;
  state.digest = content.digest;
  state.size = content.size;
  state.pinned = pins_.Covers(content.digest);
  auto key = LinkKey(repository, content.digest);
  if (!key) return tl::unexpected(key.error());
  auto link = links_.Find(*key);
  if (!link) return tl::unexpected(link.error());
  state.linked = link->has_value();
  auto blob = catalog_.FindBlob(content.digest);
  if (blob && *blob) {
    state.state = ContentState::State::kPresent;
    state.size = state.present = (*blob)->size;
    state.stored = (*blob)->stored_size;
    return state;
  }
  auto manifest = catalog_.FindManifest(content.digest);
  if (!manifest) return tl::unexpected(manifest.error());
  if (*manifest) {
    state.state = ContentState::State::kPresent;
    state.is_manifest = true;
    state.size = state.present = state.stored = (*manifest)->bytes.size();
    return state;
  }
  auto extent = catalog_.FindExtent(content.digest);
  // A damaged record of either kind reads as absent: the next pull puts it right.
  if (!extent || !*extent) return state;
  RangeSet present = (*extent)->written;
  for (const ByteRange& range : (*extent)->durable.Ranges()) present.Add(range);
  state.state = ContentState::State::kPartial;
  state.size = (*extent)->size;
  state.present = state.stored = present.TotalBytes();
  return state;
}

Result<TagPage> Inspection::ListTags(const TagQuery& query, const std::string& from, size_t limit) {
  TagPage page;
  size_t scanned = 0;
  auto status =
      catalog_.Scan(Family::kTag, "", from, [&](std::string_view key, std::string_view value) {
        if (page.rows.size() == limit || scanned++ == Inventory::kMostScanned) {
          page.next = key;
          return false;
        }
        const auto name = ParseTagKey(key);
        const auto record = TagRecord::Decode(value);
        if (!name || !record) return true;
        const RepositoryKey& repository = name->repository;
        const std::string text = repository.upstream + "/" + repository.name + ":" + name->tag;
        if (!MatchesGlob(query.pattern, text)) return true;
        // Memory knows the pins: the index is not asked within the scan.
        const bool pinned = pins_.IsPinned({repository, name->tag}).value_or(false);
        if (query.only_pinned && !pinned) return true;
        page.rows.push_back({repository, name->tag, record->digest, record->proven_at});
        page.rows.back().pinned = pinned;
        return true;
      });
  if (!status) return tl::unexpected(status.error());
  for (TagRow& row : page.rows) {
    if (auto added = AddContent(row); !added) return tl::unexpected(added.error());
  }
  return page;
}

// The scan is over: a visitor must not ask the index.
Status Inspection::AddContent(TagRow& row) {
  std::vector<Digest> open{row.digest};
  std::unordered_set<Digest> seen{row.digest};
  while (!open.empty()) {
    auto image = Find({row.repository, open.back()});
    const bool is_root = open.back() == row.digest;
    open.pop_back();
    if (!image) return tl::unexpected(image.error());
    if (is_root) row.stored = image->manifest != nullptr;
    for (const ContentState& content : image->named) {
      if (seen.size() == kMostNamedOfATag || !seen.insert(content.digest).second) continue;
      row.bytes += content.size;
      row.present += content.present;
      if (content.is_manifest) open.push_back(content.digest);
    }
  }
  return {};
}

Result<BlobPage> Inspection::ListBlobs(const std::string& from, size_t limit) {
  BlobPage page;
  auto scanned = catalog_.Scan(Family::kBlob, "", from, [&](std::string_view key, auto) {
    if (page.digests.size() == limit) {
      page.next = key;
      return false;
    }
    if (const auto digest = ParseDigestKey(key)) page.digests.push_back(*digest);
    return true;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  return page;
}

}  // namespace longshore
