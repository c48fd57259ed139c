// What a worker asks its store, all over one socket, and the trouble it has with that. One thread,
// except where others are named.
#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "jobq/worker.h"
#include "link.h"

namespace jobq {

using Clock = std::chrono::steady_clock;

// 429, 503 and 507: the store will take it later.
bool is_put_off(unsigned code);
// How long to leave a store alone that said so.
constexpr Span kPutOff{100};
// An answer without news that comes sooner than this is followed by a pause: neither a store that
// has no room to hold a question nor another worker of the same name may make us ask in a tight
// loop.
constexpr Span kSoon = std::chrono::seconds(1);
// How long the store holds a question. Below its limit (a minute), so that a network that went
// silent without a word is noticed sooner.
constexpr Span kHeld = std::chrono::seconds(30);

// Questions of one kind, of which one at a time is under way.
struct Topic {
  std::string trouble;  // what a refusal means
  // A refusal that is not for now. Empty: it is told, and there are no more questions.
  std::function<void()> refused{};
  std::optional<Span> patience{};  // default: the conversation's
  Clock::time_point due{};         // the next question is not asked before
  bool is_under_way = false;
  bool is_over = false;
  bool is_trouble_told = false;
};

class Conversation {
 public:
  Conversation(const Connection& connection, const WorkerOptions& options);

  // Else has wait() end when it may be.
  bool may_ask(const Topic& topic, Clock::time_point now);
  // `take` gets the answer within wait(), or nothing: then the store is away or has refused, which
  // is told. Both must outlive the conversation's last wait().
  template <typename T, typename Take>
  std::shared_ptr<PendingCall> ask(Topic& topic, const Request<T>& request, Take take) {
    topic.is_under_way = true;
    const auto done = [this, &topic, take = std::move(take)](Answer<T> answer) {
      topic.is_under_way = false;
      take(value_of(topic, std::move(answer)));
    };
    return link_.start(request, done, topic.patience.value_or(link_.options().patience));
  }
  void give_up(PendingCall& call);

  // Lets wait() end at this time.
  void wake_at(Clock::time_point time) { due_ = std::min(due_, time); }
  // Any thread.
  void wake() { link_.wake(); }
  // Until there was an answer, the earliest wake_at() since the last wait(), or a wake().
  void wait() { link_.run(std::exchange(due_, Clock::time_point::max())); }

  void tell(const std::string& line) const;
  Span retry_after() const { return link_.options().retry_after; }

 private:
  // A worker waits for the store however long; it only wants to know soon that it has to.
  Connection impatient(Connection connection);
  template <typename T>
  std::optional<T> value_of(Topic& topic, Answer<T> answer) {
    if (const auto error = answer.error()) {
      take_error(topic, error);
      return std::nullopt;
    }
    is_away_ = false;
    topic.is_trouble_told = false;
    return std::move(answer).value();
  }
  void take_error(Topic& topic, const std::exception_ptr& error);
  // Told once until it is back.
  void store_is_away(const std::string& line);

  const WorkerOptions& options_;
  bool is_away_ = false;
  Clock::time_point due_ = Clock::time_point::max();
  Link link_;
};

}  // namespace jobq
