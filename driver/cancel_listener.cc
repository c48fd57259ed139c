#include "cancel_listener.h"

#include <algorithm>
#include <utility>

#include "jobq/driver_requests.h"
#include "reporter.h"

namespace jobq {
namespace {

// How long one question is held by the store. Below the store's limit (a minute), so that a network
// that went silent without a word is noticed sooner.
constexpr Span kHeld = std::chrono::seconds(30);
// An answer without news that comes sooner than this is followed by a pause: a store that has no
// room to hold the question, or another worker of the same name, must not make us ask in a tight
// loop.
constexpr Span kSoon = std::chrono::seconds(1);

}  // namespace

void CancelListener::run() {
  // Only while there are jobs to cancel, so that an idle worker has one question at the store.
  while (held_.wait_for_jobs()) {
    try {
      if (!listen()) {
        return;
      }
    } catch (const Interrupted&) {
      return;
    }
  }
}

bool CancelListener::listen() {
  const auto start = Clock::now();
  bool is_news = false;
  try {
    const Renewal renewal = store_.ask(driver_requests::renew(
        options_.datasource,
        {.leases = {}, .lease = {}, .worker = options_.name, .wait = kHeld, .seen = seen_}));
    trouble_.store_answers();
    is_put_off_ = false;
    for (const CancelRequest& cancel : renewal.cancels) {
      held_.request_cancel(cancel);
      is_news = is_news || cancel.sequence > seen_;
      seen_ = std::max(seen_, cancel.sequence);
    }
  } catch (const Unreachable& error) {
    trouble_.store_is_away(error.what());
  } catch (const Refused& refused) {
    const bool is_told = std::exchange(is_put_off_, true);
    if (!is_told) {
      trouble_.tell(options_.datasource + ": cancels come late: " + refused.what());
    }
    if (!is_put_off(refused.code())) {
      return false;
    }
  }
  if (!is_news && Clock::now() < start + kSoon) {
    held_.pause_listening(kPutOff);
  }
  return true;
}

}  // namespace jobq
