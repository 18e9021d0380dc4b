#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include "cache/base/mutex.h"

namespace longshore {

// Lines on their way out, written by a thread of their own, many with one write. Thread-safe;
// Append never waits for the output.
//
// A line that nobody is ahead of goes out at once. While lines keep coming, a write follows the one
// before it by kRest at the earliest (or when kEnough bytes wait, or a line is urgent): waking a
// thread for each line would cost more than all else that a line needs.
//
// At most kMost bytes wait, the last quarter for urgent lines only, and as many are being written.
// What finds no room, or cannot be written, is lost and counted; as soon as lines go out again, one
// that says how many were lost goes with them.
class LineWriter {
 public:
  static constexpr size_t kMost = size_t{2} << 20;
  static constexpr size_t kEnough = size_t{512} << 10;
  static constexpr std::chrono::milliseconds kRest{10};

  // Writes all or a beginning of the bytes and says how many, or -1: nothing, these are lost. May
  // block.
  using Write = std::function<int64_t(std::string_view)>;
  // The line, with its newline, that says how many were lost.
  using Confess = std::function<std::string(uint64_t lines)>;

  LineWriter(Write write, Confess confess);
  ~LineWriter();  // unless it is finished: writes what waits, however long that takes
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Writes what waits and ends the thread; no more lines then. False: that takes longer than
  // `patience`, the thread still waits for the output, and the writer must outlive it. Blocks.
  bool Finish(std::chrono::milliseconds patience);

  // `line` ends with its newline, and has no other.
  void Append(std::string_view line, bool is_urgent);

  uint64_t lost() const;  // lines, since the start

 private:
  void Stop();
  void Work();
  void Sleep() REQUIRES(mutex_);
  void Rest(std::chrono::steady_clock::time_point until) REQUIRES(mutex_);
  std::string_view WriteAll(std::string_view lines);

  const Write write_;
  const Confess confess_;

  mutable Mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_ GUARDED_BY(mutex_);
  bool is_urgent_ GUARDED_BY(mutex_) = false;
  bool is_asleep_ GUARDED_BY(mutex_) = false;  // the thread, until the first line
  bool stopping_ GUARDED_BY(mutex_) = false;
  uint64_t lost_ GUARDED_BY(mutex_) = 0;
  uint64_t confessed_ GUARDED_BY(mutex_) = 0;  // of those that were lost

  bool is_torn_ = false;  // the last write ended within a line; the thread's own
  std::promise<void> ended_;
  std::thread thread_;
};

// Writes to a descriptor, which may be non-blocking.
LineWriter::Write WriteTo(int fd);

}  // namespace longshore
