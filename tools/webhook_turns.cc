#include "webhook_turns.h"

#include <algorithm>
#include <chrono>

namespace tools {
namespace {

// How soon a thread that waits for its turn hears of an interrupt.
constexpr auto kLook = std::chrono::milliseconds(100);
constexpr unsigned kDelaySecondsMax = 60;

}  // namespace

// The n-th that is sent back since there was room comes again when about its turn is, if a post
// takes a second: so a host that is slow for ten thousand jobs costs the store little.
std::variant<WebhookTurns::Turn, WebhookTurns::Later, WebhookTurns::Interrupted> WebhookTurns::take(
    const std::string& host, const std::function<bool()>& is_interrupted) {
  jobq::MutexLock lock(mutex_);
  Host& here = hosts_[host];
  if (here.under_way >= per_host_ && waiting_ >= waiting_max_) {
    const unsigned seconds = std::min(1 + here.sent_back++ / per_host_, kDelaySecondsMax);
    return Later{std::chrono::seconds(seconds)};
  }
  ++waiting_;
  ++here.waiting;
  while (here.under_way >= per_host_ && !is_interrupted()) {
    changed_.wait_until(lock, std::chrono::steady_clock::now() + kLook);
  }
  --waiting_;
  --here.waiting;
  if (here.under_way >= per_host_) return Interrupted{};
  ++here.under_way;
  here.sent_back = 0;
  return Turn(*this, host);
}

void WebhookTurns::give_back(const std::string& host) {
  const jobq::MutexLock lock(mutex_);
  --hosts_[host].under_way;
  forget_idle(host);
  changed_.notify_all();
}

void WebhookTurns::forget_idle(const std::string& host) {
  const auto found = hosts_.find(host);
  if (found->second.under_way == 0 && found->second.waiting == 0) hosts_.erase(found);
}

}  // namespace tools
