#include "churn.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "jobq/client.h"
#include "jobq/driver.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kStayEvery = 100;
constexpr unsigned kAccepts = 3000;       // looked at in each round
constexpr double kPatienceSeconds = 300;  // until what has ended is forgotten
constexpr auto kTwoTendings = 25s;        // then its places on disk are given back

struct Disk {
  std::uint64_t bytes = 0;  // as the file system counts blocks
  std::uint64_t files = 0;
};

Disk disk_of(const std::filesystem::path& directory) {
  Disk disk;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat info {};
    if (entry.is_regular_file() && ::stat(entry.path().c_str(), &info) == 0) {
      disk.bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
      ++disk.files;
    }
  }
  return disk;
}

// One job at a time, so that nothing but the store is waited for: how long its accepts take, in ms.
std::vector<double> accept_ms(const StoreProcess& store, const LoadOptions& load) {
  jobq::Client client(store.connection({}));
  jobq::Driver driver(store.connection({}));
  std::vector<double> ms;
  for (unsigned i = 0; i < kAccepts; ++i) {
    client.submit("bench0", {.request = load.request, .client = "c"});
    const auto start = SteadyClock::now();
    const auto jobs = driver.accept("bench0", {.worker = "w", .max = 1, .lease = 30s, .wait = 0ms});
    ms.push_back(1e3 * seconds_since(start));
    if (jobs.size() != 1) {
      throw std::runtime_error("a job that is there is not handed out");
    }
    driver.update("bench0", {{jobs.front().lease, jobq::Done{"{\"ok\":true}"}}});
  }
  return ms;
}

void wait_until_forgotten(const StoreProcess& store) {
  jobq::Client client(store.connection({}));
  const auto start = SteadyClock::now();
  while (client.store_stats().jobs_finished > 0) {
    if (seconds_since(start) > kPatienceSeconds) {
      throw std::runtime_error("finished jobs are not forgotten");
    }
    std::this_thread::sleep_for(200ms);
  }
  std::this_thread::sleep_for(kTwoTendings);
}

}  // namespace

std::vector<std::string> churn_arguments() {
  return {"--keep-for", "30s", "--journal-keep", "10s", "--events-keep", "10s"};
}

Rows measure_churn(const std::function<std::unique_ptr<StoreProcess>()>& fresh_store,
                   const ChurnOptions& options) {
  Rows rows;
  const auto store = fresh_store();
  LoadOptions of_load = options.load;
  of_load.stay_every = kStayEvery;
  of_load.jobs = options.jobs_round;
  const std::uint64_t ending = of_load.jobs - of_load.jobs / kStayEvery;
  // A GUID, the shortest name of a client, and the request are what somebody wants to be kept.
  const auto bytes_of_job = static_cast<double>(of_load.request.size() + 36 + 2);
  for (std::uint64_t jobs = of_load.jobs; jobs <= options.jobs; jobs += of_load.jobs) {
    const auto start = SteadyClock::now();
    {
      Load load(*store, of_load);
      load.run([&] { return load.finished() >= ending; });
    }
    const double load_s = seconds_since(start);
    std::this_thread::sleep_for(500ms);  // until the load's accepts are over, which would get jobs
    auto old_ms = accept_ms(*store, of_load);
    auto fresh_ms = accept_ms(*fresh_store(), of_load);
    const auto busy_rss = static_cast<double>(store->usage().rss_bytes);
    double serves_s = 0;
    if (jobs / of_load.jobs % 2 == 0) {
      store->kill();
      const auto starting = SteadyClock::now();
      store->start();
      serves_s = seconds_since(starting);
    }
    wait_until_forgotten(*store);
    const Disk disk = disk_of(store->data());
    const std::uint64_t staying = jobs / kStayEvery;
    const double live_bytes = static_cast<double>(staying) * bytes_of_job;
    rows.push_back({fmt::format("churn, {} jobs", jobs),
                    {{"lives/s", static_cast<double>(ending) / load_s},
                     {"p50 ms", percentile(old_ms, 0.5)},
                     {"p99 ms", percentile(old_ms, 0.99)},
                     {"fresh p50", percentile(fresh_ms, 0.5)},
                     {"fresh p99", percentile(fresh_ms, 0.99)},
                     {"RSS MB busy", busy_rss / 1e6},
                     {"RSS MB idle", static_cast<double>(store->usage().rss_bytes) / 1e6},
                     {"serves after s", serves_s},
                     {"disk MB", static_cast<double>(disk.bytes) / 1e6},
                     {"disk/live", static_cast<double>(disk.bytes) / live_bytes},
                     {"files", static_cast<double>(disk.files)}}});
    fmt::print(stderr, "{}\n", to_json({rows.back()}));  // what it comes to takes an hour
  }
  return rows;
}

}  // namespace bench
