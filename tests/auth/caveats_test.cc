#include "caveats.h"

#include <catch2/catch.hpp>

using namespace auth;
using namespace std::chrono_literals;

namespace {

const Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 10h;

Caveats parsed(const std::vector<std::string>& predicates) {
  std::vector<Caveat> caveats;
  for (const std::string& predicate : predicates) caveats.push_back({predicate, false});
  return Caveats::parse(caveats);
}

std::optional<std::string> failure(const std::vector<std::string>& predicates,
                                   std::string_view method, std::string_view path) {
  return parsed(predicates).first_failure({method, path, kNow}, "store");
}

bool allows(const std::string& predicate, std::string_view method, std::string_view path) {
  return !failure({predicate}, method, path);
}

bool allows_path(const std::string& pattern, std::string_view path) {
  return allows("path = " + pattern, "GET", path);
}

bool holds_at(const std::string& instant, Time now) {
  return !parsed({"time < " + instant}).first_failure({"GET", "/x", now}, "store");
}

}  // namespace

TEST_CASE("no caveats allow everything") {
  CHECK_FALSE(failure({}, "DELETE", "/admin/x"));
  CHECK(parsed({}).grant().client.empty());
  CHECK_FALSE(parsed({}).grant().expires);
}

TEST_CASE("a path caveat without a star covers that path only") {
  CHECK(allows_path("/x/job/", "/x/job/"));
  CHECK_FALSE(allows_path("/x/job/", "/x/job"));
  CHECK_FALSE(allows_path("/x/job/", "/x/job/a"));
  CHECK_FALSE(allows_path("/x/job/", "/X/job/"));
  CHECK_FALSE(allows_path("/x/job/", ""));
}

TEST_CASE("a trailing star stands for at least one character") {
  CHECK(allows_path("/x/*", "/x/y"));
  CHECK(allows_path("/x/*", "/x/y/z"));
  CHECK(allows_path("/x/*", "/x/*"));
  CHECK_FALSE(allows_path("/x/*", "/x/"));
  CHECK_FALSE(allows_path("/x/*", "/x"));
  CHECK_FALSE(allows_path("/x/*", "/xy/z"));
  CHECK_FALSE(allows_path("/x/*", "/jobs/x/accept"));
  CHECK(allows_path("/x*", "/xy"));
  CHECK(allows_path("*", "/"));
  CHECK_FALSE(allows_path("*", ""));
  CHECK(allows_path("/*", "/x"));
  CHECK_FALSE(allows_path("/*", "/"));
}

TEST_CASE("a star that is not at the end is a plain character") {
  CHECK_FALSE(allows_path("/*/job/", "/x/job/"));
  CHECK(allows_path("/*/job/", "/*/job/"));
  CHECK_FALSE(allows_path("/x/**", "/x/yz"));
  CHECK(allows_path("/x/**", "/x/*z"));
}

TEST_CASE("a path caveat may cover the path or the one that it stands for") {
  const auto allows_alias = [](const std::vector<std::string>& predicates) {
    return !parsed(predicates).first_failure({"POST", "/sub/x/job", kNow, "/x/job/events"}, "");
  };
  CHECK(allows_alias({"path = /x/*"}));
  CHECK(allows_alias({"path = /sub/*"}));
  CHECK(allows_alias({"path = *"}));
  CHECK_FALSE(allows_alias({"path = /y/*"}));
  CHECK_FALSE(allows_alias({"path = /x/job/list"}));
  CHECK_FALSE(allows_path("*", ""));
}

TEST_CASE("a method caveat allows that method and names itself when it does not") {
  for (const std::string method : {"GET", "POST", "PUT", "DELETE"}) {
    CHECK(allows("method = " + method, method, "/x"));
    CHECK_FALSE(allows("method = " + method, method == "GET" ? "POST" : "GET", "/x"));
  }
  CHECK(failure({"method = GET"}, "POST", "/x") == "caveat 'method = GET' does not allow POST");
  CHECK_FALSE(allows("method = GET", "", "/x"));
}

TEST_CASE("a target caveat names this store exactly") {
  CHECK(allows("target = store", "GET", "/x"));
  CHECK_FALSE(allows("target = other", "GET", "/x"));
  CHECK_FALSE(allows("target = *", "GET", "/x"));
  CHECK_FALSE(allows("target = Store", "GET", "/x"));
}

TEST_CASE("a client caveat pins the client") {
  CHECK(allows("client = alice", "GET", "/x"));
  CHECK(parsed({"method = GET", "client = alice"}).grant().client == "alice");
  CHECK(parsed({"client = alice", "client = alice"}).is_satisfiable());
}

TEST_CASE("two different client caveats deny everything") {
  CHECK_FALSE(parsed({"client = alice", "client = bob"}).is_satisfiable());
  CHECK(failure({"client = alice", "client = bob"}, "GET", "/x") ==
        "caveat 'client = bob' contradicts caveat 'client = alice'");
}

TEST_CASE("a time caveat holds before its instant and not at it") {
  CHECK(holds_at("2026-11-23T10:00:00Z", kNow - 1ms));
  CHECK_FALSE(holds_at("2026-11-23T10:00:00Z", kNow));
  CHECK_FALSE(holds_at("2026-11-23T10:00:00Z", kNow + 24h));
  CHECK(holds_at("2026-11-23T10:00:00.25Z", kNow + 249ms));
  CHECK_FALSE(holds_at("2026-11-23T10:00:00.25Z", kNow + 250ms));
  CHECK_FALSE(holds_at("2026-11-23T10:00:00.000999999Z", kNow));
  CHECK(holds_at("2026-11-23T11:00:00+01:00", kNow - 1ms));
  CHECK_FALSE(holds_at("2026-11-23T11:00:00+01:00", kNow));
  CHECK_FALSE(holds_at("2026-11-23T04:30:00-05:30", kNow));
  CHECK(holds_at("2026-11-23T04:30:00-05:30", kNow - 1ms));
  CHECK(holds_at("1795428000", kNow - 1ms));
  CHECK_FALSE(holds_at("1795428000", kNow));
  CHECK(failure({"time < 0"}, "GET", "/x") == "caveat 'time < 0' has expired");
}

TEST_CASE("of several time caveats the earliest is the expiry") {
  const Caveats caveats = parsed({"time < 2000", "time < 1000", "time < 3000"});
  CHECK(caveats.grant().expires == Time(1000s));
  CHECK(caveats.first_failure({"GET", "/x", Time(1500s)}, "store") ==
        "caveat 'time < 1000' has expired");
}

TEST_CASE("all caveats must hold, several of one kind included") {
  CHECK_FALSE(failure({"path = /x/*", "path = /x/job/*"}, "GET", "/x/job/1"));
  CHECK(failure({"path = /x/*", "path = /x/job/*"}, "GET", "/x/y"));
  CHECK(failure({"method = GET", "method = POST"}, "GET", "/x"));
  CHECK(failure({"method = GET", "path = /x"}, "GET", "/y") ==
        "caveat 'path = /x' does not cover '/y'");
}

TEST_CASE("unknown caveats deny") {
  for (const std::string predicate :
       {"observer = data", "jobs = 1", "status", "x", " ", "=", "Path = /x", "METHOD = GET",
        "clients = alice", "pathology", "time > 5", "method", "path"}) {
    CAPTURE(predicate);
    CHECK_FALSE(allows(predicate, "GET", "/x"));
    CHECK_FALSE(parsed({predicate}).is_satisfiable());
  }
  CHECK(failure({"observed"}, "GET", "/x") == "caveat 'observed' is unknown");
}

TEST_CASE("malformed caveats deny") {
  std::vector<std::string> malformed = {
      "method = get",     "method = PATCH", "method =GET",        "method= GET",
      "method = GET ",    "method  = GET",  "method =  GET",      " method = GET",
      "method = ",        "method =",       "method = GET|POST",  "method == GET",
      "method < GET",     "path = ",        "path = x",           "path = x/*",
      "path = /x y",      "path = /x ",     "path = /x\n",        "path = **",
      "path = /\xc3\xa9", "path=/x",        "target = ",          "target = a b",
      "target  = store",  "client = ",      "client = a b",       "client = alice ",
      "client = \talice", "client < alice", "time = 99999999999", "time <99999999999",
      "time < "};
  std::vector<std::string> times = {"99999999999 ", "-1",   "+99999999999", "099999999999",
                                    "999999999999", "1e12", "tomorrow",     "2099-01-01"};
  for (const char* const date :
       {"9999999999999999999999",   "2099-01-01T00:00:00",       "2099-01-01 00:00:00Z",
        "2099-01-01t00:00:00Z",     "2099-01-01T00:00:00z",      "2099-13-01T00:00:00Z",
        "2099-02-29T00:00:00Z",     "2099-00-01T00:00:00Z",      "2099-01-00T00:00:00Z",
        "2099-01-01T24:00:00Z",     "2099-01-01T00:60:00Z",      "2099-01-01T00:00:60Z",
        "2099-01-01T00:00:00.Z",    "2099-01-01T00:00:00,5Z",    "2099-01-01T00:00:00ZZ",
        "2099-01-01T00:00:00+1:00", "2099-01-01T00:00:00+24:00", "2099-01-01T00:00:00+00:60",
        "2099-01-01T00:00:00+0000", "-2099-01-01T00:00:00Z"}) {
    times.emplace_back(date);
  }
  times.insert(times.end(), {"2099-01-01T00:00:00.1234567890Z", "99-01-01T00:00:00Z"});
  for (const std::string& time : times) {
    malformed.push_back("time < " + time);
  }
  for (const std::string& predicate : malformed) {
    CAPTURE(predicate);
    CHECK_FALSE(allows(predicate, "GET", "/x"));
    CHECK_FALSE(parsed({predicate}).is_satisfiable());
  }
  CHECK(failure({"method = get"}, "GET", "/x") == "caveat 'method = get' is malformed");
}

TEST_CASE("overlong caveats deny and their text is cut short") {
  const std::string path = "path = /" + std::string(kPredicateBytesMax - 9, 'x') + "*";
  REQUIRE(path.size() == kPredicateBytesMax);
  CHECK(parsed({path}).is_satisfiable());
  CHECK_FALSE(parsed({path + "*"}).is_satisfiable());
  CHECK(parsed({"client = " + std::string(kClientBytesMax, 'c')}).is_satisfiable());
  CHECK_FALSE(parsed({"client = " + std::string(kClientBytesMax + 1, 'c')}).is_satisfiable());
  CHECK_FALSE(parsed({"target = " + std::string(kTargetBytesMax + 1, 'c')}).is_satisfiable());
  CHECK(failure({std::string(4000, 'x')}, "GET", "/x")->size() < 250);
}

TEST_CASE("one caveat that is not understood denies whatever else holds") {
  CHECK(failure({"method = GET", "x = y", "path = /x"}, "GET", "/x"));
  const Caveats third = Caveats::parse({{"method = GET", false}, {"method = GET", true}});
  CHECK_FALSE(third.is_satisfiable());
  CHECK(third.first_failure({"GET", "/x", kNow}, "store") ==
        "a third-party caveat has no discharge");
}

TEST_CASE("a failure holds no byte that a terminal would obey") {
  CHECK(failure({std::string("a\x1b[2J\0\xff", 7)}, "GET", "/x") ==
        "caveat 'a\\x1b[2J\\x00\\xff' is unknown");
  CHECK(failure({"method = GET"}, "\x1b[2J", "/x") ==
        "caveat 'method = GET' does not allow this method");
}

TEST_CASE("caveats are explained in plain words") {
  CHECK(explain({"method = GET"}) == "only GET requests");
  CHECK(explain({"path = /x/job/"}) == "only the path /x/job/");
  CHECK(explain({"path = /x/*"}) == "only paths that start with /x/ and go on");
  CHECK(explain({"path = *"}) == "any path");
  CHECK(explain({"target = s"}) == "only at store s");
  CHECK(explain({"client = alice"}) == "only as client alice");
  CHECK(explain({"time < 1795428000"}) == "only until 2026-11-23 10:00:00 UTC");
  CHECK(explain({"time < 2026-11-23T11:00:00.5+01:00"}) ==
        "only until 2026-11-23 10:00:00.500 UTC");
  CHECK(explain({"rate <= 5/w"}) == "nothing: caveat 'rate <= 5/w' is malformed");
  CHECK(explain({"x = 1"}) == "nothing: caveat 'x = 1' is unknown");
  CHECK(explain({"method = get"}) == "nothing: caveat 'method = get' is malformed");
  CHECK(explain({"id", true, "http://idp"}) == "only with a discharge by 'http://idp'");
  CHECK(explain({"id", true}) == "only with a discharge by a third party");
}
