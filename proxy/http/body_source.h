#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cache/base/disk.h"
#include "cache/base/unique_function.h"

namespace longshore {

// The next piece of a response body.
struct BodyPiece {
  enum class Kind {
    kFile,   // send [offset, offset + size) of `file`, whose pages are in memory
    kBytes,  // send `bytes`
    kWait,   // nothing yet: call WhenReady
    kEnd,    // that was all
    kAbort,  // the body cannot be completed: close the connection short, with FIN
  };
  Kind kind = Kind::kEnd;
  FilePtr file;
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string bytes;
};

// Where a large response body comes from. Lives on the connection's loop; destroyed when the
// response ends or the client leaves. Never blocks.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // At most `max` bytes. A piece that was returned is sent in full before the next call, unless it
  // is taken back.
  virtual BodyPiece Next(uint64_t max) = 0;
  // After kWait: `ready` runs once on the loop, never inside this call; then Next is asked again.
  virtual void WhenReady(Task ready) = 0;
  // The last `unsent` bytes of the last piece, a kFile, cannot be read from its file. True: they
  // have not been sent, and Next says how the body goes on from there. False: it ends short.
  virtual bool TakeBack(uint64_t /*unsent*/) { return false; }
};

}  // namespace longshore
