#include "store_calls.h"

#include <kj/debug.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

namespace gateway {
namespace {

constexpr std::size_t kLineMax = 900;  // below what the store holds for one socket

bool is_readable(int fd) {
  pollfd poll{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, 0) > 0;
}

}  // namespace

StoreCalls::Line::Line(kj::UnixEventPort& port, const jobq::Connection& connection)
    // Bytes are bounded by who reads the bodies (held_bytes.h): start() must never wait.
    : client(connection,
             {.requests_max = kLineMax, .bytes_max = std::numeric_limits<std::size_t>::max()}),
      observer_(port, client.fd(), kj::UnixEventPort::FdObserver::OBSERVE_READ),
      driving_(drive().eagerlyEvaluate([](kj::Exception&& error) {
        KJ_LOG(FATAL, "the connection to the store is not driven any more", error);
        abort();
      })) {}

kj::Promise<void> StoreCalls::Line::drive() {
  return observer_.whenBecomesReadable().then([this] { return work(); });
}

// The observer tells of what becomes readable: what still is would be waited for in vain.
kj::Promise<void> StoreCalls::Line::work() {
  client.poll();
  if (is_readable(client.fd())) return kj::evalLater([this] { return work(); });
  return drive();
}

StoreCalls::StoreCalls(kj::UnixEventPort& port, jobq::Connection connection, std::size_t held_max)
    : port_(port), connection_(std::move(connection)), held_lines_max_(held_max / kLineMax + 1) {
  lines_.push_back(std::make_unique<Line>(port_, connection_));
}

StoreCalls::~StoreCalls() = default;

std::size_t StoreCalls::under_way() const {
  std::size_t count = 0;
  for (const auto& line : lines_) count += line->client.under_way();
  return count;
}

StoreCalls::Line* StoreCalls::line_for(bool is_held) {
  if (!is_held) return lines_.front()->client.has_room() ? lines_.front().get() : nullptr;
  const auto found = std::find_if(lines_.begin() + 1, lines_.end(),
                                  [](const auto& line) { return line->client.has_room(); });
  if (found != lines_.end()) return found->get();
  if (lines_.size() > held_lines_max_) return nullptr;
  return lines_.emplace_back(std::make_unique<Line>(port_, connection_)).get();
}

}  // namespace gateway
