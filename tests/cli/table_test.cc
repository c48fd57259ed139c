#include "table.h"

#include <catch2/catch.hpp>

#include "json_text.h"
#include "utf8.h"

using namespace tools;

namespace {

Table jobs() {
  Table table({{"JOB"}, {"TRIES", true}, {"ERROR"}});
  table.add({{"a"}, {"1"}, {""}});
  table.add({{"bcd\u00e9"}, {"10"}, {"exit-1: no such page"}});
  return table;
}

}  // namespace

TEST_CASE("columns are aligned, numbers to the right, without spaces at the end") {
  CHECK(jobs().render({}) ==
        "JOB   TRIES  ERROR\n"
        "a         1\n"
        "bcd\u00e9     10  exit-1: no such page\n");
}

TEST_CASE("where columns say nothing else, the last one is cut to a terminal's width") {
  CHECK(jobs().render({.width = 24}) ==
        "JOB   TRIES  ERROR\n"
        "a         1\n"
        "bcd\u00e9     10  exit-1: no\u2026\n");
  CHECK(jobs().render({.width = 33}) == jobs().render({}));
  CHECK(jobs().render({.width = 10}) == jobs().render({.width = 23}));
}

TEST_CASE("names are cut in the middle as far as they differ, columns go by rank") {
  Table table({{"JOB", false, 0, Narrow::kMiddle}, {"N", true, 2}, {"X", true, 1}, {"TEXT"}});
  table.add({{"6f9619ff-8b86-4011-b42d-00c04fc964ff"}, {"1234567"}, {"1"}, {"short"}});
  table.add({{"6f9619ff-8b86-4011-b42d-00c04fc96500"}, {"7"}, {"2"}, {"a longer text"}});
  CHECK(table.render({.width = 40}) ==
        "JOB                  N  X  TEXT\n"
        "6f9619\u2026c964ff  1234567  1  short\n"
        "6f9619\u2026c96500        7  2  a longer text\n");
  CHECK(table.render({.width = 24}) ==
        "JOB        X  TEXT\n"
        "6f96\u202664ff  1  short\n"
        "6f96\u20266500  2  a longer \u2026\n");
}

TEST_CASE("a column without any text is left out, if it may be") {
  Table table({{"A"}, {"B", false, 1}, {"C"}, {"D"}});
  table.add({{"1"}, {""}, {""}, {"4"}});
  CHECK(table.render({}) == "A  C  D\n1  -  4\n");
}

TEST_CASE("the last line says how many rows there is no room for") {
  CHECK(jobs().render({}, 3) == jobs().render({}));
  CHECK(jobs().render({}, 2) == "JOB  TRIES  ERROR\n... and 2 more\n");
}

TEST_CASE("wide characters take two columns, those that combine none") {
  CHECK(width_of("\u4e2d\u6587 e\u0301 \U0001F600") == 9);
  Table table({{"A"}, {"B"}});
  table.add({{"\u4e2d\u6587"}, {"x"}});
  table.add({{"abc"}, {"y"}});
  CHECK(table.render({}) == "A     B\n\u4e2d\u6587  x\nabc   y\n");
  CHECK(shortened("\u4e2d\u6587\u4e2d", 5) == "\u4e2d\u6587\u2026");
  CHECK(shortened("\u4e2d\u6587\u4e2d", 4) == "\u4e2d\u2026");
  CHECK(shortened_middle("\u4e2d\u6587abcd", 6) == "\u4e2d\u2026cd");
}

TEST_CASE("a table without titles has no header") {
  Table table({{}, {}});
  table.add({{"job"}, {"x"}});
  table.add({{"status"}});
  CHECK(table.render({}) == "job     x\nstatus\n");
}

TEST_CASE("colours do not disturb the alignment") {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Style::kGood}, {"y", Style::kBad}});
  CHECK(table.render({.has_colours = true}) ==
        "\033[2mA\033[0m  \033[2mB\033[0m\n\033[32mx\033[0m  \033[31my\033[0m\n");
}

TEST_CASE("nothing in a cell reaches the terminal as a command") {
  Table table(std::vector<Column>(1));
  table.add({{"a\033[31mb\nc\x9B\xC2\x9B"}});
  CHECK(table.render({}) == "a\uFFFD[31mb c\uFFFD\uFFFD\n");
}

TEST_CASE("output that is no terminal has no colours and no width") {
  std::FILE* file = std::tmpfile();
  const Display display = display_of(file);
  std::fclose(file);
  CHECK_FALSE(display.is_terminal);
  CHECK_FALSE(display.has_colours);
  CHECK(display.width == 0);
}

TEST_CASE("bytes that are not UTF-8 are replaced one by one", "[utf8]") {
  CHECK(valid_utf8("gr\u00fcn \u20ac \U0001F600") == "gr\u00fcn \u20ac \U0001F600");
  CHECK(valid_utf8("a\xFF"
                   "b") == "a\uFFFDb");
  CHECK(valid_utf8("\xC3") == "\uFFFD");
  CHECK(valid_utf8("\xC0\x80") == "\uFFFD\uFFFD");                      // overlong
  CHECK(valid_utf8("\xE0\x80\x80") == "\uFFFD\uFFFD\uFFFD");            // overlong
  CHECK(valid_utf8("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");            // a surrogate
  CHECK(valid_utf8("\xF4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
  CHECK(valid_utf8("\xE2\x82"
                   "a") == "\uFFFD\uFFFDa");
}

TEST_CASE("cutting leaves whole characters", "[utf8]") {
  CHECK(tail_of("a\u20acb", 3) == "b");
  CHECK(tail_of("a\u20acb", 4) == "\u20acb");
  CHECK(tail_of("ab", 3) == "ab");
  CHECK(head_of("a\u20acb", 3) == "a");
  CHECK(head_of("a\u20acb", 4) == "a\u20ac");
  CHECK(width_of("a\u20acb") == 3);
}

TEST_CASE("nothing that a terminal obeys, or that turns text around, is printed") {
  for (const int number :
       {0x00,    0x07,    0x1B,   0x7F,    0x85,    0x9B,    0x9F,    0x61C,  0x200E,
        0x200F,  0x2028,  0x2029, 0x202A,  0x202E,  0x2066,  0x2069,  0xFEFF, 0xFFF9,
        0xE0001, 0xE007F, 0xAD,   0x600,   0x6DD,   0x70F,   0x891,   0x8E2,  0x180E,
        0x200B,  0x200D,  0x2060, 0x110BD, 0x110CD, 0x1343F, 0x1BCA3, 0x1D173}) {
    const auto point = static_cast<char32_t>(number);
    std::string text;
    if (point < 0x80) {
      text = static_cast<char>(point);
    } else if (point < 0x800) {
      text = {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
    } else if (point < 0x10000) {
      text = {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
              static_cast<char>(0x80 | (point & 0x3F))};
    } else {
      text = {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
              static_cast<char>(0x80 | (point >> 6 & 0x3F)),
              static_cast<char>(0x80 | (point & 0x3F))};
    }
    INFO(number);
    CHECK(printable("a" + text + "b") == "a\uFFFDb");
    CHECK(printable_lines("a" + text + "b") == "a\uFFFDb");
    const std::string json = printable_json("\"" + text + "\"");
    CHECK(json.find(text) == std::string::npos);
    CHECK(Json::parse(json).get<std::string>() == text);
  }
  CHECK(printable("a\n\tb \u00e9 \u6F22 \u0627\u0644") == "a  b \u00e9 \u6F22 \u0627\u0644");
  CHECK(printable_lines("a\n\tb \033[1;31mred\033[0m\n") == "a\n\tb \033[1;31mred\033[0m\n");
  for (const std::string obeyed : {"\033[2J", "\033[31", "\033]0;title\007", "\033[6n", "\033"}) {
    CHECK(printable_lines(obeyed).find('\033') == std::string::npos);
  }
  CHECK(printable_lines("a\xFF\xC0\x80") == "a\uFFFD\uFFFD\uFFFD");
  CHECK(printable_json("{\n \"a\":\t1}") == "{\n \"a\":\t1}");
}
