#include "target.h"

#include <catch2/catch.hpp>

#include "refusal.h"

namespace {

unsigned code_of(const std::string& target) {
  try {
    gateway::parse_target(target);
    return 200;
  } catch (const gateway::Refusal& refusal) {
    return refusal.code;
  }
}

}  // namespace

TEST_CASE("a target is a path and its parameters, in order, without their escapes") {
  const auto target = gateway::parse_target("/v1/scan/job/list?tag=a%20b+c&limit=&x&&y=1=2");
  REQUIRE(target.path == "/v1/scan/job/list");
  REQUIRE(target.parameters.size() == 4);
  REQUIRE(target.parameters[0].value == "a b c");
  REQUIRE(target.parameters[1].value.empty());
  REQUIRE(target.parameters[2].name == "x");
  REQUIRE(target.parameters[3].value == "1=2");
  REQUIRE(gateway::parse_target("/").parameters.empty());
}

TEST_CASE("parameters that were written are read again") {
  const gateway::Parameters parameters{{"tag", "a b&c=d%+é"}, {"behind", R"({"value":1})"}};
  const auto again = gateway::parse_target("/?" + query_text(parameters)).parameters;
  REQUIRE(again.size() == 2);
  REQUIRE(again[0].value == parameters[0].value);
  REQUIRE(again[1].value == parameters[1].value);
}

TEST_CASE("a path that could be read in two ways is refused") {
  for (const char* path : {"", "*", "v1", "http://x/v1", "/v1/%6aob", "/a/../b", "/a/./b", "/..",
                           "/a\\b", "/a b", "/a\x7f", "/\xc3\xa9"}) {
    CAPTURE(path);
    REQUIRE(code_of(path) == 400);
  }
  REQUIRE(code_of("/v1/a..b/.c/d.") == 200);
}

TEST_CASE("parameters are bounded, and text") {
  REQUIRE(code_of("/?a=%") == 400);
  REQUIRE(code_of("/?a=%4") == 400);
  REQUIRE(code_of("/?a=%4x") == 400);
  REQUIRE(code_of("/?a=%00") == 400);
  REQUIRE(code_of("/?a=%ff") == 400);
  REQUIRE(code_of("/?a=%c3%a9") == 200);
  std::string many = "/?a";
  for (std::size_t i = 1; i < gateway::kParametersMax; ++i) many += "&a";
  REQUIRE(code_of(many) == 200);
  REQUIRE(code_of(many + "&a") == 400);
  REQUIRE(code_of("/?" + std::string(gateway::kTargetBytesMax, 'a')) == 414);
}
