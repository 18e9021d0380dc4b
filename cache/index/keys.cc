#include "cache/index/keys.h"

#include <utility>

namespace longshore {
namespace {

bool HasNul(std::string_view name) {
  return name.find('\0') != std::string_view::npos;
}

// Takes the two names that a key of a repository begins with.
Result<RepositoryKey> TakeRepository(std::string_view& key) {
  const size_t upstream = key.find('\0');
  const size_t name = upstream == std::string_view::npos ? upstream : key.find('\0', upstream + 1);
  if (name == std::string_view::npos) {
    return Fail(Code::kCorrupt, "the key of a repository is damaged");
  }
  RepositoryKey repository{std::string(key.substr(0, upstream)),
                           std::string(key.substr(upstream + 1, name - upstream - 1))};
  key.remove_prefix(name + 1);
  return repository;
}

}  // namespace

std::string DigestKey(const Digest& digest) {
  std::string key(1, static_cast<char>(digest.algorithm()));
  key += digest.Raw();
  return key;
}

Result<Digest> ParseDigestKey(std::string_view key) {
  if (key.empty()) return Fail(Code::kCorrupt, "a digest key is empty");
  auto digest = Digest::FromRaw(static_cast<DigestAlgorithm>(key[0]), key.substr(1));
  if (!digest) return Fail(Code::kCorrupt, "a digest key is damaged");
  return *digest;
}

Result<std::string> RepositoryPrefix(const RepositoryKey& repository) {
  if (HasNul(repository.upstream) || HasNul(repository.name)) {
    return Fail(Code::kInvalid, "a repository name contains a NUL");
  }
  std::string key;
  key.reserve(repository.upstream.size() + repository.name.size() + 2 + 65);
  key += repository.upstream;
  key += '\0';
  key += repository.name;
  key += '\0';
  return key;
}

Result<std::string> TagKey(const RepositoryKey& repository, std::string_view tag) {
  if (HasNul(tag)) return Fail(Code::kInvalid, "a tag contains a NUL");
  auto key = RepositoryPrefix(repository);
  if (key) *key += tag;
  return key;
}

Result<std::string> LinkKey(const RepositoryKey& repository, const Digest& digest) {
  auto key = RepositoryPrefix(repository);
  if (key) {
    *key += static_cast<char>(digest.algorithm());
    *key += digest.Raw();
  }
  return key;
}

Result<TagName> ParseTagKey(std::string_view key) {
  auto repository = TakeRepository(key);
  if (!repository) return tl::unexpected(repository.error());
  return TagName{std::move(*repository), std::string(key)};
}

Result<LinkName> ParseLinkKey(std::string_view key) {
  auto repository = TakeRepository(key);
  if (!repository) return tl::unexpected(repository.error());
  auto digest = ParseDigestKey(key);
  if (!digest) return tl::unexpected(digest.error());
  return LinkName{std::move(*repository), *digest};
}

}  // namespace longshore
