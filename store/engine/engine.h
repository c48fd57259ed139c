// The state machine of the store: commands and the passing of time go in, entries for the journal
// and replies come out. No I/O, no clock, no chance of its own, no threads: equal inputs give equal
// outputs.
//
// A refusal changes nothing. What is changed is changed by applying entries to the State, so a
// start that replays the entries arrives at the same digest.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "commands.h"
#include "context.h"

namespace store {

class Engine {
 public:
  // `limits` must outlive the engine.
  Engine(const Limits& limits, std::uint64_t hash_seed) : limits_(limits), state_(hash_seed) {}

  // Begins a turn: lets due timers act. `chance`: random bits, of which ids are made, here and
  // below; others each time. REQUIRES: `now` never goes backwards, here and in apply().
  void tick(Time now, std::uint64_t chance, Effects& effects);

  // Answers the command now, or holds the answer back.
  void apply(Time now, std::uint64_t chance, const Origin& origin, Command command,
             Effects& effects);

  // Instead of tick(), where nothing may change: waits are over, and no time is else.
  void end_waits(Time now, Effects& effects);

  // Hands back leases that could not be delivered. REQUIRES: as for tick().
  void take_back(Time now, std::uint64_t chance, const std::vector<AcceptedView>& accepted,
                 Effects& effects);

  // Nobody was served from `since` until `now`: leases that would have ended meanwhile, or end
  // soon, get as much time more, and `grace`. REQUIRES: as for tick().
  void extend_leases(Time now, Time since, Span grace, Effects& effects);

  // A root key is gone, and its tokens with it. REQUIRES: as for tick().
  void end_tokens_of(Time now, std::uint64_t chance, const std::string& key, Effects& effects);

  // Events of the datasource below `oldest` are kept no more. REQUIRES: as for tick(), and nothing
  // has happened in this turn yet: who waited for it is answered with what is kept at its end.
  void forget_events(Time now, DatasourceIndex datasource, Sequence oldest, Effects& effects);

  // Those who wait and are gone get no answer: no job is handed out to them.
  void forget_waiters(const std::function<bool(const Origin&)>& is_gone);

  // The connections of peers have ended, by the identities that they asked with: their waiters are
  // forgotten, and the time of their workers begins (Accept::gone_after). Changes nothing durable.
  void note_gone(Time now, const std::function<bool(const std::string& identity)>& is_gone);

  // Answers all that wait with a refusal, since the store ends.
  void give_up_waiting(const Refused& refused, Effects& effects);

  // When tick() has something to do; Time::max() if never.
  Time next_deadline() const;

  const State& state() const { return state_; }
  // For a start only, before the first tick().
  State& state_to_restore() { return state_; }
  // False when no more requests are to be searched before the next tick().
  bool may_search() const { return progression_.search_bytes_left > 0; }
  std::size_t waiter_count() const { return waiters_.size(); }
  std::uint64_t digest() const { return state_.digest(); }

 private:
  void begin_searches();
  Context context(Time now, std::uint64_t chance, Effects& effects, const Origin* asker = nullptr);

  const Limits& limits_;
  State state_;
  Waiters waiters_;
  Progression progression_;
  // Held back until the next tick: replies of the turn may still have to read the jobs' texts.
  std::vector<std::pair<Origin, Command>> removals_;
};

}  // namespace store
