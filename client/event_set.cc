#include "event_set.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>

namespace jobq {

EventSet::EventSet() : epoll_(epoll_create1(EPOLL_CLOEXEC), "epoll_create1") {
  add(wake_.fd(), What::kWoken);
}

void EventSet::add(zmq::socket_t& socket, What what) { add(socket.get(zmq::sockopt::fd), what); }

void EventSet::remove(zmq::socket_t& socket) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket.get(zmq::sockopt::fd), nullptr);
}

void EventSet::add(int fd, What what) {
  epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(what)}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void EventSet::wait(Clock::time_point end, Ready& ready) {
  const bool is_any_ready = std::find(ready.begin(), ready.end(), true) != ready.end();
  const auto left =
      is_any_ready ? 0 : std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  std::array<epoll_event, std::tuple_size_v<Ready>> events{};
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000)));
  for (int i = 0; i < count; ++i) {  // a signal is taken for nothing happened
    ready[events[static_cast<std::size_t>(i)].data.u32] = true;
  }
  if (ready[static_cast<std::size_t>(What::kWoken)]) {
    wake_.reset();
  }
}

int EventSet::fd() {
  if (!timer_) {
    timer_ = FileDescriptor(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
                            "timerfd_create");
    add(timer_.get(), What::kTime);
  }
  return epoll_.get();
}

void EventSet::set_time(Clock::time_point time) {
  // It may come too early, which costs less than setting it each time.
  if (!timer_ || (time >= time_ && Clock::now() < time_)) {
    return;
  }
  time_ = time;
  itimerspec setting{};  // zero: never
  if (time != Clock::time_point::max()) {
    const auto left =
        std::max<std::int64_t>((time - Clock::now()) / std::chrono::nanoseconds(1), 1);
    setting.it_value = {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
  }
  timerfd_settime(timer_.get(), 0, &setting, nullptr);
}

}  // namespace jobq
