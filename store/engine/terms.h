// What holds for a job beside its content: limits of its attempts, its time and its retries. Each
// value comes from the job itself, else from its datasource, else from the store; it is settled
// when the job is submitted and then stays.
#pragma once

#include <cstdint>
#include <string_view>

#include "job.h"
#include "jobq/datasources.h"

namespace store {

// The first that is set, the most specific first; the last if none is.
template <typename Value, typename... Others>
Value first_set(const Value& value, const Others&... others) {
  if constexpr (sizeof...(others) == 0) {
    return value;
  } else {
    return value != Value{} ? value : first_set(others...);
  }
}

using jobq::Backoff;
using jobq::Mode;
// Settled ones have a backoff.
using jobq::Terms;
// As the store keeps it: weights and costs by name, datasource and mode as they are by default.
using jobq::DatasourceConfig;

// How long a job stays that has ended so.
Span kept_for(const Terms& terms, Status status);
// The same terms, but that it stays so long however it ends.
Terms keeping(Terms terms, Span span);

// Zero when the span is: then it never is.
inline Time after(Time now, Span span) { return span == Span::zero() ? Time{} : now + span; }

// `chance` is uniform over all 64-bit numbers.
Span backoff_delay(const Backoff& backoff, std::uint32_t failures, std::uint64_t chance);

// How often in a row a client is served; how much a job of the function counts against rates.
std::uint32_t weight_of(const DatasourceConfig& config, std::string_view client);
std::uint32_t cost_of(const DatasourceConfig& config, std::string_view function);
// Jobs of the function that may run at the same time; 0: no limit.
std::uint32_t running_max_of(const DatasourceConfig& config, std::string_view function);

}  // namespace store
