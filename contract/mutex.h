// A mutex whose use clang checks when it compiles (-Wthread-safety): what a mutex guards says so,
// and is touched only where it is held. The standard library's has no such annotations. Other
// compilers see a mutex and nothing else. Not for public headers.
//
//   Mutex mutex_;
//   int count_ GUARDED_BY(mutex_) = 0;
//   void count() REQUIRES(mutex_);   // the caller holds it
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#ifdef __clang__
#define CLANG_ATTRIBUTE(attribute) __attribute__((attribute))
#else
#define CLANG_ATTRIBUTE(attribute)
#endif
#define GUARDED_BY(mutex) CLANG_ATTRIBUTE(guarded_by(mutex))
#define REQUIRES(...) CLANG_ATTRIBUTE(requires_capability(__VA_ARGS__))

namespace jobq {

class CLANG_ATTRIBUTE(capability("mutex")) Mutex {
 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds it from its construction until its end, but between unlock() and lock().
class CLANG_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) CLANG_ATTRIBUTE(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~MutexLock() CLANG_ATTRIBUTE(release_capability()) {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() CLANG_ATTRIBUTE(acquire_capability()) { lock_.lock(); }
  void unlock() CLANG_ATTRIBUTE(release_capability()) { lock_.unlock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

// Waits end without reason too: call them in a loop that looks at what was waited for.
class Condition {
 public:
  void wait(MutexLock& lock) { condition_.wait(lock.lock_); }
  void wait_until(MutexLock& lock, std::chrono::steady_clock::time_point time) {
    condition_.wait_until(lock.lock_, time);
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace jobq
