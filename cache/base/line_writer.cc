#include "cache/base/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cache/base/give_back.h"
#include "cache/base/scheduling.h"

namespace longshore {
namespace {

constexpr size_t kUrgentShare = LineWriter::kMost / 4;
constexpr size_t kKept = 64 << 10;  // of a buffer while no lines come

uint64_t CountLines(std::string_view lines) {
  return static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace

LineWriter::LineWriter(Write write, Confess confess)
    : write_(std::move(write)), confess_(std::move(confess)), thread_([this] { Work(); }) {}

LineWriter::~LineWriter() {
  if (!thread_.joinable()) return;
  Stop();
  thread_.join();
}

bool LineWriter::Finish(std::chrono::milliseconds patience) {
  Stop();
  if (ended_.get_future().wait_for(patience) != std::future_status::ready) return false;
  thread_.join();
  return true;
}

void LineWriter::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

void LineWriter::Append(std::string_view line, bool is_urgent) {
  bool should_wake = false;
  {
    MutexLock lock(mutex_);
    const size_t most = is_urgent ? kMost : kMost - kUrgentShare;
    if (waiting_.size() + line.size() > most) {
      ++lost_;
      return;
    }
    const bool was_enough = waiting_.size() >= kEnough;
    waiting_ += line;
    const bool ends_rest =
        (is_urgent && !is_urgent_) || (waiting_.size() >= kEnough && !was_enough);
    should_wake = std::exchange(is_asleep_, false) || ends_rest;
    is_urgent_ = is_urgent_ || is_urgent;
  }
  if (should_wake) wake_.notify_one();
}

uint64_t LineWriter::lost() const {
  MutexLock lock(mutex_);
  return lost_;
}

void LineWriter::Work() {
  ScheduleInBatches(0);  // any nicer, and lines would be lost while loops are busy
  std::string lines;
  mutex_.lock();
  for (;;) {
    while (waiting_.empty() && !stopping_) {
      if (lines.capacity() > kKept) GiveBack(lines);
      if (waiting_.capacity() > kKept) GiveBack(waiting_);
      Sleep();
    }
    if (waiting_.empty()) break;
    lines.swap(waiting_);
    is_urgent_ = false;
    const uint64_t to_confess = lost_ - confessed_;
    mutex_.unlock();
    const auto rested = std::chrono::steady_clock::now() + kRest;
    const uint64_t lost = CountLines(WriteAll(lines));
    const bool is_confessed = lost == 0 && to_confess > 0 && WriteAll(confess_(to_confess)).empty();
    lines.clear();
    mutex_.lock();
    lost_ += lost;
    if (is_confessed) confessed_ += to_confess;
    Rest(rested);
  }
  mutex_.unlock();
  ended_.set_value();
}

void LineWriter::Sleep() {
  is_asleep_ = true;
  std::unique_lock lock(mutex_.native(), std::adopt_lock);
  wake_.wait(lock);
  lock.release();
}

void LineWriter::Rest(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_.native(), std::adopt_lock);
  while (!is_urgent_ && waiting_.size() < kEnough && !stopping_) {
    if (wake_.wait_until(lock, until) == std::cv_status::timeout) break;
  }
  lock.release();
}

// What could not be written.
std::string_view LineWriter::WriteAll(std::string_view lines) {
  if (is_torn_ && write_("\n") != 1) return lines;
  is_torn_ = false;
  while (!lines.empty()) {
    const int64_t written = write_(lines);
    if (written < 0) break;
    const auto size = static_cast<size_t>(written);
    is_torn_ = lines[size - 1] != '\n';
    lines.remove_prefix(size);
  }
  return lines;
}

LineWriter::Write WriteTo(int fd) {
  return [fd](std::string_view bytes) -> int64_t {
    for (;;) {
      const ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n > 0) return n;
      if (n < 0 && errno == EINTR) continue;
      if (n == 0 || errno != EAGAIN) return -1;
      pollfd room{fd, POLLOUT, 0};
      ::poll(&room, 1, -1);
    }
  };
}

}  // namespace longshore
