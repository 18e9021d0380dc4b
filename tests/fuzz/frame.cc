#include "cache/codec/frame.h"

#include "cache/codec/frame_writer.h"
#include "tests/fuzz/targets.h"

namespace longshore::fuzz {
namespace {

void CheckRoundTrip(std::string_view identity) {
  if (identity.empty() || identity.size() > codec::kFrameBytes) return;
  codec::FrameWriter writer;
  const auto stored = writer.Add(identity);
  Require(stored.has_value(), "any bytes make a frame");
  const auto decoded = codec::DecodeFrame(*stored, identity.size());
  Require(decoded.has_value() && *decoded == identity, "a frame gives back what went in");
}

}  // namespace

// Three bytes of the size it should have (which is at most kMaxFrameBytes), then a frame.
void Frame(std::string_view input) {
  const auto size = static_cast<size_t>(TakeNumber(input, 3)) + 1;
  const auto decoded = codec::DecodeFrame(input, size);
  if (decoded) {
    Require(decoded->size() == size, "a frame holds what its table says");
    CheckRoundTrip(*decoded);
  } else {
    Require(decoded.error().code == Code::kCorrupt, "what cannot be decoded is damaged");
  }
  CheckRoundTrip(input);
}

}  // namespace longshore::fuzz
