#include "proxy/upstream/content_decoder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

constexpr size_t kMost = 1 << 20;  // of what a bomb becomes: the rest would only take time

// What became of a body: nothing if it was refused, cut short, or larger than kMost.
std::optional<std::string> Decoded(std::string_view coding, std::string_view body, size_t cut,
                                   size_t room) {
  const auto decoder = MakeContentDecoder(coding);
  std::string decoded;
  std::array<char, 1 << 16> piece;
  while (!body.empty()) {
    std::string_view input = body.substr(0, cut);
    const size_t brought = input.size();
    for (size_t made = room; made == room;) {
      const auto result = decoder->Decode(input, std::span(piece).first(room));
      if (!result) {
        Require(result.error().code == Code::kBadUpstream, "it is the upstream's fault");
        return std::nullopt;
      }
      made = *result;
      Require(made <= room && input.size() <= brought, "no more than there is room for");
      decoded.append(piece.data(), made);
      if (decoded.size() > kMost) return std::nullopt;
    }
    Require(input.empty(), "a piece that is not full leaves no input");
    body.remove_prefix(brought);
  }
  if (!decoder->IsWhole()) return std::nullopt;
  return decoded;
}

}  // namespace

// A byte whose last bit tells the coding, one each of how the body comes and goes, then the body.
void ContentDecoder(std::string_view input) {
  const std::string_view coding = (TakeNumber(input, 1) & 1) != 0 ? "gzip" : "zstd";
  const size_t cut = TakeNumber(input, 1) + 1;
  const size_t room = TakeNumber(input, 1) + 1;
  const auto whole = Decoded(coding, input, SIZE_MAX, 1 << 16);
  const auto in_pieces = Decoded(coding, input, cut, room);
  // libzstd refuses more of one than of the other: a window that is too large passes if all of the
  // frame fits into one piece, and a last block that is empty hides in pieces that the frame is
  // shorter than it says. What is decoded has to be the digest's, either way.
  if (whole && in_pieces) Require(*whole == *in_pieces, "any pieces make the same bytes");
}

}  // namespace longshore::fuzz
