#include "jobq/types.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "jobq/datasources.h"
#include "jobq/watch.h"

namespace jobq {
namespace {

template <std::size_t size>
std::array<unsigned char, size> random_bytes() {
  std::array<unsigned char, size> bytes{};
  // Up to 256 bytes come whole or not at all; only a signal before the pool is ready interrupts.
  static_assert(size <= 256);
  while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
  }
  return bytes;
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kSubmitted: return "submitted";
    case Status::kAccepted: return "accepted";
    case Status::kRetrying: return "retrying";
    case Status::kComplete: return "complete";
    case Status::kFailed: return "failed";
    case Status::kCancelled: return "cancelled";
    case Status::kForbidden: return "forbidden";
  }
  return "unknown";
}

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::kComplete: return "complete";
    case Ending::kFailed: return "failed";
    case Ending::kForbidden: return "forbidden";
    case Ending::kCancelled: return "cancelled";
    case Ending::kReleased: return "released";
    case Ending::kTimeout: return "timeout";
    case Ending::kLeaseLost: return "lease-lost";
    case Ending::kUndelivered: return "undelivered";
  }
  return "unknown";
}

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "unknown";
}

std::string_view to_string(Reason::Kind kind) {
  switch (kind) {
    case Reason::Kind::kFinal: return "final";
    case Reason::Kind::kRunning: return "running";
    case Reason::Kind::kNotBefore: return "not-before";
    case Reason::Kind::kBackoff: return "backoff";
    case Reason::Kind::kPaused: return "paused";
    case Reason::Kind::kConcurrency: return "concurrency";
    case Reason::Kind::kBehind: return "behind";
    case Reason::Kind::kNoWorker: return "no-worker";
    case Reason::Kind::kDue: return "due";
  }
  return "unknown";
}

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::kRunning: return "running";
    case Mode::kPaused: return "paused";
    case Mode::kDraining: return "draining";
  }
  return "unknown";
}

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::kSubmitted: return "submitted";
    case EventKind::kAccepted: return "accepted";
    case EventKind::kProgress: return "progress";
    case EventKind::kLog: return "log";
    case EventKind::kComplete: return "complete";
    case EventKind::kFailed: return "failed";
    case EventKind::kForbidden: return "forbidden";
    case EventKind::kRetrying: return "retrying";
    case EventKind::kReleased: return "released";
    case EventKind::kLeaseLost: return "lease-lost";
    case EventKind::kUndelivered: return "undelivered";
    case EventKind::kCancelRequested: return "cancel-requested";
    case EventKind::kCancelled: return "cancelled";
    case EventKind::kEdited: return "edited";
    case EventKind::kOther: return "other";
  }
  return "unknown";
}

std::string_view to_string(WatchRepair::Reason reason) {
  switch (reason) {
    case WatchRepair::Reason::kGap: return "gap";
    case WatchRepair::Reason::kEnded: return "ended";
    case WatchRepair::Reason::kSilence: return "silence";
    case WatchRepair::Reason::kDisconnected: return "disconnected";
    case WatchRepair::Reason::kNoStream: return "no-stream";
    case WatchRepair::Reason::kBack: return "back";
  }
  return "unknown";
}

std::string new_guid() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fu) | 0x40u);  // version 4: random
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fu) | 0x80u);  // variant of RFC 4122
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string guid;
  guid.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      guid += '-';
    }
    guid += kDigits[bytes[i] >> 4u];
    guid += kDigits[bytes[i] & 0x0fu];
  }
  return guid;
}

}  // namespace jobq
