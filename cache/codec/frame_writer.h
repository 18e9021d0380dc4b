#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cache/base/result.h"
#include "cache/codec/seek_table.h"

namespace longshore::codec {

// Makes the stored bytes of one blob out of its identity bytes, frame by frame and in order: what
// Add answers, one after the other, and what Finish answers at last. Memory: about 8 MiB, whatever
// the blob's size. One thread at a time; burns CPU (see frame.h): pool only.
class FrameWriter {
 public:
  FrameWriter();
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  // The next frame. `identity` is kFrameBytes long, the blob's last may be shorter but not empty.
  // kInternal: zstd refuses, or the blob has more frames than a table may.
  [[nodiscard]] Result<std::string> Add(std::string_view identity);
  // The seek table's bytes, the end of the file.
  std::string Finish() const { return table_.Encode(); }

 private:
  struct Context;
  const std::unique_ptr<Context> context_;
  SeekTable table_;
};

}  // namespace longshore::codec
