#include "top_view.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "utf8.h"

using namespace tools;
using namespace std::chrono_literals;

namespace {

const jobq::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h;

// "scan" after `submitted` jobs, half of them complete, with one function.
Sample sample(jobq::Time time, std::uint64_t submitted, std::uint64_t errors = 0) {
  const jobq::Counters total{.submitted = submitted,
                             .runs = submitted / 2,
                             .complete = submitted / 2,
                             .errors = errors,
                             .waited = jobq::Span(submitted * 100),
                             .ran = jobq::Span((submitted / 2 - 3) * 2000)};
  jobq::DatasourceStats stats{.datasource = "scan",
                              .ready = 7,
                              .delayed = 2,
                              .running = 3,
                              .clients = 5,
                              .workers_waiting = 1,
                              .oldest_ready_at = kNow - 90s,
                              .total = total};
  stats.functions = {{.function = "ocr",
                      .waiting = 9,
                      .running = 3,
                      .oldest_ready_at = kNow - 90s,
                      .total = total}};
  return {.time = time, .datasources = {stats}, .workers = {}};
}

}  // namespace

TEST_CASE("rates are differences of counters over the time between") {
  const auto rates = rates_between({.submitted = 10, .complete = 5, .errors = 1},
                                   {.submitted = 30, .complete = 6, .errors = 1}, 2s);
  REQUIRE(rates);
  CHECK(rates->submitted == 10);
  CHECK(rates->complete == 0.5);
  CHECK(rates->errors == 0);
}

TEST_CASE("there are no rates without time between, or of counters that went back") {
  CHECK_FALSE(rates_between({}, {.submitted = 1}, 0s));
  CHECK_FALSE(rates_between({}, {.submitted = 1}, -1s));
  CHECK_FALSE(rates_between({.submitted = 2}, {.submitted = 1}, 1s));
  CHECK_FALSE(rates_between({.complete = 2}, {.submitted = 1}, 1s));
  CHECK_FALSE(rates_between({.errors = 2}, {.submitted = 1}, 1s));
}

TEST_CASE("rates have as many digits as they are worth") {
  CHECK(rate_text(std::nullopt) == "-");
  CHECK(rate_text(0) == "0");
  CHECK(rate_text(0.26) == "0.3");
  CHECK(rate_text(9.94) == "9.9");
  CHECK(rate_text(9.96) == "10");
  CHECK(rate_text(12345.6) == "12346");
}

TEST_CASE("datasources show what waits, what runs and how fast") {
  CHECK(datasources_view(sample(kNow - 2s, 100), sample(kNow, 300, 1), {}) ==
        "DATASOURCE  MODE     READY  DELAYED  RUNNING  SUBMIT/S  DONE/S  ERROR/S  OLDEST  CLIENTS"
        "  IDLE WORKERS\n"
        "scan        running      7        2        3       100      50      0.5    90 s        5"
        "             1\n");
}

TEST_CASE("a first look has no rates, nor has a datasource that is new") {
  const std::string first = datasources_view({}, sample(kNow, 300), {});
  CHECK_THAT(first, Catch::Contains("-       -        -    90 s"));
  Sample before = sample(kNow - 2s, 100);
  before.datasources[0].datasource = "print";
  CHECK(datasources_view(before, sample(kNow, 300), {}) == first);
}

TEST_CASE("functions show rates and means; a new one counts from zero") {
  CHECK(functions_view(sample(kNow - 2s, 100), sample(kNow, 300, 1), {}) ==
        "FUNCTION  WAITING  RUNNING  SUBMIT/S  DONE/S  ERROR/S  OLDEST  MEAN WAIT  MEAN RUN\n"
        "ocr             9        3       100      50      0.5    90 s     200 ms       2 s\n");
  Sample before = sample(kNow - 2s, 100);
  before.datasources[0].functions.clear();
  CHECK_THAT(functions_view(before, sample(kNow, 300), {}), Catch::Contains(" 150      75 "));
  CHECK(functions_view({}, {}, {}).empty());
}

TEST_CASE("what has no name is called so") {
  Sample now = sample(kNow, 300);
  now.datasources[0].functions[0].function.clear();
  CHECK_THAT(functions_view({}, now, {}), Catch::Contains("(none)"));
}

TEST_CASE("workers show what they do and since when") {
  const jobq::WorkerStatus busy{
      .worker = "w1",
      .heard_at = kNow - 3s,
      .running = 2,
      .leases = {{.lease = {"a", 1}, .function = "ocr", .accepted_at = kNow - 10s, .progress = 0.5},
                 {.lease = {"b", 1}, .accepted_at = kNow - 1s}},
      .state = jobq::WorkerState::kBusy};
  const jobq::WorkerStatus idle{.worker = "w2", .heard_at = kNow, .is_waiting = true};
  CHECK(workers_view({busy, idle}, kNow, {}) ==
        "WORKER  STATE  HEARD    RUNNING  JOBS\n"
        "w1      busy   3 s ago        2  a 50 % for 10 s ocr, b for 1 s\n"
        "w2      idle   now            0  (waits for a job)\n");
  CHECK(workers_view({}, kNow, {}).empty());
}

TEST_CASE("workers that have gone are only counted, the busiest come first") {
  const std::vector<jobq::WorkerStatus> workers = {
      {.worker = "gone", .heard_at = kNow - 61s},
      {.worker = "between", .heard_at = kNow - 59s},
      {.worker = "waits", .heard_at = kNow - 2h, .is_waiting = true},
      {.worker = "busy", .heard_at = kNow - 2h, .running = 1}};
  CHECK(workers_view(workers, kNow, {}) ==
        "WORKER   STATE  HEARD     RUNNING  JOBS\n"
        "busy     idle   2 h ago         1\n"
        "waits    idle   2 h ago         0  (waits for a job)\n"
        "between  idle   59 s ago        0\n"
        "1 without a job, not heard of for a minute\n");
}

TEST_CASE("functions are sorted by what goes on, and leave room for workers") {
  Sample now = sample(kNow, 300);
  auto& functions = now.datasources[0].functions;
  functions = {{.function = "(others)", .running = 9}, {.function = "idle"}};
  for (unsigned i = 0; i < 30; ++i) {
    functions.push_back({.function = "f" + std::to_string(i), .waiting = i});
    now.workers.push_back({.worker = "w" + std::to_string(i), .heard_at = kNow, .running = i});
  }
  functions.push_back({.function = "runs", .running = 1});
  const std::string text = functions_view({}, now, {});
  CHECK(text.find("runs") < text.find("f29"));
  CHECK(text.find("f29") < text.find("f28"));
  CHECK(text.find("idle") < text.find("(others)"));
  for (const std::size_t lines_max : {11u, 24u, 50u, 80u}) {
    const std::string screen = sample_view({}, now, {}, lines_max);
    INFO(screen);
    CHECK(static_cast<std::size_t>(std::count(screen.begin(), screen.end(), '\n')) <= lines_max);
    CHECK_THAT(screen, Catch::Contains("runs") && Catch::Contains("w29"));
  }
}

TEST_CASE("what datasources and workers do fits terminals of every width") {
  Sample now = sample(kNow, 300);
  now.datasources[0].datasource = std::string(60, 'd');
  now.workers = {{.worker = std::string(60, 'w'),
                  .heard_at = kNow,
                  .running = 1,
                  .leases = {{.lease = {"6f9619ff-8b86-4011-b42d-00c04fc964ff", 1},
                              .function = "ocr",
                              .accepted_at = kNow - 10s,
                              .progress = 0.5}}}};
  for (const std::size_t width : {60u, 80u, 120u, 200u}) {
    const std::string text = sample_view({}, now, {.width = width}, 0);
    INFO(text);
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
      CHECK(width_of(rest.substr(0, rest.find('\n'))) <= width);
    }
    CHECK_THAT(text, Catch::Contains("6f96\u202664ff 50 % for 10 s"));
    CHECK_THAT(text, Catch::Contains("READY") && Catch::Contains("DONE/S"));
  }
}

TEST_CASE("totals have means over attempts") {
  const std::string totals = totals_view(sample(kNow, 300).datasources, {});
  CHECK_THAT(totals, Catch::Contains("scan              300   150       150"));
  CHECK_THAT(totals, Catch::Contains("200 ms       2 s\n"));
  const std::string functions = function_totals_view(sample(kNow, 300).datasources[0], kNow, {});
  CHECK_THAT(functions, Catch::Contains("\nocr ") && Catch::Contains("\n(all) "));
}

TEST_CASE("as JSON a look has its rates in it") {
  const Json json = sample_fields(sample(kNow - 2s, 100), sample(kNow, 300, 1));
  const Json& datasource = json["datasources"][0];
  CHECK(datasource["datasource"] == "scan");
  CHECK(datasource["ready"] == 7);
  CHECK(datasource["perSecond"]["submitted"] == 100.0);
  CHECK(datasource["functions"][0]["perSecond"]["errors"] == 0.5);
  CHECK_FALSE(sample_fields({}, sample(kNow, 300))["datasources"][0].contains("perSecond"));
}
