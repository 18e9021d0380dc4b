#include "cache/keys.h"

namespace longshore {
namespace {

bool HasNul(std::string_view name) {
  return name.find('\0') != std::string_view::npos;
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

}  // namespace longshore
