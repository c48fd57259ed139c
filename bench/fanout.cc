#include "fanout.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "costs.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "jobq/watch.h"
#include "load.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kBatch = 64;
constexpr std::uint64_t kEventsOfLife = 3;
constexpr auto kPace = 5ms;
constexpr unsigned kWarmUpJobs = 40;
// Told to all together under full load: one machine can hear no more in a bearable time.
constexpr std::uint64_t kToldMax = 4'000'000;
constexpr std::uint64_t kJobsPerSecond = 20'000;
constexpr double kPatienceSeconds = 300;
const std::string kDatasource = "bench0";  // that of a Load

std::string client_name(unsigned index) { return "c" + std::to_string(index); }

// When jobs were submitted, and how long after that watchers heard of it.
class Announcements {
 public:
  void expect(const std::string& job, SteadyClock::time_point sent) {
    const std::lock_guard lock(mutex_);
    sent_at_[job] = sent;
    is_timed_ = true;
  }
  void hear(const jobq::Event& event) {
    if (!is_timed_ || event.kind != jobq::EventKind::kSubmitted) {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (const auto sent = sent_at_.find(event.job); sent != sent_at_.end()) {
      ms_.push_back(1e3 * seconds_since(sent->second));
    }
  }
  // From now on nothing is expected.
  std::vector<double> take_ms() {
    const std::lock_guard lock(mutex_);
    is_timed_ = false;
    sent_at_.clear();
    return std::exchange(ms_, {});
  }

 private:
  std::atomic<bool> is_timed_{false};
  std::mutex mutex_;
  std::unordered_map<std::string, SteadyClock::time_point> sent_at_;
  std::vector<double> ms_;
};

struct Heard {
  std::uint64_t by_stream = 0, by_log = 0, repairs = 0;
};

class Watcher {
 public:
  Watcher(const StoreProcess& store, const std::string& client, Announcements& announcements)
      : announcements_(announcements),
        watch_(store.connection({}),
               {.datasource = kDatasource, .client = client, .as_driver = client.empty()}) {
    if (!watch_.next(30s)) {  // the snapshot
      throw std::runtime_error("the store does not answer");
    }
    thread_ = std::thread([this] { run(); });
  }
  ~Watcher() {
    stops_ = true;
    watch_.interrupt();
    thread_.join();
  }
  Heard heard() const { return {by_stream_, by_log_, repairs_}; }

 private:
  void run() {
    while (!stops_) {
      const auto news = watch_.next(1s);
      if (!news) {
        continue;
      }
      if (const auto* event = std::get_if<jobq::Event>(&*news)) {
        announcements_.hear(*event);
      }
      const jobq::WatchCounters counters = watch_.counters();
      by_stream_ = counters.from_stream;
      by_log_ = counters.from_log;
      repairs_ = counters.repairs;
    }
  }

  Announcements& announcements_;
  jobq::Watch watch_;
  std::atomic<bool> stops_{false};
  std::atomic<std::uint64_t> by_stream_{0};
  std::atomic<std::uint64_t> by_log_{0};
  std::atomic<std::uint64_t> repairs_{0};
  std::thread thread_;
};

class Audience {
 public:
  Audience(const StoreProcess& store, unsigned count, bool one_scope) : one_scope_(one_scope) {
    for (unsigned i = 0; i < count; ++i) {
      watchers_.push_back(std::make_unique<Watcher>(
          store, one_scope ? std::string() : client_name(i), announcements_));
    }
  }
  Announcements& announcements() { return announcements_; }
  // How many hear of each event.
  std::uint64_t told_of_each() const { return one_scope_ ? watchers_.size() : 1; }
  unsigned clients() const {
    return one_scope_ ? 1 : static_cast<unsigned>(std::max<std::size_t>(watchers_.size(), 1));
  }

  Heard heard() const {
    Heard all;
    for (const auto& watcher : watchers_) {
      const Heard heard = watcher->heard();
      all.by_stream += heard.by_stream;
      all.by_log += heard.by_log;
      all.repairs += heard.repairs;
    }
    return all;
  }
  void wait_until_heard(std::uint64_t count) const {
    const auto start = SteadyClock::now();
    for (Heard now = heard(); now.by_stream + now.by_log < count; now = heard()) {
      if (seconds_since(start) > kPatienceSeconds) {
        throw std::runtime_error(fmt::format("{} of {} events were not told",
                                             count - now.by_stream - now.by_log, count));
      }
      std::this_thread::sleep_for(2ms);
    }
  }

 private:
  const bool one_scope_;
  Announcements announcements_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
};

// Whole lives, with enough messages under way to keep the store busy; returns the number of events.
std::uint64_t make_events(const StoreProcess& store, const Audience& audience, unsigned seconds) {
  const std::uint64_t hearers = std::max<std::uint64_t>(audience.told_of_each(), 1);
  LoadOptions options{
      .batch = kBatch, .submits = 8, .accepts = 8, .ahead = std::uint64_t{32} * kBatch};
  options.jobs = std::min(kJobsPerSecond * seconds, kToldMax / kEventsOfLife / hearers);
  options.clients.clear();
  for (unsigned i = 0; i < audience.clients(); ++i) {
    options.clients.push_back(client_name(i));
  }
  Load load(store, options);
  load.run([&] { return load.finished() >= options.jobs; });
  return kEventsOfLife * options.jobs;
}

// One job each kPace, which is taken back as soon as it is there: two events. Returns how long the
// submits' answers took, in ms.
std::vector<double> make_single_jobs(const StoreProcess& store, Audience& audience,
                                     std::uint64_t count) {
  jobq::Client client(store.connection({}));
  std::vector<double> answers;
  auto at = SteadyClock::now();
  for (std::uint64_t i = 0; i < count; ++i, at += kPace) {
    std::this_thread::sleep_until(at);
    const std::string of = client_name(static_cast<unsigned>(i) % audience.clients());
    const std::string job = jobq::new_guid();
    const auto sent = SteadyClock::now();
    audience.announcements().expect(job, sent);
    client.submit(kDatasource, {.job = job, .request = "{}", .client = of});
    answers.push_back(1e3 * seconds_since(sent));
    client.cancel(kDatasource, job, of);
  }
  return answers;
}

// What came of `events`, counted from the beginning of a phase on.
class Phase {
 public:
  Phase(StoreProcess& store, const Audience& audience)
      : store_(store), audience_(audience), client_(store.connection({})) {
    heard_ = audience_.heard();
    stats_ = client_.store_stats();
    cpu_s_ = store_.usage().cpu_s;
    start_ = SteadyClock::now();
  }

  // Waits until all is told. Of each subscriber: events that came by a frame and otherwise.
  Row row(std::string name, std::uint64_t events) {
    const double made_s = seconds_since(start_);
    const std::uint64_t told = events * audience_.told_of_each();
    const bool has_audience = audience_.told_of_each() > 0;
    audience_.wait_until_heard(heard_.by_stream + heard_.by_log + told);
    const double told_s = seconds_since(start_);
    const double cpu_us = 1e6 * (store_.usage().cpu_s - cpu_s_);
    const Heard heard = audience_.heard();
    const jobq::StoreStats stats = client_.store_stats();
    const auto made = static_cast<double>(events);
    const auto by_log = static_cast<double>(heard.by_log - heard_.by_log);
    const auto all = std::max(1.0, static_cast<double>(told));
    return {std::move(name),
            {{"events/s", made / made_s},
             {"told/s", has_audience ? all / told_s : 0},
             {"frames", static_cast<double>(stats.frames_sent - stats_.frames_sent)},
             {"frames lost", static_cast<double>(stats.frames_lost - stats_.frames_lost)},
             {"lost %", 100 * by_log / all},
             {"repairs", static_cast<double>(heard.repairs - heard_.repairs)},
             {"CPU us/event", cpu_us / made},
             {"CPU us/told", has_audience ? cpu_us / all : 0}}};
  }

 private:
  StoreProcess& store_;
  const Audience& audience_;
  jobq::Client client_;
  Heard heard_;
  jobq::StoreStats stats_;
  double cpu_s_ = 0;
  SteadyClock::time_point start_;
};

Rows measure(StoreProcess& store, unsigned subscribers, bool one_scope, unsigned seconds) {
  jobq::Driver(store.connection({})).configure({.datasource = kDatasource});
  Audience audience(store, subscribers, one_scope);
  const std::string name =
      fmt::format("{} {}", subscribers, one_scope ? "of one scope" : "of one each");
  make_single_jobs(store, audience, kWarmUpJobs);
  audience.wait_until_heard(std::size_t{2} * kWarmUpJobs * audience.told_of_each());
  audience.announcements().take_ms();

  Phase calm(store, audience);
  const std::uint64_t jobs = seconds * (1s / kPace);
  std::vector<double> answers = make_single_jobs(store, audience, jobs);
  Row calm_row = calm.row(name + ", 200 jobs/s", 2 * jobs);
  std::vector<double> told = audience.announcements().take_ms();

  Phase rush(store, audience);
  const std::uint64_t events = make_events(store, audience, seconds);
  return {std::move(calm_row),
          {name + ": submit to",
           {{"answer p50 ms", percentile(answers, 0.5)},
            {"p99 ms", percentile(answers, 0.99)},
            {"told p50 ms", percentile(told, 0.5)},
            {"told p99 ms", percentile(told, 0.99)}}},
          rush.row(name + ", full load", events)};
}

}  // namespace

Rows measure_fanout(const std::function<std::unique_ptr<StoreProcess>()>& fresh_store,
                    unsigned seconds) {
  Rows rows;
  const auto add = [&](unsigned subscribers, bool one_scope) {
    const auto store = fresh_store();
    const Rows more = measure(*store, subscribers, one_scope, seconds);
    rows.insert(rows.end(), more.begin(), more.end());
  };
  for (const unsigned subscribers : {0u, 1u, 10u, 100u}) {
    add(subscribers, true);
  }
  for (const unsigned subscribers : {10u, 100u, 1000u}) {
    add(subscribers, false);
  }
  // Alike ones together, since they have the same columns.
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.figures.size() > b.figures.size(); });
  return rows;
}

}  // namespace bench
