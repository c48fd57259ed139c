// Handing jobs out to workers: which may go now, and under what lease.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "context.h"

namespace store {

// What to ask the datasource's ready queue with (empty: for any kind) on behalf of a worker that
// asks for these functions (none: for any) and has these labels (nullptr: whatever jobs want). A
// pattern, with a "*" at its end, stands alone. `is_for_any`: as Accept has it. Nothing: there is
// no job for it.
std::optional<std::vector<KindIndex>> kinds_of(const Context& context, const Datasource& datasource,
                                               const std::vector<std::string>& functions,
                                               const std::vector<std::string>* labels,
                                               bool is_for_any);
// Whether who asks for these functions asks for jobs of that kind.
bool asks_for(const JobNames& names, KindIndex kind, const std::vector<std::string>& functions,
              bool is_for_any);
// Whether a worker with these labels has all that a job wants. Both are sorted.
bool has_all(const std::vector<std::string>& labels, const std::vector<std::string>& wanted);
// That no job counts as of: who asks for it gets none.
inline constexpr unsigned kNoPriority = UINT8_MAX;
// Whether the datasource hands out a job to such a worker.
bool has_job_for(Context& context, DatasourceIndex datasource, const Waiters::Wanted& wanted);
bool may_run_more(const Context& context, const Datasource& datasource);
bool may_run_more_of(const State& state, const Datasource& datasource, NameIndex function);
// Of clients that are configured.
ReadyQueue::Weights weights_of(const State& state, const Datasource& datasource);

// Takes what is ready, best first, up to the accept's count and to the bytes of one reply.
AcceptReply give_jobs(Context& context, DatasourceIndex datasource, const Accept& accept);
// Gives this one. REQUIRES: it may run.
void give_job(Context& context, const Job& job, const AcceptOne& accept);

// The job whose current lease this is, or nullptr. That no other proof is asked for makes an
// expired, a re-leased and an unknown job one refusal: in each case the worker must stop.
const Job* leased_job(const Context& context, DatasourceIndex datasource, const Lease& lease);
bool holds(const Context& context, const Job& job, const Lease& lease);
// Until when a lease that is given or renewed now holds. `wanted`: zero: the default.
Time lease_end(const Context& context, const Datasource& datasource, Span wanted);

}  // namespace store
