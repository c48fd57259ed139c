// Tokens for what a function calls in its client's name, while an attempt has its lease.
#include <catch2/catch.hpp>

#include "authorizer_fixture.h"

using namespace auth;

namespace {

Caveats acting_caveats(const std::vector<std::string>& texts) {
  std::vector<Caveat> caveats;
  for (const std::string& text : texts) caveats.push_back({.predicate = text});
  return Caveats::parse(caveats);
}

bool calls_allow(const std::string& calls, std::string_view method, std::string_view path) {
  return !acting_caveats({"calls = " + calls})
              .first_failure({.method = method, .path = path, .now = kNow}, "store");
}

bool is_spelled(const std::string& text) {
  return Predicate::parse(text).kind != Predicate::Kind::kMalformed &&
         Predicate::parse(text).kind != Predicate::Kind::kUnknown;
}

}  // namespace

TEST_CASE("calls allow what one of them covers", "[acting]") {
  const std::string calls = "GET /photos/*, POST /mail/job/, /any";
  CHECK(calls_allow(calls, "GET", "/photos/1"));
  CHECK(calls_allow(calls, "POST", "/mail/job/"));
  CHECK(calls_allow(calls, "DELETE", "/any"));
  CHECK_FALSE(calls_allow(calls, "GET", "/photos/"));
  CHECK_FALSE(calls_allow(calls, "POST", "/photos/1"));
  CHECK_FALSE(calls_allow(calls, "GET", "/mail/job/"));
  CHECK_FALSE(calls_allow(calls, "POST", "/mail/job/x"));
  CHECK_FALSE(calls_allow(calls, "GET", "/other"));
  CHECK_FALSE(calls_allow(calls, "GET", "/any, /x"));
}

TEST_CASE("they have one spelling", "[acting]") {
  for (const char* good : {"calls = /a", "calls = GET /a", "calls = GET /a*, /b, PUT /c",
                           "acting = scan/17.2", "acting = a.b-c/1.1"}) {
    CAPTURE(good);
    CHECK(is_spelled(good));
  }
  for (const char* bad :
       {"calls = ", "calls = a", "calls = GET", "calls = get /a", "calls = GET  /a", "calls = /a,",
        "calls = /a, ", "calls = /a,/b", "calls = /a,  /b", "calls = *", "calls = GET /a b",
        "acting = ", "acting = scan", "acting = scan/17", "acting = /17.2", "acting = scan/0.2",
        "acting = scan/17.0", "acting = a/b/17.2", "acting = scan/17.2 "}) {
    CAPTURE(bad);
    CHECK_FALSE(is_spelled(bad));
  }
}

TEST_CASE("who cannot look for the lease denies what acts for it", "[acting]") {
  const Caveats acting = acting_caveats({"acting = scan/17.2"});
  REQUIRE(acting.grant().bounds.acting);
  CHECK(*acting.grant().bounds.acting == ActingFor{"scan", {17, 2}});
  Facts facts{.method = "GET", .path = "/x", .now = kNow};
  CHECK(acting.first_failure(facts, "store") ==
        "caveat 'acting = scan/17.2' allows what cannot be held to a lease here");
  facts.acting_is_kept = true;
  CHECK_FALSE(acting.first_failure(facts, "store"));
  CHECK_FALSE(acting_caveats({"acting = scan/17.2", "acting = scan/17.3"}).is_satisfiable());
}

TEST_CASE("they say what they are in plain words", "[acting]") {
  CHECK(explain({.predicate = "calls = GET /a, /b"}) == "only the requests GET /a, /b");
  CHECK(explain({.predicate = "acting = scan/17.2"}) ==
        "only while attempt 2 of the job with sequence 17 in scan has its lease");
}
