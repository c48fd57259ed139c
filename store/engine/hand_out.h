// Handing jobs out to workers: which may go now, and under what lease.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "context.h"

namespace store {

// Of those of the functions that have jobs, to ask its ready queue with: none given: of any. A
// pattern, with a "*" at its end, stands alone. Nothing: none can have one.
std::optional<std::vector<NameIndex>> indexes_of(const Context& context,
                                                 const Datasource& datasource,
                                                 const std::vector<std::string>& functions);
// Whether the datasource hands out a job to whoever asks for these functions (none: for any).
bool has_job_for(const Context& context, DatasourceIndex datasource,
                 const std::vector<std::string>& functions);
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
