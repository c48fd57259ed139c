#include <catch2/catch.hpp>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "decode.h"
#include "json_check.h"
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

std::string nested(std::size_t depth, const std::string& inner = "") {
  return std::string(depth, '[') + inner + std::string(depth, ']');
}

// What docs/protocol.md 5 says of JSON, as plainly as it can be checked.
class PlainReader {
 public:
  explicit PlainReader(const std::string& text) : text_(text) {}

  bool reads_all() {
    space();
    if (!value(0)) {
      return false;
    }
    space();
    return at_ == text_.size();
  }

 private:
  char next() const { return at_ < text_.size() ? text_[at_] : '\x7f'; }
  bool take(char c) {
    const bool is_it = at_ < text_.size() && text_[at_] == c;
    at_ += is_it ? 1 : 0;
    return is_it;
  }
  bool word(const std::string& word) {
    const bool is_it = text_.compare(at_, word.size(), word) == 0;
    at_ += is_it ? word.size() : 0;
    return is_it;
  }
  void space() {
    while (take(' ') || take('\t') || take('\n') || take('\r')) {
    }
  }
  bool digits() {
    const std::size_t first = at_;
    while (next() >= '0' && next() <= '9') {
      ++at_;
    }
    return at_ > first;
  }
  bool number() {
    const std::size_t first = at_;
    take('-');
    if (!take('0') && !digits()) {
      return false;
    }
    if (take('.') && !digits()) {
      return false;
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      if (!digits()) {
        return false;
      }
    }
    return std::isfinite(std::strtod(text_.substr(first, at_ - first).c_str(), nullptr));
  }
  // A code unit of UTF-16, or -1.
  int hex() {
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
      if (at_ >= text_.size() || std::isxdigit(static_cast<unsigned char>(text_[at_])) == 0) {
        return -1;
      }
      unit = unit * 16 + std::stoi(text_.substr(at_++, 1), nullptr, 16);
    }
    return unit;
  }
  bool escape() {
    if (take('u')) {
      const int unit = hex();
      if (unit < 0xD800 || unit > 0xDFFF) {
        return unit >= 0;
      }
      if (unit > 0xDBFF || !take('\\') || !take('u')) {
        return false;
      }
      const int low = hex();
      return low >= 0xDC00 && low <= 0xDFFF;
    }
    return std::string("\"\\/bfnrt").find(text_[at_++]) != std::string::npos;
  }
  // Of ASCII, or the byte order mark, which is the only other in these texts.
  bool character() {
    return word("\xef\xbb\xbf") || static_cast<unsigned char>(text_[at_++]) < 0x80;
  }
  bool string() {
    if (!take('"')) {
      return false;
    }
    while (!take('"')) {
      if (at_ + 1 >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) {
        return false;
      }
      if (take('\\') ? !escape() : !character()) {
        return false;
      }
    }
    return true;
  }
  bool member(std::size_t depth, bool is_object) {
    space();
    if (is_object) {
      if (!string()) {
        return false;
      }
      space();
      if (!take(':')) {
        return false;
      }
      space();
    }
    if (!value(depth)) {
      return false;
    }
    space();
    return true;
  }
  bool members(std::size_t depth, bool is_object) {
    const char end = is_object ? '}' : ']';
    if (depth > 1024) {
      return false;
    }
    space();
    if (take(end)) {
      return true;
    }
    do {
      if (!member(depth, is_object)) {
        return false;
      }
    } while (take(','));
    return take(end);
  }
  bool value(std::size_t depth) {
    switch (next()) {
      case '{': ++at_; return members(depth + 1, true);
      case '[': ++at_; return members(depth + 1, false);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

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

TEST_CASE("JSON is nested 1024 deep at most, whatever comes before") {
  const std::string too_deep = "jobs[0].request: is nested deeper than 1024";
  for (const std::string before :
       {"", "123456789012345678901234567890,", "[],1e-400,", "{\"a\":0},"}) {
    INFO("'" << before << "'");
    for (const std::string inner : {"", "1", "{}", "123456789012345678901234567890"}) {
      INFO("'" << inner << "'");
      const std::size_t fits = 1023 - (inner == "{}" ? 1 : 0);
      CHECK(wrong_with_request("[" + before + nested(fits, inner) + "]").empty());
      CHECK(wrong_with_request("[" + before + nested(fits + 1, inner) + "]") == too_deep);
      CHECK(wrong_with_request("[" + before + nested(500'000, inner) + "]") == too_deep);
    }
    CHECK_FALSE(wrong_with_request("[" + before + std::string(1'000'000, '[')).empty());
  }
  CHECK_FALSE(wrong_with_request(std::string(1'000'000, '{')).empty());
}

TEST_CASE("a number beyond the range of a double is refused as such") {
  const std::string wrong = "jobs[0].request: holds a number beyond the range of a double";
  for (const std::string& text : {std::string("1e400"), std::string("[1,-1e309]"),
                                  std::string(400, '9'), "{\"a\":" + std::string(400, '9') + "}"}) {
    CHECK(wrong_with_request(text) == wrong);
  }
}

TEST_CASE("texts that were changed at random are judged as by a plain reader of JSON") {
  const std::vector<std::string> pieces = {"{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "\"",
                                           "\\",
                                           "\\u",
                                           "\\ud834",
                                           "\\udd1e",
                                           "a",
                                           "\"a\"",
                                           "\"a\":1",
                                           "0",
                                           "-",
                                           "1.5",
                                           "e",
                                           "+",
                                           "1e9",
                                           "1e400",
                                           "1e-400",
                                           "true",
                                           "false",
                                           "null",
                                           " ",
                                           "\n",
                                           std::string(1, '\0'),
                                           "\xff",
                                           "\xef\xbb\xbf",
                                           "123456789012345678901234567890",
                                           "[[]]",
                                           nested(1023),
                                           nested(1024)};
  std::mt19937 random(20);  // the same each time
  const auto below = [&](std::size_t end) { return random() % end; };
  JsonCheck check;
  int right = 0;
  constexpr int kTexts = 60'000;
  for (int i = 0; i < kTexts; ++i) {
    std::string text =
        below(3) == 0 ? "" : R"({"a":[1,-2.5e3,"x\u0041\ud834\udd1e"],"b":{"c":[true,null,{}]}})";
    const std::size_t changes = text.empty() ? below(6) : below(4);
    for (std::size_t change = 0; change < changes; ++change) {
      const std::string& piece = pieces[below(pieces.size())];
      const std::size_t at = below(text.size() + 1);
      text.replace(at, below(2) == 0 ? 0 : below(3), piece);
    }
    const bool is_json = PlainReader(text).reads_all();
    right += is_json ? 1 : 0;
    if (check.wrong_with(text).empty() != is_json) {
      INFO("'" << text.substr(0, 300) << "', as text " << i);
      CHECK(check.wrong_with(text).empty() == is_json);
    }
  }
  CHECK(right > kTexts / 20);
  CHECK(right < kTexts / 2);
}

}  // namespace store
