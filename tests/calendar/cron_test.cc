// Cron expressions without a time zone. The oracle walks from minute to minute (or second to
// second) and looks at the fields as sets, which it has made the texts from.
#include "cron.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

namespace store {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::local_seconds;

Cron cron_of(const std::string& text) {
  auto parsed = Cron::parse(text);
  INFO(text << ": " << (parsed.index() == 1 ? std::get<std::string>(parsed) : ""));
  REQUIRE(parsed.index() == 0);
  return std::get<Cron>(parsed);
}

std::string wrong_with(const std::string& text) {
  const auto parsed = Cron::parse(text);
  return parsed.index() == 1 ? std::get<std::string>(parsed) : "";
}

local_seconds at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
                 int second = 0) {
  return local_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

// A field as the values that it has, with a text that means them.
struct Values {
  std::string text;
  std::set<unsigned> values;
  bool is_star = false;

  bool has(unsigned value) const { return values.contains(value); }
};

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  unsigned up_to(unsigned max) { return std::uniform_int_distribution<unsigned>(0, max)(random_); }

  Values field(unsigned min, unsigned max) {
    Values made;
    const unsigned parts = 1 + up_to(2);
    for (unsigned i = 0; i < parts; ++i) {
      const unsigned first = min + up_to(max - min);
      const unsigned last = first + up_to(max - first);
      const unsigned step = 1 + up_to(4);
      made.text += made.text.empty() ? "" : ",";
      const auto take = [&](unsigned from, unsigned to, unsigned by) {
        for (unsigned value = from; value <= to; value += by) {
          made.values.insert(value);
        }
      };
      switch (up_to(4)) {
        case 0:
          made.is_star = made.is_star || i == 0;
          made.text += "*/" + std::to_string(step);
          take(min, max, step);
          break;
        case 1:
          made.text += std::to_string(first) + "-" + std::to_string(last);
          take(first, last, 1);
          break;
        case 2:
          made.text += std::to_string(first) + "/" + std::to_string(step);
          take(first, max, step);
          break;
        case 3:
          made.text +=
              std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(step);
          take(first, last, step);
          break;
        default:
          made.text += std::to_string(first);
          take(first, first, 1);
      }
    }
    return made;
  }

 private:
  std::mt19937 random_;
};

struct Expression {
  Values minute, hour, day, month, weekday;

  std::string text() const {
    return minute.text + " " + hour.text + " " + day.text + " " + month.text + " " + weekday.text;
  }
  bool has(local_seconds time) const {
    const auto of_day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(of_day);
    const std::chrono::hh_mm_ss clock(time - of_day);
    const unsigned day_of_week = std::chrono::weekday(of_day).c_encoding();
    const bool is_day = day.has(static_cast<unsigned>(date.day()));
    const bool is_weekday = weekday.has(day_of_week) || (day_of_week == 0 && weekday.has(7));
    const bool is_right_day =
        day.is_star || weekday.is_star ? is_day && is_weekday : is_day || is_weekday;
    return is_right_day && month.has(static_cast<unsigned>(date.month())) &&
           hour.has(static_cast<unsigned>(clock.hours().count())) &&
           minute.has(static_cast<unsigned>(clock.minutes().count()));
  }
};

}  // namespace

TEST_CASE("a cron expression means the minutes that a walk from minute to minute finds", "[cron]") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Chance chance(seed);
    Expression made{chance.field(0, 59), chance.field(0, 23), chance.field(1, 31),
                    chance.field(1, 12), chance.field(0, 7)};
    const Cron cron = cron_of(made.text());
    const local_seconds start = at(2024, 1, 1) + std::chrono::days(chance.up_to(1000)) +
                                std::chrono::minutes(chance.up_to(1439));
    local_seconds last = start;
    for (local_seconds time = start + 1min; time < start + std::chrono::days(20); time += 1min) {
      if (made.has(time)) {
        INFO("seed " << seed << ": " << made.text());
        REQUIRE(cron.next(last) == time);
        last = time;
      }
    }
    const auto next = cron.next(last);
    INFO("seed " << seed << ": " << made.text());
    REQUIRE((!next || *next >= start + std::chrono::days(20)));
    REQUIRE((!next || made.has(*next)));
  }
}

TEST_CASE("seconds are a field of their own when there are six", "[cron]") {
  const Cron cron = cron_of("10,40 */7 3 * * *");
  const std::set<unsigned> seconds{10, 40};
  local_seconds last = at(2026, 11, 29, 2, 59, 59);
  for (local_seconds time = last + 1s; time < at(2026, 11, 29, 4); time += 1s) {
    const std::chrono::hh_mm_ss clock(time - std::chrono::floor<std::chrono::days>(time));
    if (clock.hours() == 3h && clock.minutes().count() % 7 == 0 &&
        seconds.contains(static_cast<unsigned>(clock.seconds().count()))) {
      REQUIRE(cron.next(last) == time);
      last = time;
    }
  }
  REQUIRE(cron.next(last) == at(2026, 11, 30, 3, 0, 10));
}

TEST_CASE("names, Sunday as 7 and the words with @ mean what the numbers do", "[cron]") {
  const local_seconds from = at(2026, 2, 10, 12, 34, 56);
  const std::pair<const char*, const char*> same[] = {
      {"0 0 * jan,Jul MON-fri", "0 0 * 1,7 1-5"},
      {"0 0 * * 7", "0 0 * * 0"},
      {"0 0 * * 5-7", "0 0 * * 0,5,6"},
      {"@hourly", "0 * * * *"},
      {"@daily", "0 0 * * *"},
      {"@midnight", "0 0 * * *"},
      {"@weekly", "0 0 * * 0"},
      {"@monthly", "0 0 1 * *"},
      {"@yearly", "0 0 1 1 *"},
      {"@annually", "0 0 1 1 *"},
      {"  0\t0 1 1   * ", "0 0 0 1 1 *"}};
  for (const auto& [one, other] : same) {
    INFO(one);
    const Cron a = cron_of(one);
    const Cron b = cron_of(other);
    local_seconds time = from;
    for (int i = 0; i < 50; ++i) {
      REQUIRE(a.next(time) == b.next(time));
      time = a.next(time).value();
    }
  }
}

TEST_CASE("of two restricted days one suffices, of a star and a day both count", "[cron]") {
  // 13 November 2026 is a Friday.
  REQUIRE(cron_of("0 0 13 * 5").next(at(2026, 11, 1)) == at(2026, 11, 6));
  REQUIRE(cron_of("0 0 13 * *").next(at(2026, 11, 1)) == at(2026, 11, 13));
  REQUIRE(cron_of("0 0 */12 * 5").next(at(2026, 11, 1)) == at(2026, 11, 13));
}

TEST_CASE("29 February is found over a year without, and what never comes is not", "[cron]") {
  REQUIRE(cron_of("0 12 29 2 *").next(at(2096, 2, 29, 12)) == at(2104, 2, 29, 12));
  // On a Saturday: 2080 and 2120, with 2100 between them.
  REQUIRE(cron_of("0 0 */28 2 6").next(at(2076, 2, 29)).has_value());
  REQUIRE_FALSE(cron_of("0 0 30 2 *").next(at(2026, 1, 1)));
  REQUIRE_FALSE(cron_of("0 0 31 4,6,9,11 *").next(at(2026, 1, 1)));
}

TEST_CASE("there is no second 60: the minute of a leap second has 60 seconds", "[cron]") {
  REQUIRE(wrong_with("60 59 23 31 12 *") == "second: '60' is not within 0..59");
  const Cron each_second = cron_of("* * * * * *");
  REQUIRE(each_second.next(at(2016, 12, 31, 23, 59, 59)) == at(2017, 1, 1));
}

TEST_CASE("what is no cron expression is refused with the field and what it may be", "[cron]") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "has 0 fields, must have 5, or 6 with seconds"},
      {"* * * *", "has 4 fields, must have 5, or 6 with seconds"},
      {"* * * * * * *", "has 7 fields, must have 5, or 6 with seconds"},
      {"60 * * * *", "minute: '60' is not within 0..59"},
      {"* 24 * * *", "hour: '24' is not within 0..23"},
      {"* * 0 * *", "day of month: '0' is not within 1..31"},
      {"* * * 13 *", "month: '13' is not within 1..12"},
      {"* * * * 8", "day of week: '8' is not within 0..7"},
      {"* * * * fre", "day of week: 'fre' is not within 0..7"},
      {"-1 * * * *", "minute: '' is not within 0..59"},
      {"1- * * * *", "minute: '' is not within 0..59"},
      {"30-10 * * * *", "minute: '30-10' runs backwards"},
      {"*/0 * * * *", "minute: '0' is not within 1..59"},
      {"1,,2 * * * *", "minute: '' is not within 0..59"},
      {"1.5 * * * *", "minute: '1.5' is not within 0..59"},
      {"99999999999999999999 * * * *", "minute: '99999999999999999999' is not within 0..59"},
      {"* * L * *", "day of month: 'L' is not within 1..31"},
      {"@often", "'@often' is none of @hourly, @daily, @weekly, @monthly, @yearly"},
      {"@reboot", "'@reboot' is none of @hourly, @daily, @weekly, @monthly, @yearly"}};
  for (const auto& [text, wrong] : cases) {
    INFO(text);
    REQUIRE(wrong_with(text) == wrong);
  }
}

}  // namespace store
