// A store under traffic of every kind.
#pragma once

#include "store_fixture.h"
#include "traffic.h"

namespace store {

class BusyStore : public StoreFixture {
 public:
  explicit BusyStore(unsigned seed) : traffic_(seed) { limits.workers_max = 4; }
  // Its first datasource goes on behind that event.
  BusyStore(unsigned seed, Sequence last_event) : BusyStore(seed) {
    const Marker marker{now, {{"scan", last_event, 0, last_event + 1}}};
    storage.write_checkpoint({0, {{std::string(kMarkerKey), encode_record(marker)}}});
    storage.flush_checkpoint(true);
    recover(storage, engine.state_to_restore(), checkpoint);
  }

  void step() {
    now += traffic_.pause();
    std::vector<AcceptedView> undelivered = take_undelivered();
    engine.tick(now, chance(), effects);
    engine.take_back(now, undelivered, effects);
    forget_events();
    if (traffic_.has_budgets && traffic_.pick(200) == 0) {
      engine.end_tokens_of(now, traffic_.pick(2) == 0 ? "k0" : "k1", effects);
    }
    for (unsigned i = traffic_.pick(4); i > 0; --i) {
      const Origin origin = traffic_.origin();
      engine.apply(now, chance(), origin, traffic_.next(now, engine.state()), effects);
    }
    given_.clear();
    for (const Outbound& outbound : effects.replies) {
      if (const auto* accepted = std::get_if<AcceptReply>(&outbound.reply)) {
        given_.insert(given_.end(), accepted->jobs.begin(), accepted->jobs.end());
      }
    }
    end_turn();
  }

  // Nothing waits in memory alone.
  void settle() {
    engine.give_up_waiting({Code::kUnavailable, "the store ends"}, effects);
    engine.tick(now, chance(), effects);
    end_turn();
  }

  Traffic& traffic() { return traffic_; }

 private:
  // Some of what workers were given in the last turn does not reach them.
  std::vector<AcceptedView> take_undelivered() {
    std::vector<AcceptedView> undelivered;
    for (AcceptedView& job : given_) {
      if (traffic_.pick(8) == 0) {
        undelivered.push_back(std::move(job));
      }
    }
    return undelivered;
  }

  void forget_events() {
    const auto index = static_cast<DatasourceIndex>(traffic_.pick(40));
    if (index >= engine.state().datasource_count()) {
      return;
    }
    const Datasource& datasource = engine.state().datasource(index);
    const Sequence kept = datasource.last_sequence + 1 - datasource.oldest_event;
    const Sequence forgotten = traffic_.pick(static_cast<unsigned>(kept + 2));
    if (forgotten > 0 && forgotten <= kept) {
      engine.forget_events(now, index, datasource.oldest_event + forgotten, effects);
    }
  }

  Traffic traffic_;
  std::vector<AcceptedView> given_;
};

}  // namespace store
