#include "job_terms.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "failure.h"

using namespace tools;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Catch::Contains;

namespace {

jobq::Backoff backoff(const std::string& text) { return backoff_of_option("--backoff", text); }

jobq::NewJob job_of(const std::string& line) { return job_of_line(line, {}); }

}  // namespace

TEST_CASE("a backoff is said part by part, the rest is as by default") {
  const jobq::Backoff all = backoff("initial=5s,factor=1.5,max=10m,jitter=0%");
  CHECK(all.initial == jobq::Span(5s));
  CHECK(all.factor_percent == 150);
  CHECK(all.max == jobq::Span(10min));
  CHECK(all.jitter_percent == 0);
  const jobq::Backoff some = backoff("factor=3");
  CHECK(some.initial == jobq::Span(1s));
  CHECK(some.factor_percent == 300);
  CHECK(some.max == jobq::Span(1h));
  CHECK(some.jitter_percent == 20);
  CHECK(backoff("jitter=50,initial=2s").jitter_percent == 50);
  CHECK(backoff("none").initial == jobq::Span(0s));
  // A long first delay is its own maximum, unless one is said.
  CHECK(backoff("initial=2h").max == jobq::Span(2h));
}

TEST_CASE("a backoff that cannot be is refused by the part") {
  CHECK_THROWS_WITH(backoff("initial=5x"), Contains("--backoff initial: '5x'"));
  CHECK_THROWS_WITH(backoff("initial=366d"), Contains("--backoff initial") && Contains("365d"));
  CHECK_THROWS_WITH(backoff("factor=0.5"), Contains("--backoff factor") && Contains("1 to 100"));
  CHECK_THROWS_WITH(backoff("factor=101"), Contains("--backoff factor"));
  CHECK_THROWS_WITH(backoff("factor=two"), Contains("--backoff factor"));
  CHECK_THROWS_WITH(backoff("jitter=101%"), Contains("--backoff jitter") && Contains("100%"));
  for (const char* text : {"jitter=0.2", "jitter=20.5%", "jitter=.2", "jitter=%", "jitter=-1"}) {
    CHECK_THROWS_WITH(backoff(text), Contains("whole percentage"));
  }
  CHECK_THROWS_WITH(backoff("1s,2,1h,20%"), Contains("initial=1s,factor=2"));
  CHECK_THROWS_WITH(backoff("start=1s"), Contains("'start'"));
  CHECK_THROWS_WITH(backoff("initial=2m,max=1m"), Contains("max is shorter"));
  for (const char* text : {"", ",", "initial", "initial="}) {
    INFO(text);
    CHECK_THROWS_AS(backoff(text), UsageError);
  }
}

TEST_CASE("a backoff is shown as it is said") {
  for (const char* text : {"initial=1s,factor=2,max=1h,jitter=20%",
                           "initial=500ms,factor=1.25,max=1d,jitter=0%", "none"}) {
    CHECK(backoff_text(backoff(text)) == text);
  }
}

TEST_CASE("the environment's trace is taken if it is one, as the store sees it") {
  const auto trace = [](const std::string& value) {
    ::setenv("TRACEPARENT", value.c_str(), 1);
    return trace_of_environment();
  };
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  CHECK(trace(good) == good);
  for (const std::string& bad : {std::string(), good + "0", "ff" + good.substr(2),
                                 "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"s,
                                 "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"s,
                                 "00-00000000000000000000000000000000-00f067aa0ba902b7-01"s,
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"s}) {
    INFO(bad);
    CHECK(trace(bad).empty());
  }
  ::unsetenv("TRACEPARENT");
}

TEST_CASE("a line of JSON is a whole job") {
  const jobq::NewJob job = job_of(
      R"({"job": "j", "client": "alice", "request": {"n": 12345678901234567890.50},
          "function": "ocr", "priority": 80, "keepForMs": 1000, "delayMs": 2000,
          "validForMs": 3000, "timeoutMs": 4000, "failuresMax": 6, "lostLeasesMax": 7,
          "releasesMax": 8, "tags": ["a", "b"], "trace": "t",
          "backoff": {"initialMs": 9, "factorPercent": 300, "maxMs": 10, "jitterPercent": 11}})");
  CHECK(job.job == "j");
  CHECK(job.client == "alice");
  CHECK(job.request == R"({"n": 12345678901234567890.50})");  // its digits are the driver's
  CHECK(job.function == "ocr");
  CHECK(job.priority == 80);
  CHECK(job.terms.keep_for == jobq::Span(1s));
  CHECK(job.delay == jobq::Span(2s));
  CHECK(job.terms.valid_for == jobq::Span(3s));
  CHECK(job.terms.timeout == jobq::Span(4s));
  CHECK(job.terms.failures_max == 6);
  CHECK(job.terms.lost_leases_max == 7);
  CHECK(job.terms.releases_max == 8);
  CHECK(job.tags == std::vector<std::string>{"a", "b"});
  CHECK(job.trace == "t");
  REQUIRE(job.terms.backoff);
  CHECK(job.terms.backoff->initial == jobq::Span(9ms));
  CHECK(job.terms.backoff->factor_percent == 300);
  CHECK(job.terms.backoff->max == jobq::Span(10ms));
  CHECK(job.terms.backoff->jitter_percent == 11);
}

TEST_CASE("a time in a line is RFC 3339 or milliseconds") {
  const auto time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 10h;
  CHECK(job_of(R"({"request": 1, "notBefore": "2026-11-23T10:00:00Z"})").not_before == time);
  CHECK(job_of(R"({"request": 1, "notBefore": 1795428000000})").not_before == time);
}

TEST_CASE("what a line leaves out is as the options say") {
  const jobq::NewJob otherwise{.client = "alice", .priority = 70, .tags = {"night"}};
  const jobq::NewJob job = job_of_line(R"({"request": 1, "priority": 80})", otherwise);
  CHECK(job.client == "alice");
  CHECK(job.priority == 80);
  CHECK(job.tags == std::vector<std::string>{"night"});
}

TEST_CASE("what would mean the default if it were taken is refused") {
  for (const char* field : {"client", "job", "function", "trace"}) {
    const std::string line = fmt::format(R"({{"request": 1, "{}": ""}})", field);
    CHECK_THROWS_WITH(job_of(line), Contains(field) && Contains("must not be empty"));
  }
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "tags": [""]})"), Contains("must not be empty"));
  for (const char* field : {"keepForMs", "validForMs", "timeoutMs", "failuresMax", "lostLeasesMax",
                            "releasesMax", "priority"}) {
    const std::string line = fmt::format(R"({{"request": 1, "{}": 0}})", field);
    CHECK_THROWS_WITH(job_of(line), Contains(field) && Contains("from 1 to"));
  }
  CHECK(job_of(R"({"request": 1, "delayMs": 0})").delay == jobq::Span{});
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "client": "a", "client": "b"})"),
                    Contains("field client") && Contains("twice"));
}

TEST_CASE("a line that is no job is refused by the field") {
  CHECK_THROWS_WITH(job_of("{"), Contains("not JSON"));
  CHECK_THROWS_WITH(job_of("[1]"), Contains("not a JSON object"));
  CHECK_THROWS_WITH(job_of("{}"), Contains("field request: it is missing"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "prio": 1})"), Contains("field prio"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "priority": "1"})"), Contains("field priority"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "priority": -1})"), Contains("field priority"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "priority": 1.5})"), Contains("field priority"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "delayMs": 1e30})"), Contains("field delayMs"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "delayMs": 18446744073709551615})"),
                    Contains("field delayMs"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "client": 7})"), Contains("field client"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "tags": "a"})"), Contains("field tags"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "tags": [1]})"), Contains("field tags"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "notBefore": "soon"})"), Contains("field notBefore"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "backoff": "none"})"), Contains("field backoff"));
  CHECK_THROWS_WITH(job_of(R"({"request": 1, "backoff": {"max": 1}})"),
                    Contains("field backoff.max"));
}
