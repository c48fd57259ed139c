// Loaded before everything else into a store (LD_PRELOAD), it stands between that and its
// directory, TORTURE_DATA. By the environment:
//   TORTURE_RECORD=FILE   appends what is done to files and directories (Record, power.py reads it)
//   TORTURE_FAULT=CALL:ERRNO:NTH:LAST
//                         calls number NTH to LAST of "write", "sync" or "open" fail
//   TORTURE_SYNC_MS=N     each sync takes so much longer
//   TORTURE_CLOCK=FILE    eight bytes: nanoseconds to add to the time of day
#include "shim.h"

#include <dlfcn.h>

#include <cstdarg>

namespace torture {
namespace {

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) static const auto call = real<decltype(::name)>(#name)

std::string full_path(int directory, const char* path) {
  if (directory == AT_FDCWD || path[0] == '/') {
    return path;
  }
  std::array<char, 4096> text{};
  const std::string link = "/proc/self/fd/" + std::to_string(directory);
  const ssize_t length = readlink(link.c_str(), text.data(), text.size());
  return std::string(text.data(), length < 0 ? 0 : static_cast<std::size_t>(length)) + '/' + path;
}

std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

template <typename Open>
int open_file(const std::string& path, int flags, const Open& open) {
  const bool inside = shim().is_inside(path);
  if (!inside) {
    const int fd = open();
    shim().opened(fd, false);
    return fd;
  }
  if ((flags & O_ACCMODE) != O_RDONLY && shim().fails("open")) {
    return -1;
  }
  const std::lock_guard lock(shim().mutex());
  const bool was_there = inode_of(path) != 0;
  const int fd = open();
  shim().opened(fd, true);
  if (fd >= 0 && !was_there) {
    shim().add(Op::kCreate, shim().inode(fd), path);
  } else if (fd >= 0 && (flags & O_TRUNC) != 0) {
    shim().add(Op::kSize, shim().inode(fd), 0, nullptr, 0);
  }
  return fd;
}

std::FILE* open_stream(const char* path, const char* mode, decltype(::fopen)* call) {
  std::FILE* file = nullptr;
  open_file(path,
            mode[0] == 'r'   ? O_RDONLY
            : mode[0] == 'w' ? O_WRONLY | O_TRUNC
                             : O_WRONLY,
            [&] {
              file = call(path, mode);
              return file == nullptr ? -1 : fileno(file);
            });
  return file;
}

// `offset`: -1: where the file stands.
template <typename Write>
ssize_t write_file(int fd, const void* data, std::size_t length, off_t offset, const Write& write) {
  if (!shim().is_inside(fd)) {
    return write(length);
  }
  const bool fails = shim().fails("write");
  const int failure = errno;
  // Half of it comes to the disk, as it does when that is full.
  if (fails && length < 2) {
    return -1;
  }
  const std::lock_guard lock(shim().mutex());
  const ssize_t done = write(fails ? length / 2 : length);
  if (done > 0) {
    const off_t at = offset >= 0 ? offset : lseek(fd, 0, SEEK_CUR) - done;
    shim().add(Op::kWrite, shim().inode(fd), at, data, static_cast<std::size_t>(done));
  }
  if (fails) {
    errno = failure;
    return -1;
  }
  return done;
}

int sync_file(int fd, decltype(::fsync)* call) {
  if (!shim().is_inside(fd)) {
    return call(fd);
  }
  shim().be_slow();
  if (shim().fails("sync")) {
    return -1;
  }
  std::uint64_t index = 0;
  {
    const std::lock_guard lock(shim().mutex());
    index = shim().index();
  }
  const int done = call(fd);
  if (done == 0) {
    const std::lock_guard lock(shim().mutex());
    shim().add(Op::kSync, shim().inode(fd), static_cast<std::int64_t>(index), nullptr, 0);
  }
  return done;
}

// A call that gives the file a length.
template <typename Call>
int size_file(int fd, const Call& call) {
  if (!shim().is_inside(fd)) {
    return call();
  }
  const std::lock_guard lock(shim().mutex());
  struct stat before {};
  struct stat after {};
  fstat(fd, &before);
  const int done = call();
  if (done == 0 && fstat(fd, &after) == 0 && after.st_size != before.st_size) {
    shim().add(Op::kSize, shim().inode(fd), after.st_size, nullptr, 0);
  }
  return done;
}

template <typename Call>
int change_names(Op op, const std::string& from, const std::string& to, const Call& call) {
  if (!shim().is_inside(from) && !shim().is_inside(to)) {
    return call();
  }
  const std::lock_guard lock(shim().mutex());
  const int done = call();
  if (done == 0) {
    const std::string names = to.empty() ? from : from + '\0' + to;
    shim().add(op, op == Op::kDirectory ? inode_of(from) : 0, names);
  }
  return done;
}

}  // namespace
}  // namespace torture

using namespace torture;

extern "C" {

#define OPEN(name)                                                          \
  int name(const char* path, int flags, ...) {                              \
    REAL(name);                                                             \
    va_list words;                                                          \
    va_start(words, flags);                                                 \
    const mode_t mode = va_arg(words, mode_t);                              \
    va_end(words);                                                          \
    return open_file(path, flags, [&] { return call(path, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                      \
  int name(int directory, const char* path, int flags, ...) {             \
    REAL(name);                                                           \
    va_list words;                                                        \
    va_start(words, flags);                                               \
    const mode_t mode = va_arg(words, mode_t);                            \
    va_end(words);                                                        \
    return open_file(full_path(directory, path), flags,                   \
                     [&] { return call(directory, path, flags, mode); }); \
  }
OPENAT(openat)
OPENAT(openat64)

std::FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  return open_stream(path, mode, call);
}
std::FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  return open_stream(path, mode, call);
}
int fclose(std::FILE* file) {
  REAL(fclose);
  shim().closed(fileno(file));
  return call(file);
}
int close(int fd) {
  REAL(close);
  shim().closed(fd);
  return call(fd);
}

ssize_t write(int fd, const void* data, std::size_t length) {
  REAL(write);
  return write_file(fd, data, length, -1, [&](std::size_t part) { return call(fd, data, part); });
}
ssize_t pwrite(int fd, const void* data, std::size_t length, off_t offset) {
  REAL(pwrite);
  return write_file(fd, data, length, offset,
                    [&](std::size_t part) { return call(fd, data, part, offset); });
}
ssize_t pwrite64(int fd, const void* data, std::size_t length, off64_t offset) {
  return pwrite(fd, data, length, offset);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  REAL(writev);
  if (!shim().is_inside(fd)) {
    return call(fd, parts, count);
  }
  std::string data;
  for (int i = 0; i < count; ++i) {
    data.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return write(fd, data.data(), data.size());
}

int fsync(int fd) {
  REAL(fsync);
  return sync_file(fd, call);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_file(fd, call);
}

int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  return size_file(fd, [&] { return call(fd, length); });
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
  REAL(fallocate);
  return size_file(fd, [&] { return call(fd, mode, offset, length); });
}
int posix_fallocate(int fd, off_t offset, off_t length) {
  REAL(posix_fallocate);
  return size_file(fd, [&] { return call(fd, offset, length); });
}

int rename(const char* from, const char* to) {
  REAL(rename);
  return change_names(Op::kRename, from, to, [&] { return call(from, to); });
}
int renameat(int from_in, const char* from, int to_in, const char* to) {
  REAL(renameat);
  return change_names(Op::kRename, full_path(from_in, from), full_path(to_in, to),
                      [&] { return call(from_in, from, to_in, to); });
}
int link(const char* from, const char* to) {
  REAL(link);
  return change_names(Op::kLink, from, to, [&] { return call(from, to); });
}
int unlink(const char* path) {
  REAL(unlink);
  return change_names(Op::kRemove, path, "", [&] { return call(path); });
}
int unlinkat(int directory, const char* path, int flags) {
  REAL(unlinkat);
  return change_names(Op::kRemove, full_path(directory, path), "",
                      [&] { return call(directory, path, flags); });
}
int remove(const char* path) {
  REAL(remove);
  return change_names(Op::kRemove, path, "", [&] { return call(path); });
}
int rmdir(const char* path) {
  REAL(rmdir);
  return change_names(Op::kRemove, path, "", [&] { return call(path); });
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return change_names(Op::kDirectory, path, "", [&] { return call(path, mode); });
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto done = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (clock == CLOCK_REALTIME && done == 0) {
    const std::int64_t sum = time->tv_nsec + shim().clock_offset() % 1'000'000'000;
    time->tv_sec += shim().clock_offset() / 1'000'000'000 + sum / 1'000'000'000;
    time->tv_nsec = sum % 1'000'000'000;
  }
  return done;
}

}  // extern "C"
