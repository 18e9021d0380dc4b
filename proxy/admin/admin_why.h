#pragma once

#include <optional>
#include <string>

#include "cache/store/inventory.h"
#include "proxy/admin/admin_answer.h"
#include "proxy/admin/admin_services.h"
#include "proxy/oci/image_reference.h"
#include "proxy/oci/platform.h"

namespace longshore {

// An image as a request would name it.
struct AskedImage {
  ImageReference image;
  std::optional<std::string> host;   // the Host header of the request
  std::optional<Platform> platform;  // of an index: only this one's content is told
};

// The repository that a pull of this would be about. A registry that is written counts as `?ns=`,
// as containerd sends it. kNotFound: no upstream is configured for it; kInvalid.
[[nodiscard]] Result<ResolvedRepository> ResolveImage(const UpstreamTable& table,
                                                      const AskedImage& asked);
// The same from the text of a `ref` parameter, as the inventory takes it.
[[nodiscard]] Result<ImageName> ResolveImageName(const UpstreamTable& table, std::string_view ref);
// "docker.io/library/debian:12", "…@sha256:…".
std::string ToString(const ImageName& image);

// What would happen to a pull, and why. Blocks: pool only.
AdminAnswer ExplainPull(const AdminServices& services, const AskedImage& asked);

}  // namespace longshore
