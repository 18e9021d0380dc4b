#include "proxy/upstream/content_decoder.h"

#define ZLIB_CONST  // zlib.h: what it only reads is const
#include <zlib.h>
#include <zstd.h>

#include <new>
#include <string>
#include <utility>

namespace longshore {
namespace {

constexpr int kZstdWindowLog = 23;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib.h, inflateInit2: no zlib header, no raw deflate

tl::unexpected<Error> Broken(const std::string& coding, const char* how) {
  return Fail(Code::kBadUpstream, "the answer is not the " + coding + " it says: " + how);
}

// A frame, or one to skip (RFC 8878 §3.1). libzstd also reads what was written before there was a
// format, whose windows it does not bound.
bool IsFirstOfFrame(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value == 0x28 || value >> 4 == 0x5;
}

class ZstdDecoder final : public ContentDecoder {
 public:
  ZstdDecoder() : zstd_(ZSTD_createDCtx()) {
    if (zstd_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~ZstdDecoder() override { ZSTD_freeDCtx(zstd_); }

  Result<size_t> Decode(std::string_view& input, std::span<char> out) override {
    ZSTD_inBuffer from{input.data(), input.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size && (from.pos < from.size || may_hold_more_)) {
      if (is_whole_ && !IsFirstOfFrame(input[from.pos])) {
        return Broken("zstd", "no frame begins like that");
      }
      const size_t wanted = ZSTD_decompressStream(zstd_, &to, &from);
      if (ZSTD_isError(wanted) != 0) return Broken("zstd", ZSTD_getErrorName(wanted));
      is_whole_ = wanted == 0;  // the frame has ended, and all of it was given
      may_hold_more_ = !is_whole_ && to.pos == to.size;
    }
    input.remove_prefix(from.pos);
    return to.pos;
  }
  bool IsWhole() const override { return is_whole_; }

 private:
  ZSTD_DCtx* const zstd_;
  bool is_whole_ = true;
  bool may_hold_more_ = false;
};

class GzipDecoder final : public ContentDecoder {
 public:
  GzipDecoder() {
    if (inflateInit2(&zlib_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipDecoder() override { inflateEnd(&zlib_); }

  Result<size_t> Decode(std::string_view& input, std::span<char> out) override {
    zlib_.next_in = reinterpret_cast<const Bytef*>(input.data());
    zlib_.avail_in = static_cast<uInt>(input.size());
    zlib_.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib_.avail_out = static_cast<uInt>(out.size());
    while (zlib_.avail_out > 0 && (zlib_.avail_in > 0 || !is_whole_)) {
      is_whole_ = false;
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      if (code == Z_BUF_ERROR) break;  // it needs more input
      if (code == Z_STREAM_END) {
        is_whole_ = true;
        inflateReset(&zlib_);
      } else if (code != Z_OK) {
        return Broken("gzip", zlib_.msg != nullptr ? zlib_.msg : zError(code));
      }
    }
    input.remove_prefix(input.size() - zlib_.avail_in);
    return out.size() - zlib_.avail_out;
  }
  bool IsWhole() const override { return is_whole_; }

 private:
  z_stream zlib_{};  // zlib keeps a pointer to it
  bool is_whole_ = true;
};

class Refuser final : public ContentDecoder {
 public:
  explicit Refuser(std::string_view coding) : coding_(coding) {}

  Result<size_t> Decode(std::string_view& input, std::span<char>) override {
    if (input.empty()) return 0;
    return Fail(Code::kBadUpstream,
                "the answer is encoded in a way that was not asked for: " + coding_);
  }
  bool IsWhole() const override { return true; }

 private:
  const std::string coding_;
};

}  // namespace

std::unique_ptr<ContentDecoder> MakeContentDecoder(std::string_view coding) {
  if (coding.empty()) return nullptr;
  if (coding == "zstd") return std::make_unique<ZstdDecoder>();
  // RFC 9110 §8.4.1.3: the same.
  if (coding == "gzip" || coding == "x-gzip") return std::make_unique<GzipDecoder>();
  return std::make_unique<Refuser>(coding);
}

}  // namespace longshore
