// What a run cost the store, from its own counters and the kernel's.
#pragma once

#include <cstdint>
#include <string>

#include "jobq/client.h"
#include "rows.h"
#include "steady_time.h"
#include "store_process.h"

namespace bench {

// From its construction on.
class Costs {
 public:
  explicit Costs(StoreProcess& store);

  // `count` jobs, lives or calls were done since.
  Row row(std::string name, std::uint64_t count);

 private:
  StoreProcess& store_;
  jobq::Client client_;
  Usage usage_;
  double load_cpu_s_ = 0;
  jobq::StoreStats stats_;
  SteadyClock::time_point start_;
};

}  // namespace bench
