// How stream and event log become one sequence. `cursor_` is the number up to which every event of
// the scope has been read; each event is read once, because only those above it are taken:
//  - A subscription names the topic and the cursor of a snapshot. The topic's first frame comes at
//    once and says what happened in between.
//  - A frame is [previous, sequence]: between the two the scope has no event. Not above the cursor:
//    it is old. `previous` not above the cursor: it is next. Else something is missing, and the
//    event log is read from the cursor up to the frame's event, which is in it too. So it does no
//    harm when frames are lost, late, repeated or in another order. While the event log is read,
//    frames wait in the socket; what it has no room for is one more gap.
//  - A stream that has ended, broken or fallen silent is subscribed to anew. While there is none,
//    and as long as its first frame does not come, the event log alone carries the watch: questions
//    that the store holds back until there is an event.
//  - Where the event log has forgotten what comes after the cursor, its answer is a snapshot to go
//    on from.
#include "watch_join.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "deadline.h"

namespace jobq {
namespace {

using Clock = std::chrono::steady_clock;

// How long one question to the event log is held back: what the stream may bring is not looked at
// meanwhile.
constexpr Span kHeldMax = std::chrono::seconds(5);
// Between questions where the store does not hold them back.
constexpr Span kAskAgainAfter = std::chrono::milliseconds(500);
// For the first frame, which the store sends at once. Later than this costs nothing but questions
// to the event log.
constexpr Span kFirstFrameMax = std::chrono::seconds(1);
// Of heartbeats beyond what they may be late by.
constexpr Span kLateness = std::chrono::milliseconds(100);
constexpr Span kHeartbeatUnknown = std::chrono::seconds(5);
// Before the next subscription, growing while streams come to nothing.
constexpr Span kPauseFirst = std::chrono::milliseconds(20);
constexpr Span kPauseMax = std::chrono::seconds(30);
// A stream that has lived this long was a good one.
constexpr Span kGoodLife = std::chrono::seconds(1);

// A refusal for now, not of what was asked.
bool is_temporary(const Refused& refused) { return refused.code() == 429 || refused.code() >= 500; }

}  // namespace

WatchJoin::WatchJoin(Connection connection, WatchScope scope, WatchOptions options)
    : scope_(std::move(scope)),
      status_endpoint_(std::move(options.status_endpoint)),
      store_(std::move(connection)),
      stream_(store_),
      cursor_(options.from) {
  if (!status_endpoint_.empty() && !stream_.open(status_endpoint_, "none", {})) {
    throw std::invalid_argument("status endpoint: " + status_endpoint_ + ": cannot be one");
  }
  stream_.close();
}

std::optional<WatchNews> WatchJoin::next(Span max_wait) {
  const auto end = after(max_wait);
  try {
    do {
      if (store_.is_interrupted()) {
        throw Interrupted{};
      }
      if (ready_.empty()) {
        try {
          step(end);
        } catch (const Unreachable&) {
          // It is waited for; its patience is over when `max_wait` is.
        }
      }
      if (!ready_.empty()) {
        return hand_out();
      }
    } while (Clock::now() < end);
  } catch (const Interrupted&) {
    store_.resume();
  }
  return std::nullopt;
}

WatchNews WatchJoin::hand_out() {
  Ready ready = std::move(ready_.front());
  ready_.pop_front();
  handed_out_ = ready.cursor;
  if (std::holds_alternative<Event>(ready.news)) {
    ++(ready.is_from_log ? counters_.from_log : counters_.from_stream);
  }
  return std::move(ready.news);
}

// One thing: a question to the store, the frames that are there, or a wait.
void WatchJoin::step(Clock::time_point end) {
  const auto now = Clock::now();
  if (!stream_.is_open() && now >= subscribe_at_) {
    subscribe(end);
  } else if (snapshot_ || is_behind_) {
    if (now < ask_at_) {
      stream_.wait_until(std::min(end, ask_at_), Subscriber::For::kInterrupt);
    } else if (snapshot_) {
      collect_snapshot(end);
    } else {
      read_log(end, {});
    }
  } else if (stream_.is_open()) {
    follow_stream(now);
    if (!ready_.empty() || is_behind_ || !stream_.is_open()) {
      return;
    }
    const auto first_frame_end = opened_at_ + std::min(kFirstFrameMax, silence_max());
    if (is_confirmed_ || now < first_frame_end) {
      stream_.wait_until(
          std::min(end, is_confirmed_ ? heard_at_ + silence_max() : first_frame_end));
    } else {
      carry_by_log(end);
    }
  } else {
    carry_by_log(end);
  }
}

void WatchJoin::subscribe(Clock::time_point end) {
  const bool is_start = !cursor_ && !snapshot_;
  Subscription subscription;
  try {
    subscription = store_.ask(subscription_request(scope_, is_start), patience(end));
  } catch (const Refused& refused) {
    if (is_start || !is_temporary(refused)) {
      throw;
    }
    lose_stream(Why::kNoStream);
    return;
  }
  counters_.reconnects += has_subscribed_ ? 1 : 0;
  has_subscribed_ = true;
  heartbeat_ = subscription.heartbeat > Span::zero() ? subscription.heartbeat : kHeartbeatUnknown;
  opened_at_ = heard_at_ = Clock::now();
  is_confirmed_ = false;
  may_hold_ = true;
  if (is_start) {
    snapshot_ = Collected{.page = std::move(subscription.snapshot)};
  } else if (cursor_ && subscription.snapshot.cursor != *cursor_) {
    // Also when it is below: then it is another event log, which says so.
    catch_up(subscription.snapshot.cursor, away_.has_value());
  }
  const auto endpoint = status_endpoint_.empty()
                            ? status_endpoint(subscription.endpoints, store_.options().endpoint)
                            : std::optional(status_endpoint_);
  if (!endpoint || !stream_.open(*endpoint, subscription.topic, subscription.key)) {
    lose_stream(Why::kNoStream);
  }
}

void WatchJoin::collect_snapshot(Clock::time_point end) {
  SnapshotPage& page = snapshot_->page;
  if (page.next_page != 0 && scope_.job.empty()) {
    JobPage more = store_.ask(snapshot_page_request(scope_, page.next_page), patience(end));
    bool is_younger = false;
    for (JobStatus& job : more.jobs) {
      // Jobs submitted after the snapshot's moment are events to come.
      is_younger = is_younger || job.sequence > page.cursor;
      if (!is_younger) {
        page.jobs.push_back(std::move(job));
      }
    }
    page.next_page = is_younger || more.cursor <= page.next_page ? 0 : more.cursor;
    if (page.next_page != 0) {
      return;
    }
  }
  cursor_ = page.cursor;
  is_behind_ = false;
  ready_.push_back({.news = WatchSnapshot{.jobs = std::move(page.jobs),
                                          .cursor = page.cursor,
                                          .is_after_loss = snapshot_->is_after_loss},
                    .cursor = page.cursor});
  snapshot_.reset();
}

void WatchJoin::read_log(Clock::time_point end, Span held) {
  const EventQuery query{.after = *cursor_,
                         .held = may_hold_ ? held : Span::zero(),
                         .is_repair = is_behind_ && is_repair_};
  std::variant<EventPage, SnapshotPage> answer;
  try {
    answer = store_.ask(events_request(scope_, query), patience(end, query.held));
  } catch (const Refused& refused) {
    if (!is_temporary(refused)) {
      throw;
    }
    may_hold_ = false;  // too many wait already
    ask_at_ = after(std::clamp(refused.retry_after(), kAskAgainAfter, kHeldMax));
    return;
  }
  if (auto* snapshot = std::get_if<SnapshotPage>(&answer)) {
    snapshot_ = Collected{.page = std::move(*snapshot), .is_after_loss = true};
    return;
  }
  take(std::move(std::get<EventPage>(answer)));
  if (!may_hold_ && ready_.empty() && held > Span::zero()) {
    ask_at_ = after(kAskAgainAfter);
  }
}

// There is no stream, or no frame of it has come yet.
void WatchJoin::carry_by_log(Clock::time_point end) {
  if (away_ != Why::kNoStream && stream_.is_open()) {
    mark(Why::kNoStream);
    return;
  }
  if (Clock::now() < ask_at_) {
    stream_.wait_until(std::min(end, ask_at_));
    return;
  }
  const auto stream_at = stream_.is_open() ? heard_at_ + silence_max() : subscribe_at_;
  read_log(end, std::min({until(end), until(stream_at), kHeldMax}));
}

// Takes the frames that are there, up to the first that is news or shows a gap.
void WatchJoin::follow_stream(Clock::time_point now) {
  while (auto frame = stream_.receive()) {
    heard_at_ = now;
    take(std::move(*frame));
    if (!ready_.empty() || is_behind_ || !stream_.is_open()) {
      return;
    }
  }
  if (stream_.is_broken()) {
    lose_stream(Why::kDisconnected);
  } else if (now >= heard_at_ + silence_max()) {
    lose_stream(is_confirmed_ ? Why::kSilence : Why::kNoStream);
  }
}

void WatchJoin::take(Frame frame) {
  const bool is_first = !is_confirmed_;
  const bool was_away = away_.has_value();
  if (is_first) {
    is_confirmed_ = true;
    if (was_away) {
      mark(Why::kBack);
    }
  }
  if (frame.kind == Frame::Kind::kEnded) {
    lose_stream(Why::kEnded);
  } else if (frame.sequence <= *cursor_) {
    return;
  } else if (frame.previous > *cursor_) {
    // The first frame tells what happened until the subscription was there: nothing is wrong.
    if (!is_first) {
      mark(Why::kGap);
    }
    catch_up(frame.sequence, !is_first || was_away);
  } else {
    cursor_ = frame.sequence;
    if (frame.kind == Frame::Kind::kEvent) {
      ready_.push_back({.news = std::move(frame.event), .cursor = *cursor_});
    }
  }
}

void WatchJoin::take(EventPage page) {
  const std::uint64_t start = *cursor_;
  for (Event& event : page.events) {
    if (event.sequence > *cursor_) {
      cursor_ = event.sequence;
      ready_.push_back({.news = std::move(event), .cursor = *cursor_, .is_from_log = true});
    }
  }
  cursor_ = std::max(*cursor_, page.cursor);
  // A page that leads nowhere is taken for the end, so that nobody asks for it for ever.
  if (page.is_end || *cursor_ == start || *cursor_ >= behind_until_) {
    is_behind_ = false;
  }
}

void WatchJoin::catch_up(std::uint64_t sequence, bool is_repair) {
  is_behind_ = true;
  is_repair_ = is_repair;
  behind_until_ = sequence;
  counters_.repairs += is_repair ? 1 : 0;
}

// The next subscription comes after a pause, which grows while they come to nothing.
void WatchJoin::lose_stream(Why reason) {
  const auto now = Clock::now();
  const bool was_good = is_confirmed_ && now - opened_at_ >= std::max(kGoodLife, 10 * pause_);
  stream_.close();
  pause_ = was_good ? Span::zero() : std::clamp(2 * pause_, kPauseFirst, kPauseMax);
  subscribe_at_ = now + pause_;
  is_confirmed_ = false;
  if (!away_ || (reason == Why::kNoStream && away_ != reason)) {
    mark(reason);
  }
}

void WatchJoin::mark(Why reason) {
  const std::uint64_t cursor = cursor_.value_or(0);
  ready_.push_back({.news = WatchRepair{.reason = reason, .cursor = cursor}, .cursor = cursor});
  if (reason == Why::kBack) {
    away_.reset();
  } else if (reason != Why::kGap) {
    away_ = reason;
  }
}

Span WatchJoin::patience(Clock::time_point end, Span held) const {
  return std::max(until(end) - held, store_.options().retry_after);
}

Span WatchJoin::silence_max() const { return 2 * heartbeat_ + heartbeat_ / 10 + kLateness; }

}  // namespace jobq
