// What attempts leave for the next ones, and what functions keep between runs.
#include "engine_fixture.h"

namespace store {
namespace {

using jobq::ChangeHow;
using jobq::StateChange;
using jobq::StateValue;

using Values = std::vector<StateValue>;

StateChange set(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value)};
}
StateChange number(ChangeHow how, std::int64_t number) {
  return {.name = "n", .how = how, .number = number};
}

class Keeping : public ReplayedEngine {
 public:
  AcceptedView accept_view() {
    const auto jobs = accept();
    REQUIRE(jobs.size() == 1);
    return jobs[0];
  }
  UpdateItem say(const Lease& lease, Report word, std::optional<std::string> checkpoint,
                 std::vector<StateChange> state = {}) {
    Outcome outcome{lease, std::move(word)};
    outcome.checkpoint = std::move(checkpoint);
    outcome.state = std::move(state);
    Update command{"scan", {std::move(outcome)}};
    return std::get<UpdateReply>(*apply(std::move(command))).items.at(0);
  }
  UpdateItem end(const Lease& lease, std::vector<StateChange> state) {
    return say(lease, Completed{"1"}, std::nullopt, std::move(state));
  }
  UpdateItem add_one(const Lease& lease) { return end(lease, {number(ChangeHow::kAdd, 1)}); }
  Lease accepted(const std::string& function = "ocr") {
    return submit_and_accept({.function = function, .backoff = kNoBackoff});
  }
  Refused refused_end(const Lease& lease, std::vector<StateChange> state) {
    return unchanged([&] { return std::get<Refused>(end(lease, std::move(state))); });
  }
  jobq::StatePage page(jobq::StateQuery query) {
    query.limit = query.limit == 0 ? 100 : query.limit;
    return ask<jobq::StatePage>(ReadState{"scan", std::move(query)});
  }
  Values values(const std::string& function = "ocr") {
    return page({.function = function}).states.at(0).values;
  }
  std::optional<Refused> change(jobq::ChangeState change) {
    const auto reply = apply(ChangeState{"scan", std::move(change)});
    const auto* refused = std::get_if<Refused>(&*reply);
    return refused == nullptr ? std::nullopt : std::optional(*refused);
  }
  std::uint32_t checkpoint_bytes(const std::string& job) { return view(job).checkpoint_bytes; }
};

}  // namespace

// ------------------------------------------------------------------------------------ checkpoints

TEST_CASE_METHOD(Keeping, "a checkpoint outlives the attempt that left it, but not the job") {
  const Lease first = accepted();
  say(first, Progress{0.5, ""}, "page 5");
  CHECK(checkpoint_bytes("j1") == 6);
  SECTION("however the attempt ends") {
    const auto end = GENERATE(0, 1, 2, 3);
    end == 0   ? void(retry(first))
    : end == 1 ? void(release(first))
    : end == 2 ? advance(30s)
               : void();
    if (end == 3) {
      AcceptedView lost;
      lost.lease = first;
      lost.key = find("j1")->key;
      engine.take_back(now, chance(), {lost}, effects);
    }
    const AcceptedView second = accept_view();
    CHECK(second.lease.attempt == 2);
    CHECK(second.has_checkpoint);
    complete(second.lease);
    CHECK(checkpoint_bytes("j1") == 0);
    CHECK(engine.state().checkpoints.all().bytes == 0);
  }
  SECTION("the newest counts, also one that comes with the end") {
    say(first, Retry{{"x", "", ""}, {}}, "page 12");
    CHECK(checkpoint_bytes("j1") == 7);
    const AcceptedView second = accept_view();
    say(second.lease, Release{}, "");
    CHECK(checkpoint_bytes("j1") == 0);
    CHECK_FALSE(accept_view().has_checkpoint);
  }
}

TEST_CASE_METHOD(Keeping, "a checkpoint of a lease that is not held changes nothing") {
  const Lease lease = accepted();
  advance(30s);
  CHECK(unchanged([&] {
          return std::get<Refused>(say(lease, Progress{0.5, ""}, "page 5"));
        }).code == Code::kConflict);
  CHECK(checkpoint_bytes("j1") == 0);
}

TEST_CASE_METHOD(Keeping, "checkpoints are bounded for the token of the submit and in sum") {
  limits.checkpoints_bytes_per_token_max = 10;
  limits.checkpoints_bytes_max = 15;
  token = "k1.a";
  const Lease first = accepted();
  const Lease second = accepted();
  token = "k1.b";
  const Lease third = accepted();
  say(first, Progress{0, ""}, std::string(8, 'p'));
  const auto leave = [&](const Lease& lease, std::size_t bytes) {
    return unchanged([&] {
      return std::get<Refused>(say(lease, Progress{0, ""}, std::string(bytes, 'p')));
    });
  };
  // Whoever says it: the worker's token is another.
  token = "k1.w";
  CHECK(leave(second, 3).limit == "checkpointsBytesPerTokenMax");
  CHECK(leave(third, 8).limit == "checkpointsBytesMax");
  CHECK(leave(third, 8).code == Code::kFull);
  say(third, Progress{0, ""}, std::string(7, 'p'));
  say(first, Progress{0, ""}, std::string(1, 'p'));
  say(second, Progress{0, ""}, std::string(7, 'p'));
  CHECK(engine.state().checkpoints.of("k1.a").bytes == 8);
  complete(second);
  CHECK(engine.state().checkpoints.all().bytes == 8);
}

// ------------------------------------------------------------------------------------------ state

TEST_CASE_METHOD(Keeping,
                 "the word that ends an attempt changes what its function keeps, at once") {
  const auto word = GENERATE(Report(Completed{"1"}), Report(Failed{{"x", "", ""}}),
                             Report(Retry{{"x", "", ""}, {}}), Report(Release{}),
                             Report(Forbidden{{"x", "", ""}}));
  const Lease lease = accepted();
  say(lease, word, std::nullopt, {set("page", "5"), number(ChangeHow::kAdd, 2)});
  CHECK(values() == Values{{"n", "2"}, {"page", "5"}});
  submit({.priority = 100, .function = "ocr"});
  CHECK(accept_view().state == Values{{"n", "2"}, {"page", "5"}});
  CHECK(values("other").empty());
}

TEST_CASE_METHOD(Keeping, "a word counts once, however often it is said") {
  const Lease lease = accepted();
  add_one(lease);
  CHECK(unchanged([&] { return add_one(lease).index(); }) == 0);
  CHECK(values() == Values{{"n", "1"}});
  // The same word with another change is another word.
  CHECK(refused_end(lease, {number(ChangeHow::kAdd, 2)}).code == Code::kConflict);
  CHECK(refused_end(lease, {}).code == Code::kConflict);
}

TEST_CASE_METHOD(Keeping, "a lease that is over changes nothing of what is kept") {
  const Lease first = accepted();
  advance(30s);
  CHECK(refused_end(first, {number(ChangeHow::kAdd, 1)}).code == Code::kConflict);
  const Lease second = accept_one();
  CHECK(refused_end(first, {number(ChangeHow::kAdd, 1)}).code == Code::kConflict);
  add_one(second);
  CHECK(values() == Values{{"n", "1"}});
}

TEST_CASE_METHOD(Keeping, "numbers are whole, of 64 bits, and never beyond") {
  const std::int64_t max = INT64_MAX;
  const std::int64_t min = INT64_MIN;
  const auto [old, wanted, becomes] = GENERATE_COPY(
      std::tuple(std::string(), number(ChangeHow::kAdd, -5), "-5"),
      std::tuple(std::string(), number(ChangeHow::kMin, 7), "7"),
      std::tuple(std::string("3"), number(ChangeHow::kMin, 7), "3"),
      std::tuple(std::string("3"), number(ChangeHow::kMax, 7), "7"),
      std::tuple(std::string("-3"), number(ChangeHow::kMax, -7), "-3"),
      std::tuple(std::to_string(max), number(ChangeHow::kAdd, -1), "9223372036854775806"),
      std::tuple(std::to_string(max), number(ChangeHow::kAdd, 1), ""),
      std::tuple(std::to_string(min), number(ChangeHow::kAdd, -1), ""),
      std::tuple(std::string("1.5"), number(ChangeHow::kAdd, 1), ""),
      std::tuple(std::string("9223372036854775808"), number(ChangeHow::kMax, 1), ""));
  const Lease lease = accepted();
  if (!old.empty()) {
    change({.function = "ocr", .changes = {set("n", old)}});
  }
  const std::string expected = becomes;
  if (!expected.empty()) {
    end(lease, {wanted});
    CHECK(values() == Values{{"n", expected}});
    return;
  }
  const Refused refused = refused_end(lease, {set("other", "x"), wanted});
  CHECK(refused.code == Code::kBadRequest);
  CHECK_THAT(refused.detail, Catch::StartsWith("state[1].number: n "));
}

TEST_CASE_METHOD(Keeping, "a function keeps so many values, and a job without one keeps none") {
  limits.state_values_max = 2;
  const Lease lease = accepted();
  const Refused refused = refused_end(lease, {set("a", "1"), set("b", "1"), set("c", "1")});
  CHECK(refused.limit == "stateValuesMax");
  CHECK(refused.code == Code::kTooLarge);
  // What goes makes room.
  end(lease,
      {set("a", "1"), set("b", "1"), {.name = "a", .how = ChangeHow::kRemove}, set("c", "1")});
  CHECK(values() == Values{{"b", "1"}, {"c", "1"}});
  CHECK(refused_end(accepted(""), {set("a", "1")}).code == Code::kBadRequest);
}

TEST_CASE_METHOD(Keeping, "what is kept is bounded for the token of the accept and in sum") {
  limits.states_per_token_max = 1;
  limits.state_bytes_max = 1000;
  token = "k1.a";
  const Lease first = accepted("f1");
  const Lease second = accepted("f2");
  token = "k1.b";
  const Lease third = accepted("f3");
  end(first, {set("n", "1")});
  CHECK(engine.state().function_states.shares().of("k1.a").count == 1);
  CHECK(refused_end(second, {set("n", "1")}).limit == "statesPerTokenMax");
  CHECK(refused_end(third, {set("n", std::string(500, 'x'))}).limit == "stateBytesMax");
  end(third, {set("n", "1")});
  // The same function by another token: that one holds it then.
  CHECK(change({.function = "f1", .changes = {set("n", "2")}})->limit == "statesPerTokenMax");
  CHECK_FALSE(change({.function = "f3", .removes_all = true}));
  CHECK_FALSE(change({.function = "f1", .changes = {set("n", "2")}}));
  CHECK(engine.state().function_states.shares().of("k1.a").count == 0);
}

TEST_CASE_METHOD(Keeping, "drivers look at what is kept, set it and remove it") {
  configure({});
  CHECK(page({.function = "ocr"}).states.at(0).values.empty());
  CHECK_FALSE(change({.function = "ocr", .changes = {set("a", "1"), set("b", "2")}}));
  const Time changed_at = now;
  advance(1s);
  // A repetition changes nothing.
  unchanged([&] { return change({.function = "ocr", .changes = {set("a", "1")}}).has_value(); });
  CHECK_FALSE(change({.function = "scan", .changes = {set("a", "1")}}));
  const auto first = page({.limit = 1});
  CHECK_FALSE(first.is_end);
  REQUIRE(first.states.size() == 1);
  CHECK(first.states[0].function == "ocr");
  CHECK(first.states[0].changed_at == changed_at);
  CHECK(first.states[0].count == 2);
  CHECK(first.states[0].values.empty());
  const auto last = page({.after = "ocr", .limit = 1});
  CHECK(last.is_end);
  CHECK(last.states.at(0).function == "scan");
  CHECK_FALSE(change({.function = "ocr", .changes = {{.name = "b", .how = ChangeHow::kRemove}}}));
  CHECK(values() == Values{{"a", "1"}});
  CHECK_FALSE(change({.function = "ocr", .changes = {set("c", "3")}, .removes_all = true}));
  CHECK(values() == Values{{"c", "3"}});
  CHECK_FALSE(change({.function = "ocr", .removes_all = true}));
  CHECK(page({}).states.size() == 1);
}

TEST_CASE_METHOD(Keeping, "who asks again for what was given is told no more than fits") {
  limits.accept_bytes_max = 2000;
  configure({});
  change({.function = "ocr", .changes = {set("a", "1")}});
  submit_all({"a", "b"}, {.function = "ocr"});
  Accept command = accept_command(2);
  const auto jobs = ask<AcceptReply>(command).jobs;
  REQUIRE(jobs.size() == 2);
  say(jobs[1].lease, Progress{0, ""}, std::string(1999, 'p'));
  const auto again = ask<AcceptReply>(command).jobs;
  REQUIRE(again.size() == 2);
  std::size_t left_out = 0;
  for (const AcceptedView& view : again) {
    left_out += view.left_out ? 1 : 0;
    CHECK(view.left_out == (view.state.empty() && !view.has_checkpoint));
  }
  CHECK(left_out == 1);
}

}  // namespace store
