#include "jobq/async.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "deadline.h"
#include "link.h"
#include "mutex.h"

namespace jobq {
namespace {

using Clock = Link::Clock;

// The store drops answers beyond as many that wait for one socket.
constexpr std::size_t kRequestsMax = 1000;

AsyncOptions checked(const AsyncOptions& options) {
  if (options.requests_max < 1 || options.requests_max > kRequestsMax) {
    throw std::invalid_argument("requests_max: 1 .. " + std::to_string(kRequestsMax));
  }
  return options;
}

}  // namespace

class AsyncClient::Implementation {
 public:
  Implementation(Connection connection, const AsyncOptions& options)
      : options_(checked(options)),
        link_(std::move(connection), [this](const Link::Call& call) { give_room(call); }) {
    if (options_.own_thread) {
      thread_ = std::thread([this] { drive(); });
    }
  }

  ~Implementation() {
    if (thread_.joinable()) {
      is_ending_ = true;
      link_.wake();
      thread_.join();
    }
  }

  void begin(const Question& question, std::shared_ptr<PendingCall> pending,
             const CallOptions& options) {
    const Connection& own = link_.options();
    Link::Call call = link_.make_call(question, options.token.value_or(own.token),
                                      options.patience.value_or(own.patience), std::move(pending));
    take_room(call.frame.size());
    if (!options_.own_thread) {
      link_.add(std::move(call));
    } else {
      const MutexLock lock(mutex_);
      inbox_.push_back(std::move(call));
    }
    if (!is_in_callback()) {
      link_.wake();
    }
  }

  bool cancel(PendingCall* pending) {
    const bool is_cancelled = pending != nullptr && pending->end();
    if (is_cancelled) {
      link_.forget_ended();
      link_.wake();
    }
    return is_cancelled;
  }

  std::size_t under_way() const {
    const MutexLock lock(mutex_);
    return requests_;
  }
  bool has_room() const {
    const MutexLock lock(mutex_);
    return has_room_for(0);
  }

  std::size_t poll(Span max_wait) {
    if (options_.own_thread || is_in_callback()) {
      throw std::logic_error("AsyncClient::poll: not with a thread of its own, nor in a callback");
    }
    const auto end = after(max_wait);
    std::size_t ended = 0;
    do {
      ended = run(link_.size() == 0 ? Clock::time_point{} : end);
    } while (ended == 0 && link_.size() > 0 && Clock::now() < end);
    return ended;
  }

  int fd() { return link_.fd(); }

 private:
  std::size_t run(Clock::time_point until) {
    telling_ = std::this_thread::get_id();
    const std::size_t ended = link_.run(until);
    telling_ = std::thread::id();
    return ended;
  }

  void drive() {
    while (!is_ending_) {
      std::vector<Link::Call> started;
      {
        const MutexLock lock(mutex_);
        started.swap(inbox_);
      }
      for (Link::Call& call : started) {
        link_.add(std::move(call));
      }
      run(Clock::time_point::max());
    }
  }

  bool is_in_callback() const { return telling_ == std::this_thread::get_id(); }

  // A request that is longer than the limit has room alone.
  bool has_room_for(std::size_t bytes) const REQUIRES(mutex_) {
    return requests_ == 0 ||
           (requests_ < options_.requests_max && bytes_ + bytes <= options_.bytes_max);
  }

  void take_room(std::size_t bytes) {
    MutexLock lock(mutex_);
    if (is_in_callback()) {
      if (requests_ > options_.requests_max) {
        throw Busy("more than " + std::to_string(options_.requests_max) +
                   " requests are under way: a callback must not wait for room");
      }
    } else if (options_.own_thread) {
      while (!has_room_for(bytes)) {
        room_.wait(lock);
      }
    } else {
      while (!has_room_for(bytes)) {
        lock.unlock();
        poll(Span::max());
        lock.lock();
      }
    }
    ++requests_;
    bytes_ += bytes;
  }

  // After the callback, which may take what its own request had.
  void give_room(const Link::Call& call) {
    const MutexLock lock(mutex_);
    --requests_;
    bytes_ -= call.frame.size();
    room_.notify_all();
  }

  const AsyncOptions options_;
  Link link_;
  mutable Mutex mutex_;
  Condition room_;
  std::vector<Link::Call> inbox_ GUARDED_BY(mutex_);
  std::size_t requests_ GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;

  std::atomic<bool> is_ending_ = false;
  std::atomic<std::thread::id> telling_{};  // the thread that calls callbacks, while it may
  std::thread thread_;
};

AsyncClient::AsyncClient(Connection connection, AsyncOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(connection), options)) {}
AsyncClient::~AsyncClient() = default;
AsyncClient::AsyncClient(AsyncClient&&) noexcept = default;
AsyncClient& AsyncClient::operator=(AsyncClient&&) noexcept = default;

bool AsyncClient::cancel(const Call& call) {
  return implementation_->cancel(call.pending_.lock().get());
}
std::size_t AsyncClient::under_way() const { return implementation_->under_way(); }
bool AsyncClient::has_room() const { return implementation_->has_room(); }
std::size_t AsyncClient::poll(Span max_wait) { return implementation_->poll(max_wait); }
int AsyncClient::fd() { return implementation_->fd(); }

void AsyncClient::begin(const Question& question, std::shared_ptr<PendingCall> pending,
                        const CallOptions& options) {
  implementation_->begin(question, std::move(pending), options);
}

}  // namespace jobq
