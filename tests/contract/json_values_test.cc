#include "json_values.h"

#include <catch2/catch.hpp>

using namespace jobq;
using namespace std::chrono_literals;

namespace {

const Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h + 7ms;

template <class T>
std::string line_of(const T& value) {
  std::string text;
  append_json(text, value);
  return text;
}

template <class T>
T value_of(std::string_view text, const JsonReading& reading = {}) {
  T value{};
  read_json(text, value, reading);
  return value;
}

template <class T>
std::string wrong_with(std::string_view text) {
  try {
    static_cast<void>(value_of<T>(text));
  } catch (const WrongField& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a value is a line, with what is JSON already in it as it was written") {
  JobPage page{.jobs = std::vector<JobStatus>(2), .cursor = 7};
  page.jobs[0].job = "a";
  page.jobs[0].request = "[1,\n 1.0]";
  page.jobs[1].job = "b";
  CHECK(line_of(page) ==
        R"({"jobs":[{"job":"a","status":"submitted","sequence":0,"changed":0,)"
        R"("attempt":0,"failures":0,"lostLeases":0,"releases":0,"request":[1,  1.0]},)"
        R"({"job":"b","status":"submitted","sequence":0,"changed":0,"attempt":0,)"
        R"("failures":0,"lostLeases":0,"releases":0}],"cursor":7,"last":0})");
}

TEST_CASE("fields of a value within a value stand among its own, and so does a lease") {
  const NewJob job{.job = "a", .request = "{}", .terms = {.timeout = 5s}, .tags = {"x"}};
  const std::string line = line_of(job);
  CHECK(line == R"({"job":"a","request":{},"timeoutMs":5000,"tags":["x"]})");
  const auto read = value_of<NewJob>(line);
  CHECK(read.terms == job.terms);
  CHECK(read.request == "{}");
  CHECK(read.tags == job.tags);

  AcceptedJob accepted;
  accepted.lease = {"a", 3, "T"};
  accepted.lease_until = kNow;
  accepted.request = "\"r\"";
  const std::string text = line_of(accepted);
  CHECK_THAT(text, Catch::StartsWith(R"({"job":"a","attempt":3,"leaseToken":"T","leaseUntil":)"
                                     R"("2026-11-23T12:00:00.007Z",)"));
  const auto again = value_of<AcceptedJob>(text);
  CHECK(again.lease.job == "a");
  CHECK(again.lease.attempt == 3);
  CHECK(again.lease.token == "T");
  CHECK(again.request == "\"r\"");
  CHECK(line_of(again) == text);
}

TEST_CASE("numbers, spans and times are read as they are written") {
  CHECK(value_of<AcceptQuery>(R"({"max":2,"leaseMs":100,"functions":["a","b"]})").functions ==
        std::vector<std::string>{"a", "b"});
  for (const char* text :
       {R"({"notBefore":"2026-11-23T12:00:00.007Z"})",
        R"({"notBefore":"2026-11-23T13:00:00.007+01:00"})", R"({ "notBefore" : 1795435200007 })"}) {
    INFO(text);
    CHECK(value_of<NewJob>(text).not_before == kNow);
  }
  CHECK(wrong_with<NewJob>(R"({"notBefore":1.5})") == "field notBefore: a text is expected");
  CHECK(wrong_with<NewJob>(R"({"notBefore":253402300800000})") ==
        "field notBefore: a whole number from 0 to 253402300799999 is expected");
  CHECK(wrong_with<NewJob>(R"({"delayMs":"1s"})") ==
        "field delayMs: a whole number from 0 to 3155760000000 is expected");
  CHECK(wrong_with<NewJob>(R"({"priority":1e2})") ==
        "field priority: a whole number from 0 to 4294967295 is expected");
  CHECK(value_of<SubmitResult>(R"({"created":true})").created);
  CHECK(wrong_with<SubmitResult>(R"({"created":1})") == "field created: true or false is expected");
}

TEMPLATE_TEST_CASE("what is written reads the same", "", Explanation, JobStatus, LogPage,
                   RequestPage, SubmitResult, UpdateResult, AcceptQuery, RenewQuery, ListQuery,
                   RequestQuery, DatasourceConfig, DatasourceStats, WorkerStatus, StoreStatus,
                   StoreStats, Event, Backup, Edit, RedriveQuery, TokenUse) {
  const std::string line = line_of(TestType{});
  CHECK(line_of(value_of<TestType>(line)) == line);
}

TEST_CASE("what is left out stays as it is, or is zero as in messages") {
  CHECK(value_of<Backoff>("{}") == Backoff());
  CHECK(value_of<Backoff>("{}", {.is_zero_by_default = true}).initial == 0s);
}

TEST_CASE("a field that is none is refused, or ignored") {
  CHECK(wrong_with<Backoff>(R"({"initial":1})") == "field initial: there is no such field");
  CHECK(wrong_with<DatasourceConfig>(R"({"terms":{"backoff":{"x":1}}})") ==
        "field terms.backoff.x: there is no such field");
  CHECK(value_of<Backoff>(R"({"x":[{"y":"}"}],"factorPercent":300})", {.ignores_unknown = true})
            .factor_percent == 300);
}

TEST_CASE("a field that stands there twice is refused at every depth") {
  CHECK(wrong_with<DatasourceConfig>(R"({"terms":{"timeoutMs":1,"timeoutMs":1}})") ==
        "field terms.timeoutMs: it stands there twice");
}

TEST_CASE("a text that is no Unicode is refused, in a name too") {
  CHECK(wrong_with<DatasourceConfig>(R"({"description":"\ud800"})") ==
        "field description: is not JSON");
  CHECK(wrong_with<DatasourceConfig>(R"({"terms":{"\ud800":1}})") == "field terms: is not JSON");
}

TEST_CASE("what is no object is told by where it stands") {
  CHECK(wrong_with<Backoff>("[]") == "an object is expected");
  CHECK(wrong_with<DatasourceConfig>(R"({"weights":[{},7]})") ==
        "field weights[1]: an object is expected");
  CHECK(wrong_with<DatasourceConfig>(R"({"weights":{}})") == "field weights: a list is expected");
  const std::string word(65, 'x');
  CHECK(wrong_with<DatasourceConfig>(R"({"mode":")" + word + R"("})") ==
        "field mode: is no word of it");
}

TEST_CASE("values that may stand within one another are read to a depth") {
  const auto nested = [](int depth) {
    std::string text = "{}";
    for (int i = 0; i < depth; ++i) text = R"({"then":[)" + text + "]}";
    return text;
  };
  jobq::FollowUp follow_up;
  jobq::read_json(nested(20), follow_up);
  REQUIRE_THROWS_AS(jobq::read_json(nested(1000), follow_up), jobq::WrongField);
}

TEST_CASE("a count of none is told") {
  std::string text;
  jobq::append_json(text, jobq::JobCount{});
  REQUIRE(text == R"({"count":0,"cursor":0})");
}
