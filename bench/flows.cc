#include "flows.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "steady_time.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kListMax = 1024;
constexpr unsigned kAfterMax = 64;

std::string name_of(unsigned level, unsigned number) { return fmt::format("{}-{}", level, number); }

void submit(jobq::Client& client, const std::vector<jobq::NewJob>& jobs) {
  for (std::size_t from = 0; from < jobs.size(); from += kListMax) {
    const std::size_t to = std::min(jobs.size(), from + kListMax);
    const std::vector<jobq::NewJob> list(jobs.begin() + static_cast<std::ptrdiff_t>(from),
                                         jobs.begin() + static_cast<std::ptrdiff_t>(to));
    for (const jobq::SubmitResult& result : client.submit_many("bench", list)) {
      if (result.code != 200) {
        throw std::runtime_error("submit: " + result.error);
      }
    }
  }
}

// Until there are none for a while.
unsigned run_all(jobq::Driver& driver, unsigned count) {
  unsigned done = 0;
  while (done < count) {
    const auto jobs = driver.accept("bench", {.worker = "w", .max = 256, .lease = 60s, .wait = 5s});
    if (jobs.empty()) {
      throw std::runtime_error(fmt::format("{} of {} jobs ran, and no more comes", done, count));
    }
    std::vector<jobq::Outcome> outcomes;
    for (const jobq::AcceptedJob& job : jobs) {
      outcomes.push_back({job.lease, jobq::Done{"1"}});
    }
    for (const jobq::UpdateResult& result : driver.update("bench", outcomes)) {
      done += result.code == 200 ? 1 : 0;
    }
  }
  return done;
}

Row measured(const StoreProcess& store, std::string name, const std::vector<jobq::NewJob>& jobs) {
  jobq::Client client(store.connection({"path = /bench/*"}));
  jobq::Driver driver(store.connection({"path = /jobs/bench/*"}));
  const auto begin = SteadyClock::now();
  submit(client, jobs);
  const double submitted = seconds_since(begin);
  const auto start = SteadyClock::now();
  const unsigned done = run_all(driver, static_cast<unsigned>(jobs.size()));
  const double ran = seconds_since(start);
  return {std::move(name), {{"submits s", submitted}, {"runs s", ran}, {"jobs/s", done / ran}}};
}

}  // namespace

Row measure_fan(const StoreProcess& store, unsigned count) {
  std::vector<jobq::NewJob> jobs{{.job = "first", .request = "1", .client = "c"}};
  for (unsigned i = 0; i < count; ++i) {
    jobs.push_back({.job = name_of(0, i),
                    .request = "1",
                    .client = "c",
                    .after = {{.datasource = {}, .job = "first"}}});
  }
  for (unsigned level = 1; count > 1; ++level) {
    const unsigned below = std::exchange(count, (count + kAfterMax - 1) / kAfterMax);
    for (unsigned i = 0; i < count; ++i) {
      jobq::NewJob& job = jobs.emplace_back();
      job = {.job = name_of(level, i), .request = "1", .client = "c"};
      for (unsigned k = i * kAfterMax; k < std::min(below, (i + 1) * kAfterMax); ++k) {
        job.after.push_back({.datasource = {}, .job = name_of(level - 1, k)});
      }
    }
  }
  return measured(store, fmt::format("fan-out and fan-in, {} jobs", jobs.size()), jobs);
}

Row measure_chain(const StoreProcess& store, unsigned count) {
  std::vector<jobq::NewJob> jobs;
  for (unsigned i = 0; i < count; ++i) {
    jobs.push_back({.job = name_of(0, i), .request = "1", .client = "c"});
    if (i > 0) {
      jobs.back().after = {{.datasource = {}, .job = name_of(0, i - 1)}};
    }
  }
  return measured(store, fmt::format("chain of {} jobs", count), jobs);
}

}  // namespace bench
