// Status streams: what it costs to tell many.
#pragma once

#include <functional>
#include <memory>

#include "rows.h"
#include "store_process.h"

namespace bench {

// For 1, 10, 100 and 1,000 subscribers, of one scope and of a scope each: first events as fast as
// one client and one driver make them, then one job each 5 ms, to see how soon it is told: from the
// submit to its answer, and to its frame at each subscriber.
Rows measure_fanout(const std::function<std::unique_ptr<StoreProcess>()>& fresh_store,
                    unsigned seconds);

}  // namespace bench
