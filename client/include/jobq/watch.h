// Watching: every event of a client's jobs, of one job or (drivers) of a whole datasource, each
// exactly once and in order, as soon as it happens.
//
//   jobq::Watch watch(connection, {.datasource = "scan", .client = "alice"});
//   while (const auto news = watch.next(std::chrono::minutes(1))) {
//     if (const auto* event = std::get_if<jobq::Event>(&*news)) {
//       std::cout << event->job << " " << to_string(event->kind) << "\n";
//     }
//   }
//
// The first news is a snapshot: the jobs as they stand, and the number (cursor) of the last event
// before. Then come the events after it. They arrive on the store's status stream; what the stream
// loses, and all of it where the stream cannot be reached, comes from the datasource's event log. A
// watcher that saves cursor() goes on from there in another life.
//
// Restarts of the store are waited for. One object serves one thread at a time; interrupt() may be
// called from any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobq/connection.h"
#include "jobq/events.h"
#include "jobq/types.h"

namespace jobq {

// The jobs of the scope that are not final, the one job of a job's scope in any case; without
// texts, as in lists. Events up to `cursor` are in it, those that follow are not; but a large
// snapshot is made of several lists, so that jobs of its later part may be younger: an event whose
// sequence is not above their JobStatus::changed is in them already.
struct WatchSnapshot {
  std::vector<JobStatus> jobs{};
  std::uint64_t cursor = 0;
  // The event log did not reach back to where the watcher was, or is another one: events in between
  // are lost, and this is where it goes on.
  bool is_after_loss = false;
};

// Something was the matter with the stream. No event is lost by it: from here on they come from
// the event log, until the stream is there again.
struct WatchRepair {
  enum class Reason {
    kGap,           // frames were missing; the event log is read once
    kEnded,         // the store ended the topic: it shuts down, or a token is no longer valid
    kSilence,       // not even a heartbeat came
    kDisconnected,  // the connection broke
    kNoStream,      // the status endpoint cannot be reached, though the store answers
    kBack           // after one of the others, but kGap: the stream is there again
  };
  Reason reason = Reason::kGap;
  std::uint64_t cursor = 0;  // up to where events had been handed out
};
template <>
inline constexpr std::array<std::string_view, 6> kNames<WatchRepair::Reason>{
    "gap", "ended", "silence", "disconnected", "no-stream", "back"};

using WatchNews = std::variant<WatchSnapshot, Event, WatchRepair>;

// What is watched.
struct WatchScope {
  std::string datasource{};
  // Whose jobs. May be empty when the token pins the client; not looked at for a driver.
  std::string client{};
  std::string job{};       // this one alone; empty: all
  bool as_driver = false;  // the jobs of all clients: needs a driver's token
};

struct WatchOptions {
  // Begin after this event (0: with the oldest in the event log) and without a snapshot. Default: a
  // snapshot, then what comes after it.
  std::optional<std::uint64_t> from{};
  // Where the status stream is, tcp:// or ipc://, when that is not where the store says.
  std::string status_endpoint{};
};

// What has been handed out so far, and how it came.
struct WatchCounters {
  std::uint64_t from_stream = 0;  // events
  std::uint64_t from_log = 0;     // events
  std::uint64_t repairs = 0;      // how often the event log was read because frames were missing
  std::uint64_t reconnects = 0;   // subscriptions after the first
};

class Watch {
 public:
  // Does not talk to the store yet. Throws std::invalid_argument when an endpoint or the key is
  // none.
  explicit Watch(Connection connection, WatchScope scope, WatchOptions options = {});
  ~Watch();
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;

  // The next piece of news; empty when there is none within `max_wait`, or after interrupt(). May
  // take up to Connection::retry_after longer when the store does not answer.
  // Throws Refused: 401, 403, 404 (no such job) and, before the first snapshot, 429 (too many
  // topics). The watch is as before then, and next() asks again.
  std::optional<WatchNews> next(Span max_wait);

  // All events of the scope up to this number have been handed out, as events or in a snapshot: to
  // be saved, and given as WatchOptions::from later. 0 before the first news.
  std::uint64_t cursor() const;

  // What next() handed out while the event log was read (after WatchRepair) is counted as such.
  WatchCounters counters() const;

  // Makes next() return empty soon: the call under way or, if there is none, the one that follows.
  // From any thread and as often as wanted.
  void interrupt();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
