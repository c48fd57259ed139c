#include "accepted.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include "mutex.h"

namespace store {
namespace {

// Those with a higher number are not counted, for the system gives numbers that are as low as can
// be: then there are more descriptors than a bound is for.
constexpr std::size_t kNumbers = 1u << 20;
struct Accepted {
  std::atomic<bool> is_open{false};
  std::atomic<std::uint64_t> bytes{0};
};
std::array<Accepted, kNumbers> accepted;  // memory of those alone that are used
std::atomic<std::size_t> count{0};
std::atomic<std::size_t> count_max{SIZE_MAX};

jobq::Mutex mutex;
TurnedAway away GUARDED_BY(mutex);

// False when there are too many.
bool note_accepted(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  if (number >= kNumbers) {
    return true;
  }
  if (count.fetch_add(1) >= count_max) {
    --count;
    return false;
  }
  accepted[number].bytes = 0;
  accepted[number].is_open = true;
  return true;
}

void note_closed(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  if (number < kNumbers && accepted[number].is_open.exchange(false)) {
    --count;
  }
}

void note_bytes(int fd, std::size_t bytes) {
  const auto number = static_cast<std::size_t>(fd);
  if (number < kNumbers && accepted[number].is_open) {
    accepted[number].bytes += bytes;
  }
}

void note_turned_away(std::string address) {
  const jobq::MutexLock lock(mutex);
  ++away.count;
  away.last = std::move(address);
}

}  // namespace

void bound_accepted(std::size_t max) { count_max = max; }

TurnedAway turned_away() {
  const jobq::MutexLock lock(mutex);
  return away;
}

std::uint64_t bytes_come(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  return number < kNumbers ? accepted[number].bytes.load() : 0;
}

std::string address_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  char text[NI_MAXHOST];
  if (::getpeername(fd, generic, &size) != 0 || address.ss_family == AF_UNIX ||
      ::getnameinfo(generic, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) {
    return {};
  }
  return text;
}

}  // namespace store

// They fail only in ways that libzmq bears: over ipc it does not bear EMFILE.
extern "C" int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
  const int fd = static_cast<int>(::syscall(SYS_accept4, listener, address, size, flags));
  if (fd >= 0 && !store::note_accepted(fd)) {
    store::note_turned_away(store::address_of(fd));
    ::syscall(SYS_close, fd);
    errno = ECONNABORTED;
    return -1;
  }
  if (fd < 0 && errno == EMFILE) {
    errno = ENFILE;
  }
  return fd;
}

extern "C" int close(int fd) {
  store::note_closed(fd);  // before, for then the number may be given to somebody else
  return static_cast<int>(::syscall(SYS_close, fd));
}

extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  const ssize_t bytes = ::syscall(SYS_recvfrom, fd, buffer, size, flags, nullptr, nullptr);
  if (bytes > 0) {
    store::note_bytes(fd, static_cast<std::size_t>(bytes));
  }
  return bytes;
}
