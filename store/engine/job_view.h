// What replies say of a job.
#pragma once

#include <algorithm>

#include "context.h"
#include "replies.h"
#include "state.h"

namespace store {

JobView view_of(const State& state, const Job& job);
// With its terms.
JobView whole_view_of(const State& state, const Job& job);
// With what an export has besides.
JobView export_view_of(const State& state, const Job& job);
// REQUIRES: the job is accepted.
AcceptedView accepted_view_of(const Context& context, const Job& job);
// Of what an accept tells beside its request: its checkpoint, its function's state, and the
// responses of those that it waited for.
std::size_t told_bytes_of(const Context& context, const Job& job);
// Leaves out checkpoint and state where those told with `bytes` before have no room for them.
void tell_within(const Context& context, const Job& job, std::size_t& bytes, AcceptedView& view);

// Whether the job is of the function and has the tag that a list asks for; empty: any.
template <typename Query>
bool fits(const State& state, const Job& job, const Query& query) {
  const auto& tags = state.names.tags_of(job);
  return (query.function.empty() || query.function == state.names.function_of(job)) &&
         (query.tag.empty() || std::binary_search(tags.begin(), tags.end(), query.tag));
}
// The same, and of the client.
template <typename Query>
bool fits_with_client(const State& state, const Job& job, const Query& query) {
  return (query.client.empty() || query.client == state.names.client_of(job)) &&
         fits(state, job, query);
}
// `statuses`: a bit for each.
inline bool is_in(std::uint8_t statuses, Status status) {
  return (statuses >> static_cast<int>(status) & 1) != 0;
}

}  // namespace store
