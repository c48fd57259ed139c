#include <catch2/catch.hpp>

#include "decode.h"
#include "messages.h"

namespace store {
namespace {

// Empty when a job may be submitted with that request.
std::string wrong_with_request(const std::string& request) {
  const Limits limits;
  RequestReader reader(limits);
  const Decoded decoded =
      decode(reader, wire::submit_frame({.method = wire::Method::POST, .path = "/scan/job"},
                                        {{.job = "j", .request = request}}));
  REQUIRE(std::holds_alternative<Command>(decoded));
  const auto& item = std::get<Submit>(std::get<Command>(decoded)).jobs.at(0);
  if (const auto* refused = std::get_if<Refused>(&item)) {
    CHECK(refused->code == Code::kBadRequest);
    return refused->detail;
  }
  CHECK(std::get<NewJob>(item).request == request);
  return {};
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("any JSON text is taken as it is, byte for byte") {
  for (const std::string text :
       {"{}", "[]", "null", "true", "false", "0", "-0", "1.5e-3", "\"\"", " {} ", "\n[1 , 2]\t",
        R"({"a":1,"a":2})", R"("\u0000")", R"("\ud834\udd1e")", "\"\xf0\x9d\x84\x9e\"", "[[[[]]]]",
        "18446744073709551615", "-9223372036854775808"}) {
    INFO(text);
    CHECK(wrong_with_request(text).empty());
  }
}

TEST_CASE("a number that fits no machine word is JSON too") {
  for (const std::string text : {"18446744073709551616", "-9223372036854775809",
                                 "123456789012345678901234567890", "[1e-400, 1e308]"}) {
    INFO(text);
    CHECK(wrong_with_request(text).empty());
  }
}

TEST_CASE("a large number opens no way around the check of the rest") {
  const std::string large = "123456789012345678901234567890";
  for (const std::string& text :
       {large + '\0', large + std::string("\0{", 2), large + " x", "[" + large, "[" + large + ",]",
        "{" + large + "}", "[" + large + ",\"\xff\"]", "[" + large + ", nul]"}) {
    INFO("'" << text.substr(0, 60) << "'");
    CHECK_FALSE(wrong_with_request(text).empty());
  }
}

TEST_CASE("what is not one JSON text is refused with the field named") {
  for (const std::string& text : {std::string("{"),
                                  std::string("}"),
                                  std::string("{]"),
                                  std::string("[1,]"),
                                  std::string("{\"a\"}"),
                                  std::string("{a:1}"),
                                  std::string("'a'"),
                                  std::string("01"),
                                  std::string("1."),
                                  std::string("+1"),
                                  std::string("NaN"),
                                  std::string("nul"),
                                  std::string("nulll"),
                                  std::string("1 2"),
                                  std::string("{} {}"),
                                  std::string("\"a"),
                                  std::string("\"\\x\""),
                                  std::string("\"\t\""),
                                  std::string(" "),
                                  std::string("//\n1"),
                                  std::string("\"\xff\""),
                                  std::string("\"\xc0\x80\""),
                                  std::string("\"\xed\xa0\x80\""),
                                  std::string("\"a\0b\"", 5),
                                  std::string("1\0", 2),
                                  std::string("\0", 1),
                                  std::string("{}\0{}", 5)}) {
    INFO("'" << text << "'");
    CHECK(wrong_with_request(text) == "jobs[0].request: is not JSON");
  }
}

TEST_CASE("JSON may be nested deeply, but not without end") {
  CHECK(wrong_with_request(nested(1000)).empty());
  for (const std::string& text : {nested(10'000), std::string(10'000, '['),
                                  std::string(1'000'000, '['), std::string(1'000'000, '{')}) {
    CHECK_FALSE(wrong_with_request(text).empty());
  }
}

}  // namespace store
