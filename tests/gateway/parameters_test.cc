#include "parameters.h"

#include <catch2/catch.hpp>

#include "values.h"

namespace {

using gateway::Parameters;

template <class T>
T read(const Parameters& parameters) {
  T value;
  gateway::read_parameters(parameters, value);
  return value;
}

template <class T = jobq::ListQuery>
std::string refused_field(const Parameters& parameters) {
  try {
    read<T>(parameters);
    return "none";
  } catch (const gateway::Refusal& refusal) {
    return refusal.field;
  } catch (const jobq::WrongField& error) {
    return error.field;
  }
}

}  // namespace

TEST_CASE("parameters are the fields of a value by their names in the schema") {
  const auto query = read<jobq::ListQuery>({{"client", "me"},
                                            {"limit", "7"},
                                            {"statuses", "failed,cancelled"},
                                            {"statuses", "complete"},
                                            {"key", "k"},
                                            {"flagged", ""},
                                            {"submittedSince", "2026-12-01T00:00:00.000Z"},
                                            {"endedBefore", "1000"},
                                            {"order", "priority-down"},
                                            {"behind", R"({"value":3,"sequence":4})"}});
  REQUIRE(query.client == "me");
  REQUIRE(query.limit == 7);
  using enum jobq::Status;
  REQUIRE(query.statuses == std::vector{kFailed, kCancelled, kComplete});
  REQUIRE(query.turn_key == "k");
  REQUIRE(query.flagged);
  REQUIRE(jobq::rfc3339(query.times.submitted_since) == "2026-12-01T00:00:00.000Z");
  REQUIRE(query.times.ended_before == jobq::Time(jobq::Span(1000)));
  REQUIRE(query.order == jobq::ListOrder::kPriorityDown);
  REQUIRE(query.behind == jobq::ListPlace{3, 4});
  REQUIRE(read<gateway::JobQuery>({{"waitMs", "5000"}}).wait == jobq::Span(5000));
}

TEST_CASE("after, sort and status mean what a list has other words for") {
  const auto query =
      read<jobq::ListQuery>({{"after", "9"}, {"sort", "-changed"}, {"status", "failed"}});
  REQUIRE(query.cursor == 9);
  REQUIRE(query.order == jobq::ListOrder::kChangedDown);
  REQUIRE(query.statuses == std::vector{jobq::Status::kFailed});
  REQUIRE(read<gateway::EventQuery>({{"after", "9"}}).after == 9);
}

TEST_CASE("what a field cannot be is refused with its name") {
  REQUIRE(refused_field({{"limit", "x"}}) == "limit");
  REQUIRE(refused_field({{"limit", ""}}) == "limit");
  REQUIRE(refused_field({{"limit", "-1"}}) == "limit");
  REQUIRE(refused_field({{"limit", "4294967296"}}) == "limit");
  REQUIRE(refused_field({{"limit", "1"}, {"limit", "1"}}) == "limit");
  REQUIRE(refused_field({{"cursor", "1"}, {"after", "1"}}) == "after");
  REQUIRE(refused_field({{"statuses", "failed,gone"}}) == "statuses[1]");
  REQUIRE(refused_field({{"flagged", "yes"}}) == "flagged");
  REQUIRE(refused_field({{"behind", "3"}}) == "behind");
  REQUIRE(refused_field({{"submittedSince", "today"}}) == "submittedSince");
  REQUIRE(refused_field({{"nothing", "1"}}) == "nothing");
  REQUIRE(refused_field<gateway::TokenQuery>({{"cursor", "1"}}) == "cursor");
}
