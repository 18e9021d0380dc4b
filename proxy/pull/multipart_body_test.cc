#include "proxy/pull/multipart_body.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "proxy/http/range_header.h"

namespace longshore {
namespace {

using Kind = BodyPiece::Kind;

// Gives at most `piece` bytes of `bytes` at once, as if from a file, and takes back what it is told
// to.
class Letters final : public BodySource {
 public:
  Letters(std::string bytes, uint64_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  BodyPiece Next(uint64_t max) override {
    BodyPiece piece;
    piece.kind = at_ < bytes_.size() ? Kind::kFile : Kind::kEnd;
    piece.offset = at_;
    piece.size = std::min({max, piece_, bytes_.size() - at_});
    at_ += piece.size;
    return piece;
  }
  void WhenReady(Task) override {}
  bool TakeBack(uint64_t unsent) override {
    at_ -= unsent;
    return true;
  }

 private:
  const std::string bytes_;
  const uint64_t piece_;
  uint64_t at_ = 0;
};

TEST_CASE("each range has its head, however the bytes come and go back") {
  const std::string bytes = "aaaaabbbbbbbbbbc";
  const std::vector<ByteRange> ranges = {{0, 5}, {10, 20}, {99, 100}};
  for (const uint64_t piece : {1U, 3U, 5U, 7U, 100U}) {
    CAPTURE(piece);
    MultipartBody body(100, ranges, "text/plain", std::make_unique<Letters>(bytes, piece));
    const std::string boundary = body.ContentType().substr(body.ContentType().find('=') + 1);
    std::string read;
    for (bool is_refused = false;; is_refused = !is_refused) {
      const BodyPiece next = body.Next(100);
      if (next.kind == Kind::kEnd) break;
      if (next.kind == Kind::kBytes) {
        read += next.bytes;
        continue;
      }
      // Of every second piece all but one byte cannot be read.
      const uint64_t sent = is_refused ? 1 : next.size;
      read += bytes.substr(next.offset, sent);
      if (sent < next.size) REQUIRE(body.TakeBack(next.size - sent));
    }
    std::string expected;
    for (size_t i = 0; i < ranges.size(); ++i) {
      expected += PartHead(boundary, "text/plain", ranges[i], 100, i == 0);
      expected += bytes.substr(i == 0 ? 0 : i == 1 ? 5 : 15, ranges[i].size());
    }
    expected += PartEnd(boundary);
    CHECK(read == expected);
    CHECK(read.size() == body.Length());
  }
}

}  // namespace
}  // namespace longshore
