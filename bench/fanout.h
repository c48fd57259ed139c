// Status streams: what it costs to tell many.
#pragma once

#include <functional>
#include <memory>

#include "rows.h"
#include "store_process.h"

namespace bench {

// What the library's watchers are told, by frames and, where frames were lost, from the event log:
// of one scope and of a scope each, first of one job each 5 ms, then of jobs as fast as one client
// and one driver make them. Each event is waited for, so that repairs count.
Rows measure_fanout(const std::function<std::unique_ptr<StoreProcess>()>& fresh_store,
                    unsigned seconds);

}  // namespace bench
