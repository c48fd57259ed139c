// Cron expressions in time zones. The oracle is libc's localtime(): it walks from minute to minute
// of real time and looks at what the clocks there show.
#include "calendar.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "timestamp.h"

namespace store {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_seconds;

Calendar calendar(const std::string& cron, const std::string& zone) {
  auto made = Calendar::make(cron, zone);
  INFO(cron << " in " << zone << ": " << (made.index() == 1 ? std::get<1>(made) : ""));
  REQUIRE(made.index() == 0);
  return std::get<Calendar>(made);
}

sys_seconds at(const std::string& time) {
  return std::chrono::floor<std::chrono::seconds>(jobq::parse_time(time).value());
}
std::string text(std::optional<sys_seconds> time) {
  if (!time) {
    return "never";
  }
  std::string shown = jobq::rfc3339(*time);
  return shown.replace(shown.find('.'), std::string::npos, "Z");
}

class LibcZone {
 public:
  explicit LibcZone(const std::string& name) {
    ::setenv("TZ", name.c_str(), 1);
    ::tzset();
  }
  ~LibcZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  std::tm local(sys_seconds time) const {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return local;
  }
};

// Minutes since some day, as the clocks show them.
long shown(const std::tm& local) {
  const auto day = std::chrono::local_days(std::chrono::year(local.tm_year + 1900) /
                                           (local.tm_mon + 1) / local.tm_mday);
  return day.time_since_epoch().count() * 1440 + local.tm_hour * 60 + local.tm_min;
}

struct Daily {
  int hour = -1;  // -1: each
  std::vector<int> minutes;

  bool has(long shown) const {
    const int hour_shown = static_cast<int>(shown % 1440 / 60);
    return (hour < 0 || hour == hour_shown) &&
           std::find(minutes.begin(), minutes.end(), shown % 60) != minutes.end();
  }
  std::string text() const {
    std::string text;
    for (const int minute : minutes) {
      text += (text.empty() ? "" : ",") + std::to_string(minute);
    }
    return text + " " + (hour < 0 ? "*" : std::to_string(hour)) + " * * *";
  }
};

// Whoever names an hour is due once the clocks have passed it for the first time; whoever does not,
// whenever they show the minute.
std::vector<sys_seconds> walk(const std::string& zone, const Daily& daily, sys_seconds from,
                              sys_seconds until) {
  const LibcZone libc(zone);
  std::vector<sys_seconds> due;
  long latest = shown(libc.local(from));
  for (sys_seconds time = from + 1min; time <= until; time += 1min) {
    const long now = shown(libc.local(time));
    bool is_due = false;
    if (daily.hour < 0) {
      is_due = daily.has(now);
    } else {
      for (long minute = latest + 1; minute <= now; ++minute) {
        is_due = is_due || daily.has(minute);
      }
    }
    latest = std::max(latest, now);
    if (is_due) {
      due.push_back(time);
    }
  }
  return due;
}

std::vector<sys_seconds> ask(const Calendar& calendar, sys_seconds from, sys_seconds until) {
  std::vector<sys_seconds> due;
  for (auto time = calendar.next(from); time && *time <= until; time = calendar.next(*time)) {
    due.push_back(*time);
  }
  return due;
}

}  // namespace

TEST_CASE("over the changes of clocks a walk from minute to minute finds the same", "[calendar]") {
  const std::pair<const char*, std::vector<const char*>> zones[] = {
      {"Europe/Berlin", {"2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z"}},
      {"America/New_York", {"2026-03-06T00:00:00Z", "2026-10-30T00:00:00Z"}},
      {"Australia/Lord_Howe", {"2026-04-03T00:00:00Z", "2026-10-02T00:00:00Z"}},
      {"Asia/Kathmandu", {"2026-03-27T00:00:00Z"}},
      {"Africa/Casablanca", {"2026-02-13T00:00:00Z", "2026-03-20T00:00:00Z"}},
      {"Pacific/Apia", {"2011-12-28T00:00:00Z"}},  // which skipped a whole day
      {"America/Havana", {"2026-03-06T00:00:00Z"}}};
  for (const auto& [zone, starts] : zones) {
    for (const char* start : starts) {
      for (int hour = -1; hour < 24; ++hour) {
        for (const std::vector<int>& minutes : {std::vector<int>{0}, {30}, {0, 15, 30, 45}, {59}}) {
          const Daily daily{hour, minutes};
          INFO(zone << " " << start << " " << daily.text());
          const sys_seconds from = at(start);
          const sys_seconds until = from + std::chrono::days(4);
          REQUIRE(ask(calendar(daily.text(), zone), from, until) ==
                  walk(zone, daily, from, until));
        }
      }
    }
  }
}

TEST_CASE("asked at any minute, the next time is the first of those that are later", "[calendar]") {
  for (const Daily& daily : {Daily{-1, {20, 40}}, Daily{1, {45}}, Daily{2, {0, 30}}}) {
    const Calendar asked = calendar(daily.text(), "Australia/Lord_Howe");
    for (const char* start : {"2026-04-04T12:00:00Z", "2026-10-03T12:00:00Z"}) {
      const sys_seconds from = at(start);
      const auto due = walk("Australia/Lord_Howe", daily, from, from + std::chrono::days(3));
      for (sys_seconds time = from; time < from + std::chrono::days(1); time += 1min) {
        const auto later = std::upper_bound(due.begin(), due.end(), time);
        INFO(daily.text() << " after " << text(time));
        REQUIRE(text(asked.next(time)) == text(*later));
      }
    }
  }
}

TEST_CASE("a skipped hour is made up for at its end, a repeated one counts once", "[calendar]") {
  struct Row {
    const char *cron, *zone, *after, *first, *second;
  };
  const Row rows[] = {
      // 02:00 becomes 03:00.
      {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z",
       "2026-03-30T00:30:00Z"},
      {"0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z",
       "2026-03-30T01:00:00Z"},
      {"*/15 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z",
       "2026-03-30T00:00:00Z"},
      {"30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z",
       "2026-03-29T01:30:00Z"},
      // 03:00 becomes 02:00.
      {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z",
       "2026-10-26T01:30:00Z"},
      {"30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z",
       "2026-10-25T01:30:00Z"},
      {"30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z",
       "2026-03-09T06:30:00Z"},
      {"30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T05:30:00Z",
       "2026-11-02T06:30:00Z"},
      // Half an hour: 02:00 becomes 02:30, and becomes 01:30.
      {"15 2 * * *", "Australia/Lord_Howe", "2026-10-02T20:00:00Z", "2026-10-03T15:30:00Z",
       "2026-10-04T15:15:00Z"},
      {"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-04T14:45:00Z",
       "2026-04-05T15:15:00Z"}};
  for (const Row& row : rows) {
    const Calendar asked = calendar(row.cron, row.zone);
    INFO(row.cron << " in " << row.zone);
    const auto first = asked.next(at(row.after));
    REQUIRE(text(first) == row.first);
    REQUIRE(text(asked.next(first.value())) == row.second);
  }
}

TEST_CASE("a leap second is no second of its own", "[calendar]") {
  for (const char* zone : {"", "Europe/London"}) {
    const Calendar asked = calendar("* * * * * *", zone);
    REQUIRE(text(asked.next(at("2016-12-31T23:59:59Z"))) == "2017-01-01T00:00:00Z");
    REQUIRE(text(asked.next(at("2017-01-01T00:00:00Z"))) == "2017-01-01T00:00:01Z");
  }
}

TEST_CASE("an unknown time zone and a bad expression are told apart", "[calendar]") {
  for (const char* zone : {"Mars/Olympus", "../../etc/passwd", "/etc/localtime", "europe/berlin",
                           "Europe", "CEST"}) {
    const auto made = Calendar::make("@daily", zone);
    INFO(zone);
    REQUIRE(made.index() == 1);
    REQUIRE(std::get<std::string>(made).starts_with("zone: is none of the time zones"));
  }
  REQUIRE(std::get<std::string>(Calendar::make("x", "Mars")) ==
          "cron: has 1 fields, must have 5, or 6 with seconds");
  REQUIRE(Calendar::make("@daily", "UTC").index() == 0);
}

}  // namespace store
