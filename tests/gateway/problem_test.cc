#include "problem.h"

#include <catch2/catch.hpp>

TEST_CASE("a refusal's field is what it begins with") {
  REQUIRE(gateway::field_of("limit: 1 .. 1000") == "limit");
  REQUIRE(gateway::field_of("jobs[3].terms.backoff: an object") == "jobs[3].terms.backoff");
  REQUIRE(gateway::field_of("the job is final: it stays") == "");
  REQUIRE(gateway::field_of(": x") == "");
  REQUIRE(gateway::field_of("limit:1") == "");
  REQUIRE(gateway::field_of("") == "");
}

TEST_CASE("problem details name code, title, detail and field") {
  REQUIRE(gateway::problem_json(404, "job: unknown") ==
          R"({"type":"about:blank","title":"Not Found","status":404,"detail":"job: unknown",)"
          R"("field":"job"})");
  REQUIRE(gateway::problem_json(410, "", "after", R"(,"snapshot":{})") ==
          R"({"type":"about:blank","title":"Gone","status":410,"field":"after","snapshot":{}})");
}

TEST_CASE("what somebody wrote does not end a detail early") {
  REQUIRE(gateway::problem_json(400, "a\": \"b\n\xff").find("\\\": \\\"b\\n\xEF\xBF\xBD") !=
          std::string::npos);
}
