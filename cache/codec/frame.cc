#include "cache/codec/frame.h"

#include <zstd.h>

namespace longshore::codec {
namespace {

tl::unexpected<Error> Damaged(const std::string& how) {
  return Fail(Code::kCorrupt, "a compressed frame is damaged: " + how);
}

}  // namespace

Result<std::string> DecodeFrame(std::string_view stored, size_t identity_size) {
  if (identity_size > kMaxFrameBytes) return Damaged("it claims to be too large");
  // A skippable frame has a content size of 0, an unknown one is no number that fits.
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != identity_size ||
      identity_size == 0) {
    return Damaged("it holds another number of bytes");
  }
  if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) {
    return Damaged("it ends elsewhere");
  }
  std::string identity(identity_size, '\0');
  const size_t decoded =
      ZSTD_decompress(identity.data(), identity.size(), stored.data(), stored.size());
  if (ZSTD_isError(decoded) != 0) return Damaged(ZSTD_getErrorName(decoded));
  if (decoded != identity_size) return Damaged("it holds fewer bytes");
  return identity;
}

}  // namespace longshore::codec
