// So many posts to a host at a time. Some wait for their turn in their thread; beyond, a slow host
// would have all threads, and the jobs go back to the store for a while.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "jobq/types.h"
#include "mutex.h"

namespace tools {

class WebhookTurns {
 public:
  // `waiting_max`: of all hosts together.
  WebhookTurns(unsigned per_host, unsigned waiting_max)
      : per_host_(per_host), waiting_max_(waiting_max) {}

  class Turn;
  struct Later {
    jobq::Span delay{};
  };
  struct Interrupted {};

  // Waits for a place. From any thread. The turn must not outlive this.
  [[nodiscard]] std::variant<Turn, Later, Interrupted> take(
      const std::string& host, const std::function<bool()>& is_interrupted);

 private:
  struct Host {
    unsigned under_way = 0;
    unsigned waiting = 0;
    unsigned sent_back = 0;  // since there was room
  };
  void give_back(const std::string& host);
  void forget_idle(const std::string& host) REQUIRES(mutex_);

  const unsigned per_host_;
  const unsigned waiting_max_;
  jobq::Mutex mutex_;
  jobq::Condition changed_;
  unsigned waiting_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Host> hosts_ GUARDED_BY(mutex_);  // that have posts
};

// A place among the posts to a host, until destroyed.
class WebhookTurns::Turn {
 public:
  Turn(WebhookTurns& turns, std::string host) : turns_(&turns), host_(std::move(host)) {}
  Turn(Turn&& other) noexcept
      : turns_(std::exchange(other.turns_, nullptr)), host_(std::move(other.host_)) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (turns_ != nullptr) turns_->give_back(host_);
  }

 private:
  WebhookTurns* turns_;
  std::string host_;
};

}  // namespace tools
