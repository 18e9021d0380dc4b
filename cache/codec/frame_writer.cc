#include "cache/codec/frame_writer.h"

#include <zstd.h>

#include <new>

#include "cache/codec/frame.h"

namespace longshore::codec {

struct FrameWriter::Context {
  Context() : zstd(ZSTD_createCCtx()) {
    if (zstd == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { ZSTD_freeCCtx(zstd); }
  ZSTD_CCtx* const zstd;
};

FrameWriter::FrameWriter() : context_(std::make_unique<Context>()) {}
FrameWriter::~FrameWriter() = default;

Result<std::string> FrameWriter::Add(std::string_view identity) {
  if (identity.empty() || identity.size() > kFrameBytes ||
      table_.FrameCount() == SeekTable::kMaxFrames) {
    return Fail(Code::kInternal, "a frame that no seek table may name");
  }
  std::string stored(ZSTD_compressBound(identity.size()), '\0');
  const size_t size = ZSTD_compress2(context_->zstd, stored.data(), stored.size(), identity.data(),
                                     identity.size());
  if (ZSTD_isError(size) != 0) {
    return Fail(Code::kInternal,
                std::string("cannot compress a frame: ") + ZSTD_getErrorName(size));
  }
  stored.resize(size);
  table_.Add(size, identity.size());
  return stored;
}

}  // namespace longshore::codec
