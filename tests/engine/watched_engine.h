// An engine whose events are checked against its journal at the end of each test, and words for
// watchers.
#pragma once

#include <map>

#include "engine_fixture.h"

namespace store {

class WatchedEngine : public ReplayedEngine {
 public:
  using Kind = Event::Kind;

  ~WatchedEngine() {
    collect();
    std::map<DatasourceIndex, Sequence> last;
    std::size_t next = 0;
    for (std::size_t i = 0; i < journal.size(); ++i) {
      if (!traits_of(journal[i].change).is_event) {
        continue;
      }
      if (next == events.size()) {
        FAIL_CHECK("a change has no event");
        return;
      }
      const Event& event = events[next++];
      CHECK(event.sequence == ++last[event.job.datasource]);
      CHECK(event.sequence == journal[i].sequence);
      CHECK(event.job == journal[i].job);
      CHECK(event.time == journal_times[i]);
    }
    CHECK(next == events.size());
  }

  // The latest one, which must be of this kind.
  Event last_event(Kind kind) {
    collect();
    REQUIRE(!events.empty());
    REQUIRE(events.back().kind == kind);
    return events.back();
  }
  std::size_t event_count() {
    collect();
    return events.size();
  }
  Sequence last_sequence() const { return engine.state().datasource(0).last_sequence; }

  static Subscribe subscribe_command(std::optional<std::string> client = "alice",
                                     const std::string& job = {}) {
    return {.datasource = "scan", .job = job, .client = std::move(client), .limit = 100};
  }
  SubscribeReply subscribe(std::optional<std::string> client = "alice",
                           const std::string& job = {}) {
    return ask<SubscribeReply>(subscribe_command(std::move(client), job));
  }
  static ReadEvents read_command(Sequence after, Span wait = {},
                                 std::optional<std::string> client = "alice",
                                 const std::string& job = {}) {
    return {.datasource = "scan",
            .job = job,
            .client = std::move(client),
            .after = after,
            .limit = 100,
            .wait = wait};
  }
  void forget_below(Sequence oldest) {
    engine.forget_events(now, 0, oldest, effects);
    collect();
  }
  // The answer to a cursor that leads nowhere.
  GoneReply gone(const ReadEvents& command) {
    return unchanged([&] { return ask<GoneReply>(command); });
  }
  // The reply to a request that was parked.
  EventsReply found(std::uint64_t request) {
    const auto reply = reply_to(request);
    REQUIRE(reply);
    REQUIRE(std::holds_alternative<EventsReply>(*reply));
    return std::get<EventsReply>(*reply);
  }
};

}  // namespace store
