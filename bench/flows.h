// Jobs that wait for others.
#pragma once

#include "rows.h"
#include "store_process.h"

namespace bench {

// One job that `count` others wait for, which are waited for by as few as may, and so on to a last
// one: all submitted, then all run by one worker.
Row measure_fan(const StoreProcess& store, unsigned count);
// `count` jobs, each of which waits for the one before.
Row measure_chain(const StoreProcess& store, unsigned count);

}  // namespace bench
