#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/store/inventory.h"
#include "tests/support/cache_bed.h"

// Images as an operator of a cache sees them: stored whole, found by tag, looked for by content.
namespace longshore {

inline constexpr size_t kMiB = 1 << 20;

inline std::string Content(unsigned n, size_t size) {
  std::string bytes(size, static_cast<char>('a' + n % 26));
  const std::string mark = std::to_string(n);
  bytes.replace(0, mark.size(), mark);
  return bytes;
}

// An image of these layers, as a manifest and the bytes of what it names.
struct Image {
  ManifestPtr manifest;
  std::vector<std::string> layers;

  std::vector<NamedContent> Named() const {
    std::vector<NamedContent> named;
    for (const std::string& layer : layers) named.push_back({Digest::Of(layer), layer.size()});
    return named;
  }
};

inline Image AnImage(const std::string& name, std::vector<std::string> layers) {
  const std::string bytes = "{\"name\":\"" + name + "\"}";
  return {std::make_shared<const Manifest>(Manifest{Digest::Of(bytes), "json", bytes}),
          std::move(layers)};
}

inline void Store(CacheBed& bed, const std::string& tag, const Image& image) {
  REQUIRE(bed.Store(tag, image.manifest, image.Named()));
  for (const std::string& layer : image.layers) REQUIRE(bed.Fill(layer, kMiB));
  bed.Settle();
}

inline Inventory& InventoryOf(CacheBed& bed) {
  return bed->inventory();
}

inline ImageName Tagged(const CacheBed& bed, const std::string& tag) {
  return {bed.repository, tag};
}

inline bool IsStored(CacheBed& bed, const std::string& content) {
  return bed.Blob(Digest::Of(content)).value().sealed != nullptr;
}

}  // namespace longshore
