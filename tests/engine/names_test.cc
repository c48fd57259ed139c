// What jobs bring of names, tags, terms and long ids is bounded in bytes, by token and in sum.
#include "engine_fixture.h"

namespace store {
namespace {

class Names : public ReplayedEngine {
 public:
  std::size_t held(const std::string& by) const { return engine.state().brought.of(by).bytes; }
  std::size_t held() const { return engine.state().brought.all().bytes; }
  // The limit that is reached; empty: the job is there.
  std::string submitted(const std::string& by, SubmitOptions options) {
    token = by;
    return limit_of(try_submit(std::move(options)));
  }
  template <typename Good>
  static std::string limit_of(const std::variant<Good, Refused>& result) {
    const auto* refused = std::get_if<Refused>(&result);
    CHECK((refused == nullptr || refused->code == Code::kFull));
    return refused == nullptr ? std::string() : std::string(refused->limit);
  }
  std::string limit_of(const Command& command) {
    const auto reply = apply(command);
    const auto* refused = reply ? std::get_if<Refused>(&*reply) : nullptr;
    return refused == nullptr ? std::string() : std::string(refused->limit);
  }
  // No more may be held by the token, or by all.
  void leave_nothing(const std::string& by) { limits.name_bytes_per_token_max = held(by); }
  void leave_nothing() { limits.name_bytes_max = held(); }
};

const std::string kLong(128, 'x');

}  // namespace

TEST_CASE_METHOD(Names, "a token whose jobs bring new names without end leaves room for others",
                 "[names]") {
  limits.name_bytes_per_token_max = 20'000;
  limits.name_bytes_max = 30'000;
  int made = 0;
  const auto fill = [&](const std::string& by) {
    std::string limit;
    while ((limit = submitted(by, {.client = "client-" + std::to_string(made)})).empty()) {
      REQUIRE(++made < 100);
    }
    return limit;
  };
  REQUIRE(fill("greedy") == "nameBytesPerTokenMax");
  REQUIRE(made > 10);
  REQUIRE(held("greedy") <= limits.name_bytes_per_token_max);
  const auto refused = unchanged(
      [&] { return std::get<Refused>(try_submit({.client = "client-" + std::to_string(made)})); });
  REQUIRE(refused.detail ==
          "job: nameBytesPerTokenMax = 20000 of names, tags, terms and long ids of jobs are held "
          "of this token already");
  // What is held already costs nothing, whoever asks.
  REQUIRE(submitted("greedy", {.client = "client-0"}).empty());
  REQUIRE(submitted("modest", {.client = "client-0"}).empty());
  REQUIRE(submitted("modest", {.client = "modest"}).empty());
  REQUIRE(fill("modest") == "nameBytesMax");
  REQUIRE(held() <= limits.name_bytes_max);
}

TEST_CASE_METHOD(Names, "each thing that a job brings counts, and nothing that others have had",
                 "[names]") {
  const std::vector<std::string> tags = {"a", "b"};
  submitted("k", {.job = "first", .function = "f", .tags = tags, .timeout = 1s});
  leave_nothing("k");
  CHECK(submitted("k", {.job = "again", .function = "f", .tags = tags, .timeout = 1s}).empty());
  const std::vector<SubmitOptions> with_news = {
      {.client = "other", .function = "f", .tags = tags, .timeout = 1s},
      {.function = "other", .tags = tags, .timeout = 1s},
      {.function = "f", .tags = {"a", "c"}, .timeout = 1s},
      {.function = "f", .tags = tags, .timeout = 2s},
      {.tags = tags, .timeout = 1s, .labels = {"gpu"}},
      {.function = "f", .tags = tags, .timeout = 1s, .labels = {"gpu"}},
      {.job = std::string(48, 'j'), .function = "f", .tags = tags, .timeout = 1s}};
  for (const SubmitOptions& options : with_news) {
    CHECK(unchanged([&] { return submitted("k", options); }) == "nameBytesPerTokenMax");
    limits.name_bytes_per_token_max += 2'000;
    CHECK(submitted("k", options).empty());
    leave_nothing("k");
  }
  // A function that is new has no labels yet, though jobs without a function have.
  limits.name_bytes_per_token_max += 128 + 3;
  SubmitOptions with_labels{.function = "new", .tags = tags, .timeout = 1s, .labels = {"gpu"}};
  CHECK(unchanged([&] { return submitted("k", with_labels); }) == "nameBytesPerTokenMax");
  leave_nothing("k");
  // In another datasource a client has another row.
  SubmitOptions elsewhere{.function = "f", .tags = tags, .timeout = 1s, .datasource = "other"};
  CHECK(unchanged([&] { return submitted("k", elsewhere); }) == "nameBytesPerTokenMax");
}

TEST_CASE_METHOD(Names, "what workers bring counts for the token that they accept with",
                 "[names]") {
  submitted("client", {.job = "a"});
  submitted("client", {.job = "b"});
  submitted("client", {.job = "c"});
  token = "driver";
  caveats = "\ntime < 1";
  REQUIRE(ids(accept(1, "w1")) == Ids{"a"});
  REQUIRE(held("driver") == 128 + 2 + 128 + 6 + 9);  // the worker's name, the token with caveats
  leave_nothing("driver");
  REQUIRE(unchanged([&] { return limit_of(accept_command(1, "w2")); }) == "nameBytesPerTokenMax");
  REQUIRE(unchanged([&] { return limit_of(take("b", "w2")); }) == "nameBytesPerTokenMax");
  caveats = "\ntime < 2";
  REQUIRE(unchanged([&] { return limit_of(accept_command(1, "w1")); }) == "nameBytesPerTokenMax");
  caveats = "\ntime < 1";
  REQUIRE(ids(accept(1, "w1")) == Ids{"b"});
  REQUIRE(taken(take("c", "w1")) == Status::kAccepted);
}

TEST_CASE_METHOD(Names, "what operators bring counts, too", "[names]") {
  submitted("client", {.job = "a", .valid_for = 10s});
  submitted("client", {.job = "b"});
  cancel("b");
  token = "operator";
  Edit edit{.datasource = "scan", .job = "a", .valid_for = 20s, .request = {}};
  leave_nothing();
  REQUIRE(unchanged([&] { return limit_of(edit); }) == "nameBytesMax");
  const Restart restart{"scan", "b", kLong};
  REQUIRE(limit_of(std::get<SubmitReply>(*unchanged([&] { return apply(restart); })).items.at(0)) ==
          "nameBytesMax");
  limits.name_bytes_max += 2 * kLong.size() + 128;
  REQUIRE(limit_of(std::get<SubmitReply>(*apply(restart)).items.at(0)).empty());
  jobq::JobStatus job = view("a");
  job.job = "imported";
  job.terms = engine.state().names.terms_of(*find("a"));
  job.content = std::string(32, '0');
  job.attempt = 1;
  job.worker = "w";
  leave_nothing();
  const Import import{"scan", {job}};
  REQUIRE(limit_of(std::get<SubmitReply>(*unchanged([&] { return apply(import); })).items.at(0)) ==
          "nameBytesMax");
  limits.name_bytes_max += 129;
  REQUIRE(limit_of(std::get<SubmitReply>(*apply(import)).items.at(0)).empty());
}

TEST_CASE_METHOD(Names, "what was brought is given back with the last job that has it", "[names]") {
  const std::size_t before = held();
  submitted("greedy", {.job = "a", .client = kLong, .tags = {kLong}});
  submitted("modest", {.job = "b", .client = kLong, .tags = {kLong}});
  const std::size_t of_modest = held("modest");
  REQUIRE(of_modest == 128 + 6);  // itself
  REQUIRE(held("greedy") > 1'500);
  const auto forget_of = [&](const std::string& job) {
    token = "operator";
    apply(Cancel{"scan", job, kLong});
    apply(Remove{"scan", job});
    tick();
    collect();
  };
  forget_of("a");
  REQUIRE(held("greedy") > 1'500);  // who brought a name pays for it while others have it
  forget_of("b");
  REQUIRE(held("greedy") == 0);
  REQUIRE(held() == before);
}

TEST_CASE_METHOD(Names, "a worker that goes on under its name brings nothing new", "[names]") {
  submitted("client", {.job = "a"});
  token = "driver";
  REQUIRE(ids(accept(1, "w")) == Ids{"a"});
  const std::size_t of_driver = held("driver");
  token = "other";
  REQUIRE(taken(release({"a", 1})) == Status::kSubmitted);
  REQUIRE(ids(accept(1, "w")) == Ids{"a"});
  REQUIRE(held("driver") == 128 + 1);  // the name; its own went with the attempt
  REQUIRE(of_driver == held("driver") + 128 + 6);
}

}  // namespace store
