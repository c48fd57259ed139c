// The limits of what attempts and functions keep, and of what workers say of themselves.
#include <catch2/catch.hpp>

#include "cases.h"

namespace store {
namespace {

const std::string kName = "[A-Za-z0-9._~:@+/=-]";
const std::string kEmpty = "empty";

}  // namespace

TEST_CASE("what is to be kept is held to every limit") {
  using jobq::ChangeHow;
  const auto left = [](decltype(wire::Outcome::report) word, std::string checkpoint) {
    return update(wire::Outcome{{"j"}, std::move(word), std::move(checkpoint)});
  };
  const auto with = [](decltype(wire::Outcome::report) word, jobq::StateChange change,
                       std::size_t count = 1) {
    return update(wire::Outcome{
        {"j"}, std::move(word), {}, std::vector<jobq::StateChange>(count, std::move(change))});
  };
  const auto change = [](jobq::ChangeState change) {
    return wire::change_state_frame(post("/jobs/scan/state"), change);
  };
  const jobq::Progress progress{0.5, ""};
  const wire::Done done{"1"};
  const jobq::StateChange set{.name = "a", .value = "1"};
  check({
      {"outcomes[0].checkpoint", left(progress, a(65'536)), left(progress, a(65'537)), 413,
       "65536"},
      {"outcomes[0].checkpoint", left(jobq::Release{}, ""), left(progress, kNotUtf8), 400, "UTF-8"},
      {"outcomes[0].checkpoint", left(jobq::Release{}, "a"), left(done, "a"), 400, "alone"},
      {"outcomes[0].checkpoint", left(jobq::Release{}, "a"), left(done, ""), 400, "alone"},
      {"outcomes[0].state", with(done, set, 64), with(done, set, 65), 413, "64"},
      {"outcomes[0].state", with(jobq::Release{}, set), with(progress, set), 400, "alone"},
      {"outcomes[0].state[0].name", with(done, {.name = a(128), .value = "1"}),
       with(done, {.name = a(129), .value = "1"}), 400, "128"},
      {"outcomes[0].state[0].name", with(done, set), with(done, {.name = "a b", .value = "1"}), 400,
       kName},
      {"outcomes[0].state[0].value", with(done, {.name = "a", .value = a(4096)}),
       with(done, {.name = "a", .value = a(4097)}), 413, "4096"},
      {"outcomes[0].state[0].value", with(done, set), with(done, {.name = "a"}), 400, kEmpty},
      {"outcomes[0].state[0].value", with(done, {.name = "a", .how = ChangeHow::kAdd}),
       with(done, {.name = "a", .how = ChangeHow::kAdd, .value = "1"}), 400, "set alone"},
      {"outcomes[0].state[0].number",
       with(done, {.name = "a", .how = ChangeHow::kMin, .number = 1}),
       with(done, {.name = "a", .how = ChangeHow::kRemove, .number = 1}), 400, "alone"},
      {"function", change({.function = a(128), .removes_all = true}),
       change({.function = a(129), .removes_all = true}), 400, "128"},
      {"changes", change({.function = "f", .removes_all = true}), change({.function = "f"}), 400,
       "at least one"},
      {"changes", change({.function = "f", .changes = std::vector(64, set)}),
       change({.function = "f", .changes = std::vector(65, set)}), 413, "64"},
      {"changes[0].how", change({.function = "f", .changes = {set}}),
       change({.function = "f", .changes = {{.name = "a", .how = ChangeHow::kAdd}}}), 400,
       "outcome alone"},
  });
}

TEST_CASE("what a worker says of itself is held to every limit") {
  check({
      {"leastPriority", accept({.least_priority = 100}), accept({.least_priority = 101}), 400,
       "0..100"},
      {"about.host", accept({.host = a(255)}), accept({.host = a(256)}), 413, "255"},
      {"about.version", accept({.version = a(255)}), accept({.version = a(256)}), 413, "255"},
      {"about.threads", accept({.threads = 1024}), accept({.threads = 1025}), 400, "0..1024"},
  });
}

}  // namespace store
