#pragma once

#include <mutex>

// Clang's -Wthread-safety annotations (empty elsewhere), and a mutex that carries them.
#if defined(__clang__)
#define LONGSHORE_TSA(x) __attribute__((x))
#else
#define LONGSHORE_TSA(x)
#endif
#define CAPABILITY(x) LONGSHORE_TSA(capability(x))
#define SCOPED_CAPABILITY LONGSHORE_TSA(scoped_lockable)
#define GUARDED_BY(x) LONGSHORE_TSA(guarded_by(x))
#define REQUIRES(...) LONGSHORE_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) LONGSHORE_TSA(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) LONGSHORE_TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...) LONGSHORE_TSA(release_capability(__VA_ARGS__))

namespace longshore {

// Every lock of the program is a leaf: nothing is called out to while one is held.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }  // for condition variables

 private:
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace longshore
