#include "proxy/oci/image_reference.h"

#include <utility>

namespace longshore {
namespace {

constexpr std::string_view kExample = "; write it like docker.io/library/debian:12";

tl::unexpected<Error> Bad(std::string_view text, std::string_view what) {
  return Fail(Code::kInvalid,
              "'" + std::string(text) + "' " + std::string(what) + std::string(kExample));
}

bool IsRegistry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

Result<ImageReference> ParseImageReference(std::string_view text) {
  ImageReference image{{}, {}, std::string("latest")};
  std::string_view rest = text;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    auto digest = Digest::Parse(rest.substr(at + 1));
    if (!digest) return Bad(text, "has a malformed digest");
    image.reference = *digest;
    rest = rest.substr(0, at);
  }
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos && IsRegistry(rest.substr(0, slash))) {
    image.registry = std::string(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  if (const size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    const std::string_view tag = rest.substr(colon + 1);
    if (!IsValidTag(tag)) return Bad(text, "has a malformed tag");
    if (!std::holds_alternative<Digest>(image.reference)) image.reference = std::string(tag);
    rest = rest.substr(0, colon);
  }
  if (!IsValidRepositoryName(rest)) return Bad(text, "is not the name of an image");
  image.name = std::string(rest);
  return image;
}

}  // namespace longshore
