// The caveats about jobs, budgets and connections.
#include <catch2/catch.hpp>
#include <set>

#include "caveats.h"

using namespace auth;
using namespace std::chrono_literals;

namespace {

const std::string kKey = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

Caveats parsed(const std::vector<std::string>& predicates) {
  std::vector<Caveat> caveats;
  for (const std::string& predicate : predicates) caveats.push_back({predicate});
  return Caveats::parse(caveats);
}

Facts facts() { return {.method = "GET", .path = "/x/job/j1", .now = Time(1s)}; }

std::optional<std::string> failure(const std::vector<std::string>& predicates,
                                   const Facts& request) {
  return parsed(predicates).first_failure(request, "store");
}

bool is_good(const std::string& predicate) { return parsed({predicate}).is_satisfiable(); }

}  // namespace

TEST_CASE("a job caveat allows requests about that job alone") {
  Facts request = facts();
  CHECK(failure({"job = j1"}, request) == "caveat 'job = j1' allows requests about that job alone");
  request.job = "j1";
  CHECK_FALSE(failure({"job = j1"}, request));
  CHECK(failure({"job = j2"}, request) == "caveat 'job = j2' names another job");
  CHECK(failure({"job = J1"}, request));
  CHECK(parsed({"job = j1"}).grant().bounds.job == "j1");
  CHECK(parsed({}).grant().bounds.job.empty());
}

TEST_CASE("a status-only caveat allows what tells about a job") {
  Facts request = facts();
  CHECK(failure({"status-only"}, request) ==
        "caveat 'status-only' allows reading a job's status only");
  request.is_status = true;
  CHECK_FALSE(failure({"status-only"}, request));
  CHECK(parsed({"status-only"}).grant().bounds.status_only);
  CHECK_FALSE(parsed({}).grant().bounds.status_only);
}

TEST_CASE("a lease caveat names one attempt of one job") {
  CHECK(parsed({"lease = 17.2"}).grant().bounds.lease == LeaseBound{17, 2});
  CHECK(parsed({"lease = 9223372036854775807.4294967295"}).grant().bounds.lease ==
        LeaseBound{9'223'372'036'854'775'807U, 4'294'967'295U});
  CHECK_FALSE(parsed({"job = j1"}).grant().bounds.lease);
  CHECK(failure({"lease = 17.2", "lease = 17.3"}, facts()) ==
        "caveat 'lease = 17.3' contradicts caveat 'lease = 17.2'");
}

TEST_CASE("what a token hands on is its end, cut to seconds, and its connection") {
  using Kept = std::vector<std::string>;
  const std::string curve = "curve = " + std::string(40, '0');
  CHECK(parsed({"client = alice", "rate <= 1/m"}).grant().kept_caveats().empty());
  CHECK(parsed({"time < 2000", "time < 1970-01-01T00:16:40.9Z"}).grant().kept_caveats() ==
        Kept{"time < 1000"});
  CHECK(parsed({curve, "time < 5"}).grant().kept_caveats() == Kept{"time < 5", curve});
}

TEST_CASE("a curve caveat wants that key on the connection") {
  Facts request = facts();
  CHECK(failure({"curve = " + kKey}, request) ==
        "caveat 'curve = " + kKey + "' needs a CURVE connection");
  request.curve_key = kKey;
  CHECK_FALSE(failure({"curve = " + kKey}, request));
  request.curve_key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
  CHECK(failure({"curve = " + kKey}, request));
}

TEST_CASE("bounds deny where nobody keeps them") {
  Facts request = facts();
  request.lease_is_kept = true;
  request.job_limits_are_kept = false;
  for (const std::string predicate :
       {"priority <= 5", "bytes <= 5", "waiting <= 5", "rate <= 5/s", "valid-for <= 5s"}) {
    CHECK(failure({predicate}, request) ==
          "caveat '" + predicate + "' limits jobs, and cannot be held to here");
  }
  CHECK_FALSE(failure({"lease = 17.2"}, request));
  request.lease_is_kept = false;
  request.job_limits_are_kept = true;
  for (const std::string predicate :
       {"priority <= 5", "bytes <= 5", "waiting <= 5", "rate <= 5/s", "valid-for <= 5s"}) {
    CHECK_FALSE(failure({predicate}, request));
  }
  CHECK(failure({"lease = 17.2"}, request) ==
        "caveat 'lease = 17.2' allows to renew that lease and to report on it only");
}

TEST_CASE("of several bounds the narrowest holds, in any order") {
  for (const bool is_reversed : {false, true}) {
    std::vector<std::string> predicates = {"priority <= 9",   "priority <= 7",   "bytes <= 100",
                                           "bytes <= 50",     "waiting <= 3",    "waiting <= 1000",
                                           "valid-for <= 1h", "valid-for <= 90s"};
    if (is_reversed) std::reverse(predicates.begin(), predicates.end());
    const Caveats caveats = parsed(predicates);
    const Bounds& bounds = caveats.grant().bounds;
    CHECK(bounds.priority_max == 7u);
    CHECK(bounds.bytes_max == 50u);
    CHECK(bounds.waiting_max == 3u);
    CHECK(bounds.valid_for_max == 90s);
  }
  CHECK_FALSE(parsed({}).grant().bounds.priority_max);
}

TEST_CASE("rates that can be used up are kept in their order, each with a budget of its own") {
  const auto rates = [](const std::vector<std::string>& predicates) {
    return parsed(predicates).grant().bounds.rates;
  };
  const auto told = rates(
      {"rate <= 9/m", "rate <= 9/m", "rate <= 5/d", "rate <= 10/m", "rate <= 2/m", "rate <= 6/d"});
  REQUIRE(told.size() == 3);
  CHECK((told[0].count == 9 && told[0].span == 60s));
  CHECK((told[1].count == 5 && told[1].span == 24h));
  CHECK((told[2].count == 2 && told[2].span == 60s));
  CHECK(std::set{told[0].budget, told[1].budget, told[2].budget, std::uint64_t{0}}.size() == 4);
}

TEST_CASE("a copy's budgets are its parent's and those of its own") {
  const std::vector<std::string> parent{"path = /scan/*", "rate <= 10/m"};
  const auto budgets = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = parent;
    all.insert(all.end(), more.begin(), more.end());
    std::vector<std::uint64_t> budgets;
    const Caveats caveats = parsed(all);
    for (const Rate& rate : caveats.grant().bounds.rates) budgets.push_back(rate.budget);
    return budgets;
  };
  const auto alice = budgets({"client = alice", "rate <= 5/m"});
  const auto bob = budgets({"client = bob", "rate <= 5/m"});
  REQUIRE(alice.size() == 2);
  CHECK(alice[0] == budgets({})[0]);
  CHECK(bob[0] == alice[0]);
  CHECK(bob[1] != alice[1]);
  // What is narrowed after that changes nothing about it.
  CHECK(budgets({"client = alice", "rate <= 5/m", "method = POST", "time < 5"}) == alice);
  CHECK(budgets({"client = alice", "rate <= 5/m", "client = alice", "rate <= 5/m"}) == alice);
  CHECK(budgets({"client = alice"}).size() == 1);
}

TEST_CASE("two caveats that no request can meet deny and name each other") {
  const std::string other = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
  CHECK(failure({"job = a", "job = b"}, facts()) ==
        "caveat 'job = b' contradicts caveat 'job = a'");
  for (const auto& [one, two] :
       std::vector<std::pair<std::string, std::string>>{{"client = a", "client = b"},
                                                        {"curve = " + kKey, "curve = " + other},
                                                        {"lease = 17.2", "lease = 17.3"},
                                                        {"lease = 17.2", "lease = 18.2"},
                                                        {"method = GET", "method = POST"},
                                                        {"target = store", "target = stork"},
                                                        {"observe = data", "observe = audit"},
                                                        {"function = a", "function = b"},
                                                        {"function = a", "function = ab"},
                                                        {"function = a*", "function = b*"},
                                                        {"function = ab*", "function = a"},
                                                        {"path = /x", "path = /y"},
                                                        {"path = /x/*", "path = /y/*"},
                                                        {"path = /x/*", "path = /x/"},
                                                        {"path = /y", "path = /x*"}}) {
    CAPTURE(one, two);
    CHECK_FALSE(parsed({one, "status-only", two}).is_satisfiable());
    CHECK_FALSE(parsed({two, one}).is_satisfiable());
    CHECK(parsed({one, one}).is_satisfiable());
  }
  CHECK(parsed({"function = a*", "function = *", "function = ab*", "function = ab"})
            .is_satisfiable());
  CHECK(parsed({"path = /x/*", "path = /x/y/*", "path = *", "path = /x/y/z"}).is_satisfiable());
}

TEST_CASE("an observe caveat is for observing in that mode") {
  CHECK(failure({"observe = data"}, facts()) ==
        "caveat 'observe = data' allows to observe so only");
  Facts observing = facts();
  observing.observe = "data";
  CHECK_FALSE(failure({"observe = data"}, observing));
  CHECK_FALSE(failure({}, observing));
  CHECK(failure({"observe = audit"}, observing));
  CHECK(failure({"observe = x"}, facts()) == "caveat 'observe = x' is malformed");
  CHECK(is_good("observe = notification"));
}

TEST_CASE("a function caveat is a name, or what names begin with") {
  for (const std::string good : {"*", "ocr", "ocr*", "ocr/a4:*", "a=b"}) {
    CHECK(is_good("function = " + good));
  }
  for (const std::string bad : {"", "o*r", "**", "o cr", "ocr?", "\xc3\xa9"}) {
    CHECK_FALSE(is_good("function = " + bad));
  }
  CHECK(is_good("function = " + std::string(128, 'f') + "*"));
  CHECK_FALSE(is_good("function = " + std::string(129, 'f')));
  CHECK(parsed({"function = o*", "function = ocr"}).grant().bounds.functions ==
        std::vector<std::string>{"o*", "ocr"});
  Facts request = facts();
  request.job_limits_are_kept = false;
  CHECK(failure({"function = ocr"}, request) ==
        "caveat 'function = ocr' limits jobs, and cannot be held to here");
}

TEST_CASE("each of these caveats has one spelling") {
  for (const std::string good :
       {"job = a", "job = A-z_0.9~", "status-only", "priority <= 0", "priority <= 100",
        "bytes <= 0", "bytes <= 999999999999999", "waiting <= 1", "rate <= 0/s", "rate <= 10/m",
        "rate <= 1/h", "rate <= 1/d", "valid-for <= 1s", "valid-for <= 99999d"}) {
    CAPTURE(good);
    CHECK(is_good(good));
  }
  CHECK(is_good("job = " + std::string(kJobBytesMax, 'j')));
  CHECK(is_good("curve = " + kKey));
  for (const std::string bad : {"job = ",
                                "job = a b",
                                "job = a/b",
                                "job = a*",
                                "job =a",
                                "job  = a",
                                "job = \xc3\xa9",
                                "status-only ",
                                "status-only = 1",
                                "status only",
                                "status",
                                "priority <= 101",
                                "priority < 5",
                                "priority <= 05",
                                "priority <= -1",
                                "priority <= ",
                                "priority <= 5 ",
                                "priority <=5",
                                "priority = 5",
                                "priority <= 5.0",
                                "bytes <= 1k",
                                "bytes <= 1e3",
                                "bytes <= 0x1",
                                "bytes <= 1000000000000000",
                                "bytes <= +1",
                                "waiting <= 01",
                                "waiting <= 18446744073709551616",
                                "rate <= 5",
                                "rate <= /s",
                                "rate <= 5/",
                                "rate <= 5/w",
                                "rate <= 5/S",
                                "rate <= 05/s",
                                "rate <= 5 / s",
                                "rate <= 5/ms",
                                "rate <= 5/s ",
                                "valid-for <= ",
                                "valid-for <= 5",
                                "valid-for <= s",
                                "valid-for <= 0s",
                                "valid-for <= 05s",
                                "valid-for <= 5w",
                                "valid-for <= 100000s",
                                "valid-for < 5s",
                                "valid-for <= 5 s",
                                "rate < 5/s",
                                "rate = 5/s"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_good(bad));
  }
  CHECK_FALSE(is_good("job = " + std::string(kJobBytesMax + 1, 'j')));
  CHECK_FALSE(is_good("curve = " + kKey.substr(1)));
  CHECK_FALSE(is_good("curve = " + kKey + "0"));
  CHECK_FALSE(is_good("curve = " + std::string(40, '#')));  // more than 32 bits
  CHECK_FALSE(is_good("curve = " + std::string(40, '~')));
}

TEST_CASE("a lease caveat has one spelling") {
  CHECK(is_good("lease = 1.1"));
  CHECK(is_good("lease = 9223372036854775807.4294967295"));
  for (const std::string bad : {"",
                                "17",
                                "17.",
                                ".2",
                                "0.1",
                                "1.0",
                                "017.2",
                                "17.02",
                                "-1.2",
                                "+1.2",
                                "1.2.3",
                                "1,2",
                                "1 .2",
                                "1.2 ",
                                " 1.2",
                                "1. 2",
                                "1e3.2",
                                "1.0x2",
                                "9223372036854775808.1",
                                "1.4294967296",
                                "18446744073709551617.1",
                                "1.18446744073709551617"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_good("lease = " + bad));
  }
  CHECK_FALSE(is_good("lease=1.2"));
  CHECK_FALSE(is_good("lease <= 1.2"));
}

TEST_CASE("who misspells a caveat is shown one that is right") {
  for (const std::string misspelt :
       {"path=x", "method=get", "target=", "client:a", "time=1h", "job=1", "lease=1", "priority<5",
        "bytes=1k", "waiting", "rate=5", "observe=x", "function=x", "status-only=1"}) {
    const std::string words = misspelling(misspelt).value_or("");
    CAPTURE(words);
    const std::string before = "caveat '" + misspelt + "' is malformed; it is written as in '";
    REQUIRE(words.starts_with(before));
    const std::string example = words.substr(before.size(), words.size() - before.size() - 1);
    CHECK_FALSE(misspelling(example));
    CHECK(example.starts_with(misspelt.substr(0, 3)));
  }
  CHECK_THAT(misspelling("curve=x").value_or(""), Catch::Contains("as in 'curve = "));
  CHECK(misspelling("colour = red") ==
        "there is no caveat 'colour = red': the store would refuse everything");
  CHECK(misspelling(""));
}

TEST_CASE("these caveats are explained in plain words") {
  CHECK(explain({"job = j1"}) == "only requests about job j1");
  CHECK(explain({"status-only"}) == "only reading a job's status");
  CHECK(explain({"lease = 17.2"}) == "only the lease of attempt 2 of the job with sequence 17");
  CHECK(explain({"priority <= 5"}) == "only jobs of priority 5 or less");
  CHECK(explain({"bytes <= 1"}) == "only requests of at most 1 byte");
  CHECK(explain({"waiting <= 10"}) == "at most 10 jobs waiting at once");
  CHECK(explain({"rate <= 5/h"}) == "at most 5 jobs in each hour");
  CHECK(explain({"rate <= 1/d"}) == "at most 1 job in each day");
  CHECK(explain({"valid-for <= 15m"}) == "only jobs that wait for at most 15m");
  CHECK(explain({"curve = " + kKey}) == "only over connections with the CURVE key " + kKey);
  CHECK(explain({"function = ocr"}) == "only jobs of function ocr");
  CHECK(explain({"function = ocr*"}) == "only jobs of functions that begin with 'ocr'");
  CHECK(explain({"observe = data"}) == "only observing data, as databox does");
}
