// Whatever is lost on the way, and however often the store is killed: every watcher is told of
// every event of its scope, once, in order, and ends with the store's own picture.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "load.h"
#include "lossy_proxy.h"
#include "peer.h"
#include "watcher.h"

namespace watch {
namespace {

std::uint64_t number_of_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<SeenEvent> after(const std::vector<SeenEvent>& events, std::uint64_t cursor) {
  std::vector<SeenEvent> later;
  std::copy_if(events.begin(), events.end(), std::back_inserter(later),
               [&](const SeenEvent& event) { return event.sequence > cursor; });
  return later;
}

// What a watcher believes of each job in the end.
std::map<std::string, unsigned> picture(const Watcher& watcher) {
  auto statuses = watcher.statuses_before();
  for (const SeenEvent& event : watcher.events()) {
    statuses[event.job] = event.status;
  }
  return statuses;
}

std::map<std::string, unsigned> statuses_in_store(const WatchedStore& store) {
  std::map<std::string, unsigned> statuses;
  jobq::Driver driver(store.connection());
  jobq::ListQuery query{.limit = 1000};
  do {
    const jobq::JobPage page = driver.list(kDatasource, query);
    for (const jobq::JobStatus& job : page.jobs) {
      statuses[job.job] = static_cast<unsigned>(job.status);
    }
    query.cursor = page.cursor;
  } while (query.cursor != 0);
  return statuses;
}

void check(const Watcher& watcher, const std::vector<SeenEvent>& journal,
           const std::map<std::string, unsigned>& in_store) {
  const std::vector<SeenEvent> expected = after(journal, watcher.first_cursor());
  const auto [heard, there] = std::mismatch(watcher.events().begin(), watcher.events().end(),
                                            expected.begin(), expected.end());
  // Too much, too little, or something else than there is.
  CHECK(heard - watcher.events().begin() == std::ptrdiff_t(watcher.events().size()));
  CHECK(there - expected.begin() == std::ptrdiff_t(expected.size()));
  std::set<std::string> ended;
  for (const SeenEvent& event : watcher.events()) {
    if (jobq::is_final(static_cast<jobq::Status>(event.status))) {
      CHECK(ended.insert(event.job).second);
    }
  }
  for (const auto& [job, status] : picture(watcher)) {
    CHECK(in_store.at(job) == status);
  }
}

void run(std::uint64_t seed, std::uint64_t kills) {
  std::mt19937_64 random(seed);
  WatchedStore store({"--heartbeat", "100ms"});
  LossyProxy proxy(store.status_endpoint(), store.endpoint("proxy"), random());
  Load load(store.connection(), random());
  const std::string client = client_name(0);
  Watcher all(store.connection(), {.datasource = kDatasource, .as_driver = true}, proxy.endpoint(),
              random(), false);
  Watcher one(store.connection({"path = /scan/*", "client = " + client}),
              {.datasource = kDatasource}, proxy.endpoint(), random(), false);
  Watcher again(store.connection(), {.datasource = kDatasource, .client = client}, proxy.endpoint(),
                random(), true);
  for (std::uint64_t i = 0; i < kills; ++i) {
    load.go_on(200 + random() % 800);
    store.kill_and_restart();
  }
  load.go_on(200);
  load.finish();
  const std::vector<SeenEvent> journal = read_journal(store, "/jobs/scan/events");
  std::vector<SeenEvent> of_client;
  std::copy_if(journal.begin(), journal.end(), std::back_inserter(of_client),
               [&](const SeenEvent& event) { return event.client == client; });
  REQUIRE(journal.size() > 100);
  REQUIRE(proxy.dropped() > 0);
  const auto in_store = statuses_in_store(store);
  for (Watcher* watcher : {&all, &one, &again}) {
    watcher->finish(watcher == &all ? journal.back().sequence : of_client.back().sequence);
    check(*watcher, watcher == &all ? journal : of_client, in_store);
    const jobq::WatchCounters& counters = watcher->counters();
    std::cout << "seed " << seed << ": " << journal.size() << " events, " << counters.from_stream
              << " by the stream, " << counters.from_log << " from the event log, "
              << counters.repairs << " repairs, " << counters.reconnects << " reconnects\n";
  }
  CHECK(all.counters().from_stream > 0);
  CHECK(all.counters().repairs > 0);
}

// JOBQ_WATCH_SEED, JOBQ_WATCH_SEEDS and JOBQ_WATCH_KILLS make it another or a longer run.
TEST_CASE("watchers lose nothing behind a lossy proxy while the store is killed") {
  const std::uint64_t seed = number_of_environment("JOBQ_WATCH_SEED", 1);
  const std::uint64_t seeds = number_of_environment("JOBQ_WATCH_SEEDS", 3);
  const std::uint64_t kills = number_of_environment("JOBQ_WATCH_KILLS", 3);
  for (std::uint64_t i = 0; i < seeds; ++i) {
    CAPTURE(seed + i);
    run(seed + i, kills);
  }
}

TEST_CASE("an encrypted stream brings what happens, and nothing has to be repaired") {
  WatchedStore store({}, true);
  jobq::Client client(store.connection());
  jobq::Watch watch(store.connection({"path = /scan/*", "client = alice"}),
                    {.datasource = kDatasource});
  REQUIRE(std::holds_alternative<jobq::WatchSnapshot>(watch.next(wire::kPatience).value()));
  for (int i = 0; i < 20; ++i) {
    const jobq::JobStatus job =
        client.submit(kDatasource, jobq::NewJob{.request = "{}", .client = "alice"});
    const auto news = watch.next(wire::kPatience);
    REQUIRE(news);
    REQUIRE(std::holds_alternative<jobq::Event>(*news));
    CHECK(std::get<jobq::Event>(*news).job == job.job);
  }
  CHECK(watch.counters().from_stream > 0);
  CHECK(watch.counters().repairs == 0);
}

}  // namespace
}  // namespace watch
