#include "json_text.h"

#include <catch2/catch.hpp>

using namespace tools;

TEST_CASE("JSON is recognised") {
  for (const char* text : {"null", " 1 ", "\"a\"", "{}", "[1, {\"a\": [true]}]\n", "1e5",
                           "\"\\ud83d\\ude00\"", "{\"a\":1,\"a\":2}", "123456789012345678901"}) {
    INFO(text);
    CHECK_FALSE(json_problem(text));
  }
}

TEST_CASE("what is wrong with JSON is told with its position, in one line") {
  const auto problem = json_problem("{\n  \"page\": ,\n}");
  REQUIRE(problem);
  CHECK_THAT(*problem, Catch::StartsWith("line 2, column 11: "));
  CHECK(problem->find('\n') == std::string::npos);
  for (const char* text : {"", "  ", "{", "{} {}", "'a'", "nan", "[1,]", "\"a\nb\"", "\xFF",
                           "\"\xFF\"", "\xEF\xBB\xBF{}", "01"}) {
    INFO(text);
    CHECK(json_problem(text));
  }
}

TEST_CASE("deep nesting does not exhaust the stack") {
  CHECK(json_problem(std::string(1'000'000, '[')));
}

TEST_CASE("members that are JSON already go into an object as they are") {
  Json object;
  object["a"] = 1;
  CHECK(to_text(object, {}) == R"({"a":1})");
  CHECK(to_text(object, {{"b", "1.0"}, {"c", ""}, {"d", "[ ]"}}) == R"({"a":1,"b":1.0,"d":[ ]})");
  CHECK(to_text(Json::object(), {{"b", "2"}}) == R"({"b":2})");
}

TEST_CASE("members come out of an object as they are written") {
  using Members = std::vector<std::pair<std::string, std::string_view>>;
  CHECK(raw_members(" { } ").value().empty());
  CHECK(raw_members(R"({"a": 1.10 , "b\u00e9" :{"x":[1,{"y":"},]\\"}]},"c":"\"{" ,"":null})")
            .value() == Members{{"a", "1.10"},
                                {"b\u00e9", R"({"x":[1,{"y":"},]\\"}]})"},
                                {"c", R"("\"{")"},
                                {"", "null"}});
  for (const char* text : {"", "1", "[]", "{", "{} {}", R"({"a":})"}) {
    INFO(text);
    CHECK_FALSE(raw_members(text));
  }
}
