#include "proxy/oci/reference.h"

#include <algorithm>

namespace longshore {
namespace {

bool IsLowerAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool IsTagStart(char c) {
  return IsLowerAlnum(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsTagCharacter(char c) {
  return IsTagStart(c) || c == '.' || c == '-';
}

// ".", "_", "__" or any number of "-".
bool IsSeparator(std::string_view run) {
  return run == "." || run == "_" || run == "__" ||
         std::all_of(run.begin(), run.end(), [](char c) { return c == '-'; });
}

bool IsValidComponent(std::string_view component) {
  if (component.empty() || !IsLowerAlnum(component.front()) || !IsLowerAlnum(component.back())) {
    return false;
  }
  for (size_t i = 0; i < component.size();) {
    size_t end = i;
    while (!IsLowerAlnum(component[end])) ++end;  // ends: the last character is alphanumeric
    if (end > i && !IsSeparator(component.substr(i, end - i))) return false;
    i = end + 1;
  }
  return true;
}

}  // namespace

bool IsValidRepositoryName(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  while (true) {
    const size_t slash = name.find('/');
    if (!IsValidComponent(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool IsValidTag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxTagBytes && IsTagStart(tag.front()) &&
         std::all_of(tag.begin(), tag.end(), IsTagCharacter);
}

Result<Reference> ParseReference(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    auto digest = Digest::Parse(text);
    if (!digest) return tl::unexpected<Error>(std::move(digest.error()));
    return Reference(*digest);
  }
  if (!IsValidTag(text)) return Fail(Code::kInvalid, "malformed tag");
  return Reference(std::string(text));
}

std::string ToString(const Reference& reference) {
  if (const auto* digest = std::get_if<Digest>(&reference)) return digest->ToString();
  return std::get<std::string>(reference);
}

}  // namespace longshore
