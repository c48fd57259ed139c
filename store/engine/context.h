// What an operation works in: the state to read, the time, chance, and the only way to change
// something. Lives as long as one call of the engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "changes.h"
#include "effects.h"
#include "state.h"
#include "store_limits.h"
#include "waiters.h"

namespace store {

// Of the engine, from call to call.
struct Progression {
  std::size_t scans_left = 0;  // jobs that lists may still look at in this turn of the store
  std::size_t flow_steps_left = SIZE_MAX;    // waits for other jobs that may still end in it
  std::size_t bulk_left = SIZE_MAX;          // jobs that bulks may still change in it
  std::size_t search_bytes_left = SIZE_MAX;  // bytes of requests that may still be searched in it
  // The last of those tokens that were looked at for whether they can be forgotten.
  std::string swept_token;
  // When jobs of these datasources, for which workers wait, may begin again by their rates.
  std::map<DatasourceIndex, Time> openings;
  // Workers whose connection has ended, by when they lose their jobs unless they have come back.
  std::multimap<Time, std::pair<DatasourceIndex, std::string>> gone;
  Time forget_workers_at{};  // those that were silent for long
};

class Context {
 public:
  // `asker`: of what is done; nullptr: time does it.
  Context(const Limits& limits_given, Time now_given, std::uint64_t chance, State& state_given,
          Waiters& waiters_given, Effects& effects, Progression& progression_given,
          const Origin* asker)
      : limits(limits_given),
        now(now_given),
        state(state_given),
        waiters(waiters_given),
        progression(progression_given),
        chance_(chance),
        changing_(state_given),
        effects_(effects),
        asker_(asker) {}

  const Limits& limits;
  const Time now;
  const State& state;
  Waiters& waiters;
  Progression& progression;

  // Who asks, until something else is said. Of the token as in Origin; empty when nobody asked.
  void set_asker(const Origin* asker) { asker_ = asker; }
  const Origin* asker() const { return asker_; }
  std::string_view token() const { return asker_ == nullptr ? std::string_view() : asker_->token; }
  std::string_view caveats() const {
    return asker_ == nullptr ? std::string_view() : asker_->caveats;
  }

  // Whether the asker's token is for jobs of the function.
  bool is_for(std::string_view function) const {
    return asker_ == nullptr || fits_all(function, asker_->functions);
  }

  // Changes the state and notes the entry for the journal; answers who waited for news of the job.
  // Of a new job the key's sequence is chosen here.
  void record(JobKey job, Change change);

  // Gives jobs to those who wait for them, in the datasources where something has changed.
  void hand_out();

  // What workers of the datasource are told has changed, of this one or (empty) of all: answers
  // those that wait.
  void tell_orders(DatasourceIndex datasource, const std::string& worker);

  // Workers wait for jobs of the datasource: notes when rates of starts let it hand out more.
  void note_opening(DatasourceIndex datasource);
  // Those whose rates do so now have changed.
  void note_opened();

  // Something has changed in the datasource by which jobs may be handed out.
  void note_changed(DatasourceIndex datasource) { changed_.push_back(datasource); }

  // Finds the datasource, or makes it. Empty when there is no room for it.
  std::optional<DatasourceIndex> find_or_add_datasource(const std::string& name);

  // The worker was heard of. Changes nothing durable.
  void note_spoke(DatasourceIndex datasource, std::string_view worker) {
    changing_.datasources[datasource]->workers.note_spoke(now, worker);
  }

  // The asker speaks for the worker, which asks for jobs or only renews. Changes nothing durable.
  void note_asked(DatasourceIndex datasource, const Accept& accept) {
    if (asker_ != nullptr) {
      changing_.datasources[datasource]->workers.note_asked(accept, token(), asker_->identity);
    }
  }
  void note_peer(DatasourceIndex datasource, std::string_view worker) {
    if (asker_ != nullptr) {
      changing_.datasources[datasource]->workers.note_peer(worker, token(), asker_->identity);
    }
  }

  // The next of an endless row of random numbers (SplitMix64, https://prng.di.unimi.it).
  std::uint64_t chance();

  std::string new_guid();

  // How many jobs a list may look at, of at most `max`; taken off what is left for the turn.
  std::size_t take_scans(std::size_t max);

  void answer(const Origin& origin, Reply reply, bool is_wait_over = false) {
    effects_.replies.push_back({origin, std::move(reply), is_wait_over});
  }
  // Holds back the answer to who asks. REQUIRES: somebody does.
  template <typename Waiter>
  std::nullopt_t park(Span wait, Waiter waiter) {
    waiter.origin = *asker_;
    waiters.park(now + wait, std::move(waiter));
    return std::nullopt;
  }

 private:
  std::uint64_t chance_;
  State& changing_;  // by record() alone
  Effects& effects_;
  const Origin* asker_;
  std::vector<DatasourceIndex> changed_;
};

}  // namespace store
