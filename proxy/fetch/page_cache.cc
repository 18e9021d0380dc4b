#include "proxy/fetch/page_cache.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <span>

namespace longshore {
namespace {

constexpr uint64_t kPage = 4096;
// A page may be in the kernel's hands for a moment, which then says EAGAIN or stops before it: the
// next try has it, as a rule. Of what is not there each costs a third of a microsecond.
constexpr int kTries = 16;
constexpr uint64_t kProbeStep = 64 * 1024;  // the kernel reads ahead at least that much at once

// As linux/mman.h has them since 6.5; the number is the same on all architectures.
constexpr long kCachestat = 451;
struct CachestatRange {
  uint64_t offset;
  uint64_t size;
};
struct Cachestat {
  uint64_t in_memory;  // pages
  uint64_t dirty;
  uint64_t in_writeback;
  uint64_t evicted;
  uint64_t recently_evicted;
};

std::atomic<bool> g_has_cachestat{true};

bool IsPageInMemory(int fd, uint64_t offset) {
  char byte = 0;
  iovec part{&byte, 1};
  const ssize_t n = ::preadv2(fd, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  return n >= 0 || errno != EAGAIN;
}

// As preadv2(2) with RWF_NOWAIT. tmpfs, for one, is memory and does not know the flag.
ssize_t ReadNow(int fd, uint64_t offset, std::span<char> into) {
  iovec part{into.data(), into.size()};
  const ssize_t n = ::preadv2(fd, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (n >= 0 || errno != EOPNOTSUPP || !IsInMemory(fd, offset, into.size())) return n;
  return ::preadv2(fd, &part, 1, static_cast<off_t>(offset), 0);
}

}  // namespace

bool ProbeInMemory(int fd, uint64_t offset, uint64_t size) {
  if (size == 0) return true;
  for (uint64_t at = offset; at < offset + size; at += kProbeStep) {
    if (!IsPageInMemory(fd, at)) return false;
  }
  return IsPageInMemory(fd, offset + size - 1);
}

bool IsInMemory(int fd, uint64_t offset, uint64_t size) {
  if (size == 0) return true;
  if (!g_has_cachestat.load(std::memory_order_relaxed)) return ProbeInMemory(fd, offset, size);
  CachestatRange range{offset, size};
  Cachestat seen{};
  if (::syscall(kCachestat, fd, &range, &seen, 0) == 0) {
    const uint64_t pages = (offset + size - 1) / kPage - offset / kPage + 1;
    return seen.in_memory >= pages;
  }
  // Not there, or not for this file system or by this sandbox.
  if (errno == ENOSYS || errno == EPERM) g_has_cachestat.store(false, std::memory_order_relaxed);
  return ProbeInMemory(fd, offset, size);
}

std::optional<std::string> ReadIfInMemory(int fd, ByteRange range) {
  std::string bytes(range.size(), '\0');
  size_t done = 0;
  for (int tries = 0; done < bytes.size() && tries < kTries; ++tries) {
    const ssize_t n = ReadNow(fd, range.begin + done, {bytes.data() + done, bytes.size() - done});
    if (n == 0 || (n < 0 && errno != EAGAIN)) return std::nullopt;
    if (n > 0) done += static_cast<size_t>(n);
  }
  if (done < bytes.size()) return std::nullopt;
  return bytes;
}

}  // namespace longshore
