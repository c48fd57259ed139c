// Joins a status stream and the event log into one sequence without gap or duplicate: what
// jobq::Watch does. watch_join.cc says how. Internal to the client library.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "connection.h"
#include "event_requests.h"
#include "jobq/watch.h"
#include "subscriber.h"

namespace jobq {

// One thread at a time; interrupt() from any.
class WatchJoin {
 public:
  // As Watch.
  WatchJoin(Connection connection, WatchScope scope, WatchOptions options);

  std::optional<WatchNews> next(Span max_wait);
  // What is in `ready_` counts only when it is handed out.
  std::uint64_t cursor() const { return ready_.empty() ? cursor_.value_or(0) : handed_out_; }
  WatchCounters counters() const { return counters_; }
  void interrupt() { store_.interrupt(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Why = WatchRepair::Reason;
  struct Ready {
    WatchNews news;
    std::uint64_t cursor;  // once it is handed out
    bool is_from_log = false;
  };
  struct Collected {
    SnapshotPage page;
    bool is_after_loss = false;
  };

  WatchNews hand_out();
  void step(Clock::time_point end);
  void subscribe(Clock::time_point end);
  void collect_snapshot(Clock::time_point end);
  void read_log(Clock::time_point end, Span held);
  void carry_by_log(Clock::time_point end);
  void follow_stream(Clock::time_point now);
  void take(Frame frame);
  void take(EventPage page);
  void catch_up(std::uint64_t sequence, bool is_repair);
  void lose_stream(Why reason);
  void mark(Why reason);
  Span patience(Clock::time_point end, Span held = {}) const;
  // Longer than this without a frame: something is wrong.
  Span silence_max() const;

  const WatchScope scope_;
  const std::string status_endpoint_;
  StoreConnection store_;
  Subscriber stream_;
  WatchCounters counters_;

  // What has been read and not handed out: filled only when it is empty, with what one frame or one
  // page has.
  std::deque<Ready> ready_;
  std::uint64_t handed_out_ = 0;
  std::optional<std::uint64_t> cursor_;  // empty: there was no snapshot yet
  std::optional<Collected> snapshot_;    // while pages of it are missing

  bool is_behind_ = false;  // the event log is to be read up to `behind_until_`
  bool is_repair_ = false;  // because frames were missing
  std::uint64_t behind_until_ = 0;
  bool may_hold_ = true;        // the store holds questions back
  Clock::time_point ask_at_{};  // the event log, not before

  Span heartbeat_{};
  Clock::time_point opened_at_{};
  Clock::time_point heard_at_{};  // the last frame, or since when one is waited for
  bool is_confirmed_ = false;     // a frame has come
  std::optional<Why> away_{};     // why the stream is, until the next one is confirmed
  bool has_subscribed_ = false;
  Clock::time_point subscribe_at_{};  // not before
  Span pause_{};
};

}  // namespace jobq
