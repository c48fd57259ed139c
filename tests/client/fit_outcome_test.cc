#include "fit_outcome.h"

#include <catch2/catch.hpp>
#include <limits>

#include "speech.h"

using namespace std::chrono_literals;

TEST_CASE("a text is cut between characters, and what is no UTF-8 is replaced") {
  REQUIRE(jobq::fit_text("gr\xc3\xbc\xc3\x9f", 6) == "gr\xc3\xbc\xc3\x9f");
  REQUIRE(jobq::fit_text("gr\xc3\xbc\xc3\x9f", 5) == "gr\xc3\xbc");
  REQUIRE(jobq::fit_text("\xff"
                         "a\xc3",
                         9) == "?a?");
  REQUIRE(jobq::fit_text("\xed\xa0\x80|\xc0\x80|\xf0\x9f\x98\x80", 99) ==
          "???|??|\xf0\x9f\x98\x80");
  REQUIRE(jobq::fit_text("", 0).empty());
}

TEST_CASE("what a callback returns is made to fit") {
  const std::string long_text(70'000, 'm');
  const jobq::JobError error{"", long_text, long_text};

  const auto failed = std::get<jobq::JobError>(jobq::fit_outcome(error));
  REQUIRE(failed.code == "failed");
  REQUIRE(failed.message.size() == 1024);
  REQUIRE(failed.detail.size() == 65'536);

  const auto retry = std::get<jobq::Retry>(
      jobq::fit_outcome(jobq::Retry{.error = error, .delay = jobq::Span::max()}));
  REQUIRE(retry.error.code == "failed");
  REQUIRE(retry.error.message.size() == 1024);
  REQUIRE(retry.delay == 24h * 365);

  const auto release = std::get<jobq::Release>(
      jobq::fit_outcome(jobq::Release{.delay = jobq::Span::max(), .message = long_text}));
  REQUIRE(release.message.size() == 1024);
  REQUIRE(release.delay == 24h * 365);

  const auto forbid = std::get<jobq::Forbid>(jobq::fit_outcome(jobq::Forbid{.error = error}));
  REQUIRE(forbid.error.code == "forbidden");
  REQUIRE(forbid.error.message.size() == 1024);

  const auto large = jobq::fit_outcome(jobq::Done{std::string(8u << 20, '1')});
  REQUIRE(std::get<jobq::JobError>(large).code == "bad-response");
}

TEST_CASE("progress and log lines are made to fit") {
  const std::string long_text(2'000, 'm');
  const auto progress = [](double value) { return jobq::fit_progress({.value = value}).value; };
  REQUIRE(progress(0.25) == 0.25);
  REQUIRE(progress(-1) == 0);
  REQUIRE(progress(1.5) == 1);
  REQUIRE(progress(std::numeric_limits<double>::quiet_NaN()) == 0);
  REQUIRE(progress(std::numeric_limits<double>::infinity()) == 1);
  REQUIRE(jobq::fit_progress({.value = 0, .message = long_text}).message.size() == 1024);
  REQUIRE(jobq::fit_log_text({.text = long_text}).text.size() == 1024);
}

TEST_CASE("log lines are numbered without gaps, also when they are put back") {
  jobq::Speech speech;
  REQUIRE(speech.is_empty());
  speech.say({.text = "1"}, true);
  speech.say({.text = "2"}, true);
  auto taken = speech.take();
  REQUIRE(speech.is_empty());
  REQUIRE(speech.bytes() == 0);
  REQUIRE(taken.log->first == 1);
  speech.say({.text = "3"}, true);
  speech.put_back(std::move(*taken.log));
  taken = speech.take();
  REQUIRE(taken.log->first == 1);
  REQUIRE(taken.log->lines.size() == 3);
  REQUIRE(taken.log->lines[2].text == "3");
  speech.say({.text = "4"}, true);
  REQUIRE(speech.take().log->first == 4);
  REQUIRE_FALSE(speech.take().log);
}

TEST_CASE("beyond the limit the oldest lines are dropped and counted, none without memory") {
  jobq::Speech speech;
  for (unsigned i = 1; i <= 1'003; ++i) {
    speech.say({.text = std::to_string(i)}, true);
  }
  REQUIRE(speech.take_dropped() == 3);
  auto taken = speech.take();
  REQUIRE(taken.log->first == 4);
  REQUIRE(taken.log->lines.size() == 1'000);
  REQUIRE(taken.log->lines.front().text == "4");

  speech.say({.text = "1004"}, true);
  speech.put_back(std::move(*taken.log));
  REQUIRE(speech.take_dropped() == 1);
  speech.say({.text = "lost"}, false);
  REQUIRE(speech.take_dropped() == 1);
  taken = speech.take();
  REQUIRE(taken.log->first == 5);
  REQUIRE(taken.log->lines.back().text == "1004");
  REQUIRE(speech.bytes() == 0);
}

TEST_CASE("of progress the newest is kept") {
  jobq::Speech speech;
  speech.say(jobq::Progress{.value = 0.1});
  speech.say(jobq::Progress{.value = 0.2});
  auto taken = speech.take();
  REQUIRE(taken.progress->value == 0.2);
  speech.say(jobq::Progress{.value = 0.3});
  speech.put_back(std::move(*taken.progress));
  taken = speech.take();
  REQUIRE(taken.progress->value == 0.3);
  speech.put_back(std::move(*taken.progress));
  REQUIRE(speech.take().progress->value == 0.3);
}
