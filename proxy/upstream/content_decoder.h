#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "cache/base/result.h"

namespace longshore {

// What we ask for (RFC 9110 §12.5.3), and what a ContentDecoder knows.
inline constexpr std::string_view kAcceptedCodings = "zstd, gzip";

// Beside the piece that is asked for: the largest window of a coding.
inline constexpr uint64_t kMemoryOfDecoder = 8 << 20;

// Undoes the content coding of one body, a piece at a time, and can stop in mid-input: what it
// holds is its window, not what the input expands to. That is 8 MiB for zstd, as RFC 8878
// §3.1.1.1.2 recommends and RFC 9659 §3 demands of this coding; 32 KiB for gzip. One thread.
class ContentDecoder {
 public:
  ContentDecoder() = default;
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;
  virtual ~ContentDecoder() = default;

  // Takes off the front of `input` (below 4 GiB) what it needs to fill `out`, which is not empty,
  // and answers how many bytes it wrote. As many as there was room for: there may be more, even if
  // `input` is empty by now. Fewer: `input` is empty, and nothing is held back. One member or frame
  // after the other is decoded (RFC 1952 §2.2, RFC 8878 §3.1).
  // kBadUpstream: these bytes are not in this coding; nothing more may be asked then.
  [[nodiscard]] virtual Result<size_t> Decode(std::string_view& input, std::span<char> out) = 0;

  // May the body end here? Not within a member or a frame. An empty one may, as there is nothing
  // to decode in answers without content (RFC 9110 §6.4.1).
  virtual bool IsWhole() const = 0;
};

// `coding` as ContentCodingOf gives it (transfer.h); null: none. One that nobody asked for (RFC
// 9110 §8.4: it could not be decoded) gets a decoder that refuses the first byte.
std::unique_ptr<ContentDecoder> MakeContentDecoder(std::string_view coding);

}  // namespace longshore
