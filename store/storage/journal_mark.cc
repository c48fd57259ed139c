#include "journal_mark.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "big_endian.h"

namespace store {
namespace {

constexpr off_t kPlaceBytes = 512;  // what a disk writes as a whole
constexpr std::size_t kPointBytes = 24;
constexpr std::uint64_t kUnsyncedMax = 256;

std::uint64_t hash_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace

JournalMark::JournalMark(std::string path, Access access)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), (access == Access::kRead ? O_RDONLY : O_RDWR) | O_CLOEXEC)) {
  try {
    if (fd_ < 0 && errno != ENOENT) {
      fail(std::strerror(errno));
    }
    if (fd_ < 0 || !read()) {
      if (access != Access::kMake) {
        fail(fd_ < 0 ? "is missing; restore it, or start once with --accept-loss"
                     : "is damaged; restore it, or start once with --accept-loss");
      }
      make();
    }
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

JournalMark::~JournalMark() { ::close(fd_); }

void JournalMark::make() {
  ::close(fd_);
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string zeros(2 * kPlaceBytes, '\0');
  if (fd_ < 0 || ::pwrite(fd_, zeros.data(), zeros.size(), 0) != 2 * kPlaceBytes) {
    fail(std::strerror(errno));
  }
  set({});
  sync();
}

bool JournalMark::read() {
  for (const off_t place : {off_t{0}, kPlaceBytes}) {
    std::array<char, kPointBytes + 8> bytes{};
    if (::pread(fd_, bytes.data(), bytes.size(), place) != static_cast<ssize_t>(bytes.size())) {
      continue;
    }
    const std::string_view whole(bytes.data(), bytes.size());
    const auto number = [&](std::size_t i) { return read_big_endian(whole.substr(8 * i, 8)); };
    if (number(3) == hash_of(whole.substr(0, kPointBytes)) && number(0) > count_) {
      count_ = number(0);
      point_ = {number(1), number(2)};
    }
  }
  return count_ > 0;
}

void JournalMark::set(const Point& point) {
  point_ = point;
  ++count_;
  std::string bytes;
  for (const std::uint64_t number : {count_, point.turn, point.chain}) {
    append_big_endian(bytes, number, 8);
  }
  append_big_endian(bytes, hash_of(bytes), 8);
  const off_t place = count_ % 2 == 0 ? 0 : kPlaceBytes;
  if (::pwrite(fd_, bytes.data(), bytes.size(), place) != static_cast<ssize_t>(bytes.size())) {
    fail(std::strerror(errno));
  }
  if (count_ % kUnsyncedMax == 0) {
    ::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);  // begins it, and does not wait
  }
}

void JournalMark::sync() {
  if (::fdatasync(fd_) != 0) {
    fail(std::strerror(errno));
  }
}

void JournalMark::fail(const char* problem) const { throw StorageError(path_ + ": " + problem); }

}  // namespace store
