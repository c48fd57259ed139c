#include "codec.h"

#include <capnp/schema.h>

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "../describe/describe.h"
#include "cases.h"

namespace store {
namespace {

const NewJob& first_job(const Submit& submit) { return std::get<NewJob>(submit.jobs.at(0)); }

}  // namespace

TEST_CASE("an item that is refused leaves those beside it alone") {
  Codec codec;
  const auto submit = codec.body<Submit>(wire::submit_frame(
      post("/scan/job"),
      {{.job = "first"}, {.job = "second", .priority = 101}, {.job = "third", .trace = "x"}}));
  REQUIRE(submit.jobs.size() == 3);
  CHECK(std::get<NewJob>(submit.jobs[0]).job == "first");
  CHECK_THAT(std::get<Refused>(submit.jobs[1]).detail, Catch::StartsWith("jobs[1].priority:"));
  CHECK_THAT(std::get<Refused>(submit.jobs[2]).detail, Catch::StartsWith("jobs[2].trace:"));

  const auto update = codec.body<Update>(wire::update_frame(
      post("/jobs/scan/update"), {{{"a"}, {}}, wire::progress({"b"}, 2), {{"c"}, {}}}));
  REQUIRE(update.outcomes.size() == 3);
  CHECK(std::holds_alternative<Outcome>(update.outcomes[0]));
  CHECK_THAT(std::get<Refused>(update.outcomes[1]).detail,
             Catch::StartsWith("outcomes[1].progress.value:"));
  CHECK(std::get<Outcome>(update.outcomes[2]).lease.job == "c");
}

TEST_CASE("the first field in the order of the schema is the one that is named") {
  Codec codec;
  // Each is wrong in all fields; one after the other is mended.
  wire::NewJob job{.priority = 255,
                   .function = "a b",
                   .not_before = Time::max(),
                   .delay = Span::max(),
                   .terms = {.keep_for = Span::max(),
                             .valid_for = Span::max(),
                             .timeout = Span::max(),
                             .failures_max = UINT32_MAX,
                             .lost_leases_max = UINT32_MAX,
                             .releases_max = UINT32_MAX,
                             .backoff = wire::Backoff{Span::max(), {}, 0, 255}},
                   .tags = {""},
                   .trace = "x"};
  const std::vector<std::pair<std::string, std::function<void()>>> fields = {
      {"job", [&] { job.job = "j"; }},
      {"client", [&] { job.client = "c"; }},
      {"request", [&] { job.request = "1"; }},
      {"priority", [&] { job.priority = 1; }},
      {"keepForMs", [&] { job.terms.keep_for = Span(1); }},
      {"function", [&] { job.function = "f"; }},
      {"notBefore", [&] { job.not_before = {}; }},
      {"delayMs", [&] { job.delay = {}; }},
      {"validForMs", [&] { job.terms.valid_for = Span(1); }},
      {"timeoutMs", [&] { job.terms.timeout = Span(1); }},
      {"failuresMax", [&] { job.terms.failures_max = 1; }},
      {"lostLeasesMax", [&] { job.terms.lost_leases_max = 1; }},
      {"releasesMax", [&] { job.terms.releases_max = 1; }},
      {"backoff.initialMs", [&] { job.terms.backoff->initial = Span(1); }},
      {"backoff.factorPercent", [&] { job.terms.backoff->factor_percent = 100; }},
      {"backoff.maxMs", [&] { job.terms.backoff->max = Span(1); }},
      {"backoff.jitterPercent", [&] { job.terms.backoff->jitter_percent = 1; }},
      {"tags[0]", [&] { job.tags = {"t"}; }},
      {"trace", [&] { job.trace = ""; }},
  };
  for (const auto& [field, mend] : fields) {
    const auto refused = refusal(codec.take(literal_submit(job)));
    REQUIRE(refused);
    CHECK_THAT(refused->detail, Catch::StartsWith("jobs[0]." + field + ":"));
    mend();
  }
  CHECK_FALSE(refusal(codec.take(literal_submit(job))));
}

TEST_CASE("what is not said is left to whom it belongs") {
  Codec codec;
  const auto submitted = codec.body<Submit>(submit({.job = "j"}));
  CHECK(first_job(submitted).priority == 0);
  CHECK(first_job(submitted).terms == Terms());
  CHECK(first_job(submitted).not_before == Time());
  CHECK(first_job(submitted).delay == Span::zero());

  const auto accepted = codec.body<Accept>(accept({.max = 0}));
  CHECK(accepted.max == 1);
  CHECK(accepted.lease == Span::zero());
  CHECK(accepted.wait == Span::zero());
  CHECK(accepted.functions.empty());
  CHECK(codec.body<Renew>(renew({.leases = {{"j"}}})).lease == Span::zero());
  const auto one = codec.body<Update>(update(wire::accept_one("j", "w", 1)));
  CHECK(std::get<AcceptOne>(std::get<Outcome>(one.outcomes.at(0)).report).lease == Span::zero());

  const auto listed = codec.body<ListJobs>(wire::bare_frame(get("/scan/job/list")), "alice");
  CHECK(listed.limit == 100);
  CHECK(listed.statuses == 0xff);
  CHECK(listed.cursor == 0);
  CHECK_FALSE(codec.body<ListJobs>(wire::bare_frame(get("/jobs/scan/list"))).client);
  CHECK(codec.body<ReadLog>(wire::bare_frame(get("/jobs/scan/job/j/log"))).limit == 100);
  CHECK(codec.body<Configure>(config({})).config == DatasourceConfig());
}

TEST_CASE("a backoff of zeros is a word, a missing one is none") {
  Codec codec;
  const auto said =
      codec.body<Submit>(submit({.job = "j", .terms = {.backoff = Backoff{{}, {}, 100, 0}}}));
  CHECK(first_job(said).terms.backoff == Backoff{{}, {}, 100, 0});
  const auto silent = codec.body<Submit>(submit({.job = "j"}));
  CHECK_FALSE(first_job(silent).terms.backoff);
}

TEST_CASE("tags and functions are sorted and said once") {
  Codec codec;
  const std::vector<std::string> said = {"b", "a", "c", "a", "b"};
  const std::vector<std::string> meant = {"a", "b", "c"};
  CHECK(first_job(codec.body<Submit>(submit({.job = "j", .tags = said}))).tags == meant);
  CHECK(codec.body<Accept>(accept({.functions = said})).functions == meant);
  CHECK(codec.body<Peek>(peek(said)).functions == meant);
}

TEST_CASE("a token's client counts whatever the body says") {
  Codec codec;
  for (const std::string said : {"", "bob", "alice", "not a name"}) {
    INFO("said '" << said << "'");
    const auto jobs =
        codec.body<Submit>(literal_submit({.job = "j", .request = "{}", .client = said}), "alice")
            .jobs;
    CHECK(std::get<NewJob>(jobs.at(0)).client == "alice");
    CHECK(codec.body<GetJob>(query({.job = "j", .client = said}), "alice").client == "alice");
    CHECK(codec
              .body<ListJobs>(wire::list_query_frame(get("/scan/job/list"), {.client = said}),
                              "alice")
              .client == "alice");
    CHECK(codec.body<ReadLog>(log_query({.client = said}), "alice").client == "alice");
    CHECK(codec.body<Explain>(query({.client = said}, "/scan/job/j/explain"), "alice").client ==
          "alice");
    const auto cancel =
        wire::job_query_frame(post("/scan/job/cancel"), {.job = "j", .client = said});
    CHECK(codec.body<Cancel>(cancel, "alice").client == "alice");
  }
  const auto refused = refusal(codec.take(submit({.job = "j"}), "not a name"));
  REQUIRE(refused);
  CHECK_THAT(refused->detail, Catch::StartsWith("jobs[0].client:"));
}

TEST_CASE("a driver asks for jobs of any client, whatever the body says") {
  Codec codec;
  for (const std::string said : {"", "bob", "not a name"}) {
    INFO("said '" << said << "'");
    const wire::JobQuery query{.client = said};
    CHECK_FALSE(codec.body<GetJob>(wire::job_query_frame(get("/jobs/scan/job/j"), query)).client);
    CHECK_FALSE(
        codec.body<Cancel>(wire::job_query_frame(post("/jobs/scan/job/j/cancel"), query)).client);
    CHECK_FALSE(
        codec.body<Explain>(wire::job_query_frame(get("/jobs/scan/job/j/explain"), query)).client);
    CHECK_FALSE(
        codec.body<ReadLog>(wire::log_query_frame(get("/jobs/scan/job/j/log"), {.client = said}))
            .client);
  }
}

TEST_CASE("a cancel looks at nothing but job and client") {
  Codec codec;
  const auto cancel = codec.body<Cancel>(wire::job_query_frame(
      post("/scan/job/cancel"), {.job = "j", .client = "alice", .wait_ms = UINT32_MAX}));
  CHECK(describe(cancel) == describe(Cancel{"scan", "j", "alice"}));
  const auto refused = refusal(codec.take(wire::bare_frame(post("/scan/job/cancel")), "alice"));
  REQUIRE(refused);
  CHECK_THAT(refused->detail, Catch::StartsWith("job: must not be empty"));
}

TEST_CASE("an outcome of a kind of tomorrow is refused alone") {
  Codec codec;
  auto frame = wire::update_frame(post("/jobs/scan/update"), {wire::cancelled({"j"}), {{"k"}, {}}});
  const auto said = codec.body<Update>(frame);
  REQUIRE(std::holds_alternative<AckCancel>(std::get<Outcome>(said.outcomes.at(0)).report));
  // The tag of the union is all that an outcome has outside its pointers.
  std::string word(8, '\0');
  word[0] = static_cast<char>(protocol::Outcome::CANCELLED);
  const auto tag = frame.find(word);
  REQUIRE(tag != std::string::npos);
  REQUIRE(frame.find(word, tag + 1) == std::string::npos);
  frame[tag] = 99;
  const auto update = codec.body<Update>(frame);
  const auto& refused = std::get<Refused>(update.outcomes.at(0));
  CHECK(refused.code == Code::kBadRequest);
  CHECK_THAT(refused.detail, Catch::StartsWith("outcomes[0]: "));
  CHECK(std::holds_alternative<Outcome>(update.outcomes.at(1)));
}

namespace {

using Body = protocol::Request::Body;

const std::vector<std::function<void(Body::Builder)>> kBodies = {
    [](auto body) { body.setNone(); },          [](auto body) { body.initSubmit(); },
    [](auto body) { body.initJobQuery(); },     [](auto body) { body.initListQuery(); },
    [](auto body) { body.initAccept(); },       [](auto body) { body.initRenew(); },
    [](auto body) { body.initUpdate(); },       [](auto body) { body.initLogQuery(); },
    [](auto body) { body.initPeek(); },         [](auto body) { body.initConfig(); },
    [](auto body) { body.initEdit(); },         [](auto body) { body.initRestart(); },
    [](auto body) { body.initRedrive(); },      [](auto body) { body.initSubscribe(); },
    [](auto body) { body.initEventQuery(); },   [](auto body) { body.initTokenQuery(); },
    [](auto body) { body.initRevoke(); },       [](auto body) { body.initImportJobs(); },
    [](auto body) { body.initSchedule(); },     [](auto body) { body.initScheduleQuery(); },
    [](auto body) { body.initFunction(); },     [](auto body) { body.initFunctionQuery(); },
    [](auto body) { body.initStateQuery(); },   [](auto body) { body.initChangeState(); },
    [](auto body) { body.initBulk(); },         [](auto body) { body.initHistoryQuery(); },
    [](auto body) { body.initOrderWorkers(); }, [](auto body) { body.initNewCode(); },
    [](auto body) { body.initCodeQuery(); },
};

// That mean nothing without a body.
const std::set<Operation> kNeedBody{
    Operation::kSubmit,      Operation::kAccept,      Operation::kRenew,
    Operation::kUpdate,      Operation::kUpdateOne,   Operation::kConfigure,
    Operation::kEdit,        Operation::kImport,      Operation::kPutSchedule,
    Operation::kRunSchedule, Operation::kPutFunction, Operation::kRemoveFunction,
    Operation::kChangeState, Operation::kCancelAll,   Operation::kEditAll,
    Operation::kRemoveAll,   Operation::kRestartAll,  Operation::kOrderWorkers,
    Operation::kAddCode};

// The pattern with a datasource, a job and a number in it.
std::string example_of(std::string_view pattern) {
  std::string path;
  for (const char c : pattern) {
    path += c == '*' ? "scan" : c == '+' ? "j" : c == '#' ? "1" : std::string(1, c);
  }
  return path;
}

}  // namespace

TEST_CASE("a body of another kind than the path's is refused and the right one named") {
  const auto fields = capnp::Schema::from<Body>().getUnionFields();
  REQUIRE(kBodies.size() == fields.size());
  Codec codec;
  for (const PathRow& row : path_rows()) {
    if (traits_of(row.operation).by == By::kServer) {
      continue;
    }
    const std::string path = example_of(row.pattern);
    const std::uint16_t member = traits_of(row.operation).body.member;
    for (unsigned kind = 0; kind < kBodies.size(); ++kind) {
      Body::Which which{};
      const auto frame =
          wire::request_frame({.method = static_cast<wire::Method>(row.method), .path = path},
                              [&](protocol::Request::Builder request) {
                                kBodies[kind](request.getBody());
                                which = request.getBody().which();
                              });
      INFO(path << " with body " << kind);
      const auto decoded = codec.take(frame);
      const auto* refused = std::get_if<Refused>(&decoded);
      const bool wrong_kind = refused != nullptr && refused->detail.starts_with("body: must be ");
      const bool is_right = static_cast<std::uint16_t>(which) == member ||
                            (kind == 0 && !kNeedBody.contains(row.operation));
      CHECK(wrong_kind == !is_right);
      if (wrong_kind) {
        const std::string name = fields[member].getProto().getName();
        CHECK(refused->detail == "body: must be " + name);
      }
    }
  }
}

}  // namespace store
