#include "refusals.h"

#include <catch2/catch.hpp>

namespace store {
namespace {

using namespace std::chrono_literals;

Outbound refusal(Code code, std::string_view limit = {}) {
  return {{}, Refused{code, "no", Span(), limit}};
}

std::uint64_t count_of(const Refusals& refusals, const std::string& what) {
  for (const jobq::RefusalCount& counted : refusals.counts()) {
    if (counted.what == what) {
      return counted.count;
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("refusals are counted by limit or code, also those of items") {
  Refusals refusals;
  const Refused full{Code::kFull, "no", Span(), "jobsLiveMax"};
  const Refused wrong{Code::kBadRequest, "no"};
  const std::vector<Outbound> answers = {refusal(Code::kUnauthorized),
                                         refusal(Code::kTooMany, "waitersMax"),
                                         refusal(Code::kTooMany, "waitersMax"),
                                         {{}, SubmitReply{{full, wrong, full}}},
                                         {{}, UpdateReply{{wrong}}},
                                         {{}, ListReply{}}};
  refusals.count({.token = "k1.a"}, answers);
  CHECK(count_of(refusals, "401") == 1);
  CHECK(count_of(refusals, "waitersMax") == 2);
  CHECK(count_of(refusals, "jobsLiveMax") == 2);
  CHECK(count_of(refusals, "400") == 2);
  CHECK(refusals.counts().size() == 4);
}

TEST_CASE("who floods is named, and only so many") {
  Refusals refusals;
  Time now(1h);
  const std::vector<Outbound> many(100, refusal(Code::kTooMany, "topicsPerTokenMax"));
  CHECK(refusals.take_floods(now).empty());
  refusals.count({.token = "k1.greedy"}, many);
  refusals.count({.token = "k1.greedy"}, std::span(many).first(20));
  refusals.count({.token = "k1.modest"}, std::span(many).first(99));
  CHECK(refusals.take_floods(now + 10s - 1ms).empty());
  const auto floods = refusals.take_floods(now += 10s);
  REQUIRE(floods.size() == 1);
  CHECK(floods[0] == "120 refusals (topicsPerTokenMax) in 10 s of the token \"k1.greedy\"");
  CHECK(refusals.take_floods(now += 10s).empty());  // it is over

  refusals.count({.address = "192.0.2.7"}, many);
  const auto of_stranger = refusals.take_floods(now += 10s);
  REQUIRE(of_stranger.size() == 1);
  CHECK(of_stranger[0].ends_with("of 192.0.2.7, without a token of this store"));

  for (int token = 0; token < 2'000; ++token) {
    refusals.count({.token = "k1." + std::to_string(token)}, std::span(many).first(1));
  }
  refusals.count({}, many);
  for (int token = 0; token < 9; ++token) {
    refusals.count({.token = "k1." + std::to_string(token)}, many);
  }
  const auto sampled = refusals.take_floods(now += 10s);
  REQUIRE(sampled.size() == Refusals::kLinesMax);
  CHECK(sampled[0].ends_with("without a token of this store, or of many tokens"));
}

}  // namespace store
