#include "costs.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace bench {
namespace {

// Of this process, all threads.
double load_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Costs::Costs(StoreProcess& store) : store_(store), client_(store.connection({"path = /admin/*"})) {
  usage_ = store_.usage();
  stats_ = client_.store_stats();
  load_cpu_s_ = load_cpu_s();
  start_ = SteadyClock::now();
}

Row Costs::row(std::string name, std::uint64_t count) {
  const double seconds = seconds_since(start_);
  const Usage usage = store_.usage();
  const double load_s = load_cpu_s() - load_cpu_s_;
  const jobq::StoreStats stats = client_.store_stats();
  const double n = std::max(1.0, static_cast<double>(count));
  const auto each = [n](std::uint64_t after, std::uint64_t before) {
    return static_cast<double>(after - before) / n;
  };
  return {std::move(name),
          {{"per s", static_cast<double>(count) / seconds},
           {"CPU ms/1000", 1e6 * (usage.cpu_s - usage_.cpu_s) / n},
           {"load CPU ms/1000", 1e6 * load_s / n},
           {"syncs", each(stats.syncs, stats_.syncs)},
           {"disk B", each(usage.bytes_to_disk, usage_.bytes_to_disk)},
           {"journal B", each(stats.journal_bytes, stats_.journal_bytes)},
           {"derived B", each(stats.derived_bytes, stats_.derived_bytes)},
           {"flush B", each(stats.flush_bytes, stats_.flush_bytes)},
           {"compact B", each(stats.compaction_bytes, stats_.compaction_bytes)},
           {"RSS MB", static_cast<double>(usage.rss_bytes) / 1e6}}};
}

}  // namespace bench
