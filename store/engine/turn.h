// What an operation works with during one turn: the state, the time, chance, and the only way to
// change something.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "effects.h"
#include "state.h"
#include "store_limits.h"
#include "waiters.h"

namespace store {

struct Turn {
  const Limits& limits;
  Time now;
  std::uint64_t chance_state;  // random bits; see chance()
  State& state;                // changed by record() alone
  Waiters& waiters;
  Effects& effects;
  std::size_t& scans_left;  // jobs that lists may still look at in this turn of the store
  const Origin* asker;      // of what is done; nullptr: time does it
  // The last of those that were looked at for whether they can be forgotten.
  std::string& swept_token;
  std::vector<DatasourceIndex> changed = {};

  // As in Origin; empty when nobody asked.
  std::string_view token() const {
    return asker == nullptr ? std::string_view() : std::string_view(asker->token);
  }
  std::string_view caveats() const {
    return asker == nullptr ? std::string_view() : std::string_view(asker->caveats);
  }

  // Changes the state and notes the entry for the journal; answers who waited for news of the job.
  // Of a new job the key's sequence is chosen here.
  void record(JobKey job, Change change);

  // Gives jobs to those who wait for them, in the datasources where something has changed.
  void hand_out();

  // Finds the datasource, or makes it. Empty when the store has as many as it may.
  std::optional<DatasourceIndex> datasource(const std::string& name);

  // Changes nothing durable.
  void note_spoke(DatasourceIndex datasource, std::string_view worker) {
    state.datasources[datasource]->workers.note_spoke(now, worker);
  }

  // The next of an endless row of random numbers (SplitMix64, https://prng.di.unimi.it).
  std::uint64_t chance();

  void answer(const Origin& origin, Reply reply) {
    effects.replies.push_back({origin, std::move(reply)});
  }

  // How many jobs a list may look at, of at most `max`; taken off what is left for the turn.
  std::size_t take_scans(std::size_t max);

  // Refusals that several operations share.
  Refused too_many_datasources() const;
  std::optional<Refused> no_room_to_wait() const;
  std::optional<Refused> no_room_to_wait(const std::string& client) const;
  // Whether the datasource takes one more job of the client.
  std::optional<Refused> no_room_for_job(const Datasource* datasource,
                                         const std::string& client) const;
};

JobView view_of(const State& state, const Job& job);

Removed removal_of(const Job& job);

// Finds a job for whoever asks: 404 when there is none, 403 when it is another client's.
std::variant<const Job*, Refused> find_job(const Turn& turn, const std::string& datasource,
                                           const std::string& job,
                                           const std::optional<std::string>& client);

// The job whose current lease this is, or nullptr. That no other proof is asked for makes an
// expired, a re-leased and an unknown job one refusal: in each case the worker must stop.
const Job* leased_job(const Turn& turn, DatasourceIndex datasource, const Lease& lease);

// Whether the time in which a waiting job could be taken is over, though its timer has not run yet.
bool is_overdue(const Turn& turn, const Job& job);
// Fails the job if that is so. REQUIRES: it waits.
void expire_if_overdue(Turn& turn, const Job& job);
// Whether the datasource hands out a job to whoever asks for these functions (none: for any).
bool has_job_for(const Turn& turn, DatasourceIndex datasource,
                 const std::vector<std::string>& functions);
bool may_run_more(const Turn& turn, const Datasource& datasource);
Span lease_of(const Turn& turn, const Datasource& datasource, Span said);

// Notes that the worker was given jobs: the one that was silent longest makes room in a full table.
void make_room_for(Turn& turn, DatasourceIndex datasource, const std::string& worker);
AcceptReply take_jobs(Turn& turn, DatasourceIndex datasource, const Accept& accept);

// Takes back the leases of those tokens, and refuses who waits with one.
void end_tokens(Turn& turn, const std::function<bool(std::string_view)>& is_over);
// Forgets what is over of what is known about tokens, some of them each time.
void sweep_tokens(Turn& turn);

// A failure that is not final unless there were too many.
void record_failure(Turn& turn, const Job& job, Failure failure, Span delay, const Hash& outcome);
std::vector<CancelNote> cancels_of(const Turn& turn, DatasourceIndex datasource,
                                   const std::string& worker, Sequence seen);
// A version 4 GUID from 128 bits of chance.
std::string new_guid(Turn& turn);

// One function for each command. An empty result: the answer is held back.
Reply apply(Turn& turn, Submit& command);
std::optional<Reply> apply(Turn& turn, const Origin& origin, GetJob& command);
Reply apply(Turn& turn, const ListJobs& command);
Reply apply(Turn& turn, const Cancel& command);
Reply apply(Turn& turn, const ReadLog& command);
Reply apply(Turn& turn, const Explain& command);
std::optional<Reply> apply(Turn& turn, const Origin& origin, Accept& command);
std::optional<Reply> apply(Turn& turn, const Origin& origin, Renew& command);
Reply apply(Turn& turn, Update& command);
Reply apply(Turn& turn, const Peek& command);
Reply apply(Turn& turn, const ReadRequests& command);
Reply apply(Turn& turn, const GetConfig& command);
Reply apply(Turn& turn, const ListConfigs& command);
Reply apply(Turn& turn, Configure& command);
Reply apply(Turn& turn, const SetMode& command);
Reply apply(Turn& turn, const GetDatasourceStats& command);
Reply apply(Turn& turn, const ListWorkers& command);
Reply apply(Turn& turn, const Remove& command);
Reply apply(Turn& turn, const Restart& command);
Reply apply(Turn& turn, Edit& command);
Reply apply(Turn& turn, const Redrive& command);
Reply apply(Turn& turn, const Subscribe& command);
std::optional<Reply> apply(Turn& turn, const Origin& origin, ReadEvents& command);
Reply apply(Turn& turn, const ListTokens& command);
Reply apply(Turn& turn, const RevokeToken& command);

}  // namespace store
