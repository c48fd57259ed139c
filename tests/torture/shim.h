// What stands between a store and its directory, as the environment says (shim.cc).
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

namespace torture {

enum class Op : std::uint64_t {
  kCreate = 1,  // name
  kWrite,       // `number` is the offset; data
  kSize,        // `number` is the new length
  kSync,        // of all that has a lower index than `number`
  kRename,      // name, then the new one
  kLink,        // name, then the new one
  kRemove,      // name
  kDirectory    // name
};

struct Record {
  std::int64_t time;    // monotonic, when the call had returned
  std::uint64_t index;  // 0, 1, ...
  Op op;
  std::uint64_t inode;
  std::int64_t number;
  std::uint64_t length;  // of what follows: data, or names, with a zero between
};

inline std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

inline std::int64_t monotonic() {
  timespec time{};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// What the environment says, and which descriptors are files of the directory.
class Shim {
 public:
  Shim() : data_(variable("TORTURE_DATA")) {
    if (const std::string record = variable("TORTURE_RECORD"); !record.empty()) {
      record_ = static_cast<int>(
          syscall(SYS_openat, AT_FDCWD, record.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
    }
    std::array<char, 8> call{};
    if (std::sscanf(variable("TORTURE_FAULT").c_str(), "%7[a-z]:%d:%ld:%ld", call.data(), &errno_,
                    &first_, &last_) == 4) {
      fails_ = call.data();
    }
    sync_ms_ = std::atol(variable("TORTURE_SYNC_MS").c_str());
    if (const std::string clock = variable("TORTURE_CLOCK"); !clock.empty()) {
      const auto fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, clock.c_str(), O_RDONLY));
      void* page = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
      clock_ = page == MAP_FAILED ? nullptr : static_cast<const std::int64_t*>(page);
    }
  }

  bool is_inside(const std::string& path) const {
    return !data_.empty() && path.starts_with(data_) &&
           (path.size() == data_.size() || path[data_.size()] == '/');
  }
  bool is_inside(int fd) const {
    return fd >= 0 && fd < kFilesMax && inodes_[static_cast<std::size_t>(fd)] != 0;
  }
  std::uint64_t inode(int fd) const { return inodes_[static_cast<std::size_t>(fd)]; }

  void opened(int fd, bool inside) {
    struct stat status {};
    if (fd >= 0 && fd < kFilesMax) {
      inodes_[static_cast<std::size_t>(fd)] = inside && fstat(fd, &status) == 0 ? status.st_ino : 0;
    }
  }
  void closed(int fd) { opened(fd, false); }

  // Whether this call has to fail; sets errno.
  bool fails(const char* call) {
    if (fails_ != call) {
      return false;
    }
    const long number = ++calls_;
    if (number < first_ || number > last_) {
      return false;
    }
    errno = errno_;
    return true;
  }

  void be_slow() const {
    if (sync_ms_ > 0) {
      const timespec time{sync_ms_ / 1000, sync_ms_ % 1000 * 1'000'000};
      nanosleep(&time, nullptr);
    }
  }

  std::mutex& mutex() { return mutex_; }
  bool records() const { return record_ >= 0; }
  std::uint64_t index() const { return index_; }

  // REQUIRES: mutex() is held since before the call that is written down.
  void add(Op op, std::uint64_t inode, std::int64_t number, const void* data, std::size_t length) {
    if (!records()) {
      return;
    }
    Record record{monotonic(), index_++, op, inode, number, length};
    const std::array<iovec, 2> parts{iovec{&record, sizeof(record)},
                                     iovec{const_cast<void*>(data), length}};
    syscall(SYS_writev, record_, parts.data(), parts.size());
  }
  void add(Op op, std::uint64_t inode, const std::string& names) {
    add(op, inode, 0, names.data(), names.size());
  }

  std::int64_t clock_offset() const { return clock_ == nullptr ? 0 : *clock_; }

 private:
  static constexpr int kFilesMax = 65536;

  const std::string data_;
  int record_ = -1;
  std::uint64_t index_ = 0;
  std::string fails_;
  int errno_ = 0;
  long first_ = 0;
  long last_ = 0;
  std::atomic<long> calls_{0};
  long sync_ms_ = 0;
  const std::int64_t* clock_ = nullptr;
  std::mutex mutex_;
  std::array<std::atomic<std::uint64_t>, kFilesMax> inodes_{};
};

inline Shim& shim() {
  static Shim* const shim = new Shim();  // also for whoever ends late
  return *shim;
}

}  // namespace torture
