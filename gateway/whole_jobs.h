// Jobs of a list with their requests, which lists do not have.
#pragma once

#include <vector>

#include "asker.h"
#include "held_bytes.h"
#include "store_calls.h"

namespace gateway {

// In their order, without those that have gone meanwhile; refused (413) where they are more than
// 64 MiB. REQUIRES: all outlive the promise.
kj::Promise<jobq::Answer<std::vector<jobq::JobStatus>>> whole_jobs(
    StoreCalls& calls, const Asker& asker, HeldBytes::Share& share,
    std::vector<jobq::JobStatus> jobs);

// All of a list, `max` at most, page by page.
kj::Promise<jobq::Answer<std::vector<jobq::JobStatus>>> all_jobs(StoreCalls& calls,
                                                                 const Asker& asker,
                                                                 jobq::ListQuery query,
                                                                 std::size_t max);

}  // namespace gateway
