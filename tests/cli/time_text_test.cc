#include "time_text.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "failure.h"

using namespace tools;
using namespace std::chrono_literals;

namespace {

const jobq::Time kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h + 3min + 4s + 56ms;

void use_zone(const char* zone) {
  ::setenv("TZ", zone, 1);
  ::tzset();
}
void use_utc() { use_zone("UTC"); }

}  // namespace

TEST_CASE("durations have units, but for zero") {
  CHECK(parse_span("90s") == jobq::Span(90s));
  CHECK(parse_span("15m") == jobq::Span(15min));
  CHECK(parse_span("15min") == jobq::Span(15min));
  CHECK(parse_span("1h") == jobq::Span(1h));
  CHECK(parse_span("7d") == jobq::Span(7 * 24h));
  CHECK(parse_span("250ms") == jobq::Span(250ms));
  CHECK(parse_span("1h30m") == jobq::Span(90min));
  CHECK(parse_span("0") == jobq::Span(0s));
}

TEST_CASE("what is no duration is refused") {
  for (const char* text :
       {"", "s", "5", "30000", "5x", "-5s", "5 s", " 5s", "1.5h", "1h30", "5ss", "5m0",
        "99999999999999999999", "9999999999999d", "36526d", "36525d1ms"}) {
    INFO(text);
    CHECK_FALSE(parse_span(text));
  }
  CHECK(parse_span("36525d"));
  CHECK_THROWS_WITH(span_of_option("--expires", "5x"), Catch::Contains("--expires: '5x'"));
  CHECK_THROWS_AS(span_of_option("--expires", "5x"), UsageError);
}

TEST_CASE("an instant is RFC 3339, a number since 1970, or a span with its unit") {
  const auto at = [](const char* text) {
    return parse_instant(text, kNow, SpanMeans::kFromNow).value();
  };
  CHECK(at("2026-11-23T12:03:04.056Z") == kNow);
  CHECK(at("2026-11-23T13:03:04.056+01:00") == kNow);
  CHECK(at("1795435384") == std::chrono::floor<std::chrono::seconds>(kNow));
  CHECK(at("1795435384056") == kNow);
  CHECK(at("100000000000") == jobq::Time(100'000'000'000ms));
  CHECK(at("15m") == kNow + 15min);
  CHECK(at("0s") == kNow);
  CHECK(parse_instant("15m", kNow, SpanMeans::kAgo) == kNow - 15min);
  CHECK(parse_instant("36525d", kNow, SpanMeans::kAgo) == jobq::Time(1ms));  // 0 is no time
  CHECK(at("253402300799999") == jobq::Time(253'402'300'799'999ms));
}

TEST_CASE("what is no instant is refused") {
  // Few digits could be meant as seconds from now.
  for (const char* text : {"", "90", "12345678", "253402300800000", "1234567890123456", "-5m",
                           "tomorrow", "2026-11-23", "2026-11-23 10:00:00", "1795435384.5"}) {
    INFO(text);
    CHECK_FALSE(parse_instant(text, kNow, SpanMeans::kFromNow));
  }
  CHECK_THROWS_WITH(instant_of_option("--not-before", "90", kNow, SpanMeans::kFromNow),
                    Catch::Contains("--not-before: '90'") && Catch::Contains("from now"));
  CHECK_THROWS_WITH(instant_of_option("TIME", "x", kNow, SpanMeans::kAgo), Catch::Contains("ago"));
}

TEST_CASE("exact spans read back as what they were") {
  CHECK(exact_span_text(0ms) == "0s");
  CHECK(exact_span_text(250ms) == "250ms");
  CHECK(exact_span_text(90s) == "1m30s");
  CHECK(exact_span_text(7 * 24h) == "7d");
  CHECK(exact_span_text(25h + 1ms) == "1d1h1ms");
  for (const jobq::Span span : {jobq::Span(1ms), jobq::Span(3'661'001ms), jobq::Span(400 * 24h)}) {
    CHECK(parse_span(exact_span_text(span)) == span);
  }
}

TEST_CASE("a duration outside its limits is refused with both") {
  CHECK(span_of_option("--lease", "100ms", kLeaseLimits) == 100ms);
  CHECK(span_of_option("--lease", "1h", kLeaseLimits) == 1h);
  CHECK_THROWS_WITH(span_of_option("--lease", "99ms", kLeaseLimits),
                    "--lease: '99ms' is not within 100ms to 1h");
  CHECK_THROWS_WITH(span_of_option("--lease", "61m", kLeaseLimits), Catch::Contains("1h"));
}

TEST_CASE("spans are written in one unit") {
  CHECK(span_text(0ms) == "0 ms");
  CHECK(span_text(999ms) == "999 ms");
  CHECK(span_text(3499ms) == "3 s");
  CHECK(span_text(3500ms) == "4 s");
  CHECK(span_text(119s) == "119 s");
  CHECK(span_text(2min) == "2 min");
  CHECK(span_text(119min) == "119 min");
  CHECK(span_text(2h) == "2 h");
  CHECK(span_text(48h) == "2 d");
}

TEST_CASE("instants for programs are RFC 3339 in UTC with milliseconds") {
  CHECK(rfc3339(kNow) == "2026-11-23T12:03:04.056Z");
  CHECK(rfc3339(jobq::Time(0ms)) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("instants for people leave out the day of today") {
  use_utc();
  CHECK(clock_text(kNow, kNow + 1h) == "12:03:04Z");
  CHECK(clock_text(kNow, kNow + 24h) == "2026-11-23 12:03:04Z");
  CHECK(clock_text({}, kNow) == "-");
}

TEST_CASE("instants for people say their zone") {
  const auto in = [](const char* zone) {
    use_zone(zone);
    return clock_text(kNow, kNow);
  };
  CHECK(in("UTC-5:30") == "17:33:04+05:30");  // POSIX counts to the west
  CHECK(in("UTC+0:30") == "11:33:04-00:30");
  use_utc();
}

TEST_CASE("distances say which way") {
  CHECK(distance_text(kNow - 3s, kNow) == "3 s ago");
  CHECK(distance_text(kNow + 25s, kNow) == "in 25 s");
  CHECK(distance_text(kNow + 999ms, kNow) == "now");
  CHECK(distance_text(kNow - 999ms, kNow) == "now");
}
