#include "costs.h"

#include <algorithm>
#include <utility>

namespace bench {

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

Costs::Costs(StoreProcess& store) : store_(store), client_(store.connection({"path = /admin/*"})) {
  usage_ = store_.usage();
  stats_ = client_.store_stats();
  start_ = SteadyClock::now();
}

Row Costs::row(std::string name, std::uint64_t count) {
  const double seconds = seconds_since(start_);
  const Usage usage = store_.usage();
  const jobq::StoreStats stats = client_.store_stats();
  const double n = std::max(1.0, static_cast<double>(count));
  const auto each = [n](std::uint64_t after, std::uint64_t before) {
    return static_cast<double>(after - before) / n;
  };
  return {std::move(name),
          {{"per s", static_cast<double>(count) / seconds},
           {"CPU ms/1000", 1e6 * (usage.cpu_s - usage_.cpu_s) / n},
           {"syncs", each(stats.syncs, stats_.syncs)},
           {"disk B", each(usage.bytes_to_disk, usage_.bytes_to_disk)},
           {"journal B", each(stats.journal_bytes, stats_.journal_bytes)},
           {"derived B", each(stats.derived_bytes, stats_.derived_bytes)},
           {"flush B", each(stats.flush_bytes, stats_.flush_bytes)},
           {"compact B", each(stats.compaction_bytes, stats_.compaction_bytes)},
           {"RSS MB", static_cast<double>(usage.rss_bytes) / 1e6}}};
}

}  // namespace bench
