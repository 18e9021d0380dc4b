#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "cache/base/byte_range.h"
#include "cache/base/unique_function.h"
#include "proxy/pull/disk_body.h"
#include "proxy/pull/relay_body.h"

namespace longshore {

// Ranges of a blob, one after the other, from the store, and, when the disk fails while they are
// sent, all that is left of them from the upstream, in one transfer. Lives on the client's loop.
class ContinuedBody final : public BodySource {
 public:
  // The body of one range.
  using Part = UniqueFunction<std::unique_ptr<DiskBody>(ByteRange)>;
  // The rest, once: `part` says what is wanted and what was sent. Null: there is none, and the body
  // ends short, as it does when what is left comes back to bytes before: an upstream sends them
  // once.
  using Rest = UniqueFunction<std::unique_ptr<BodySource>(RelayedPart part)>;

  ContinuedBody(std::vector<ByteRange> ranges, Part part_of, Rest rest_of)
      : ranges_(std::move(ranges)), part_of_(std::move(part_of)), rest_of_(std::move(rest_of)) {}

  BodyPiece Next(uint64_t max) override;
  void WhenReady(Task ready) override;
  bool TakeBack(uint64_t unsent) override;

 private:
  RelayedPart Left() const;
  std::unique_ptr<BodySource> GoOn();

  const std::vector<ByteRange> ranges_;
  Part part_of_;
  Rest rest_of_;
  size_t current_ = 0;
  std::unique_ptr<DiskBody> part_;    // of the current range, once it was asked for
  std::unique_ptr<BodySource> rest_;  // not null: what is left comes from there
};

}  // namespace longshore
