// A store that grows old: many rounds of jobs that come and go, of which a few stay for good.
#pragma once

#include <functional>
#include <memory>

#include "load.h"
#include "rows.h"
#include "store_process.h"

namespace bench {

struct ChurnOptions {
  std::uint64_t jobs = 0;        // in all
  std::uint64_t jobs_round = 0;  // then the store is looked at; killed after each second round
  LoadOptions load{};            // of a round
};

// What the store of a churn is to be told, so that what has ended is soon forgotten.
std::vector<std::string> churn_arguments();

// A row for each round. The latencies of accepts stand beside those of a fresh store at that time,
// since other work of the machine meets both.
Rows measure_churn(const std::function<std::unique_ptr<StoreProcess>()>& fresh_store,
                   const ChurnOptions& options);

}  // namespace bench
