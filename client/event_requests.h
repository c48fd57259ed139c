// Questions about events, which clients ask below /<DSID> and drivers below /jobs/<DSID>, and the
// frames of status streams. Internal to the client and driver libraries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobq/lists.h"
#include "jobq/request.h"
#include "jobq/watch.h"
#include "protocol.capnp.h"

namespace jobq {

// A message of a status stream.
struct Frame {
  enum class Kind { kEvent, kHeartbeat, kEnded };
  Kind kind = Kind::kEvent;
  std::uint64_t sequence = 0;
  std::uint64_t previous = 0;  // between it and `sequence` the scope has no event
  Event event{};               // of kEvent
};

// Throws DamagedReply for what no store sends.
Frame to_frame(protocol::Event::Reader event);

// The first page of a snapshot; `next_page` goes into a list query, 0: there is no other.
struct SnapshotPage {
  std::uint64_t cursor = 0;
  std::vector<JobStatus> jobs{};
  std::uint64_t next_page = 0;
};

struct Subscription {
  std::string topic{};
  std::string key{};
  std::vector<std::string> endpoints{};
  SnapshotPage snapshot{};
  Span heartbeat{};
};

struct EventPage {
  std::vector<Event> events{};
  std::uint64_t cursor = 0;
  bool is_end = false;
};

struct EventQuery {
  std::uint64_t after = 0;
  Span held{};  // while there is no event
  bool is_repair = false;
};

Request<Subscription> subscription_request(const WatchScope& scope, bool with_snapshot);
// The snapshot is the answer when the event log does not reach back to `after`.
Request<std::variant<EventPage, SnapshotPage>> events_request(const WatchScope& scope,
                                                              const EventQuery& query);
// Jobs of a scope without job that are not final, behind a snapshot's first page.
Request<JobPage> snapshot_page_request(const WatchScope& scope, std::uint64_t page);

}  // namespace jobq
