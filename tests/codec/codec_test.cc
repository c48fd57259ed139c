#include "codec.h"

#include <catch2/catch.hpp>
#include <functional>

#include "decode.h"
#include "messages.h"

namespace store {
namespace {

const std::string kSubmitPath = "/scan/job/";
const std::string kAcceptPath = "/jobs/scan/accept";
const std::string kRenewPath = "/jobs/scan/renew";
const std::string kUpdatePath = "/jobs/scan/update";

struct Codec {
  Limits limits;
  RequestReader reader{limits};

  Decoded take(const std::string& frame, const std::string& pinned_client = {}) {
    return decode(reader, limits, frame, pinned_client);
  }
  template <typename Body>
  Body body(const std::string& frame, const std::string& pinned_client = {}) {
    Decoded decoded = take(frame, pinned_client);
    if (const auto* refused = std::get_if<Refused>(&decoded)) {
      FAIL("refused: " << refused->detail);
    }
    return std::get<Body>(std::get<Command>(decoded));
  }
};

std::string submit(const wire::NewJob& job) {
  return wire::submit_frame({.method = wire::Method::POST, .path = kSubmitPath}, {job});
}
std::string query(const wire::JobQuery& query, const std::string& path = kSubmitPath) {
  return wire::job_query_frame({.path = path}, query);
}
std::string list(const wire::ListQuery& query, const std::string& path = "/scan/job/list") {
  return wire::list_query_frame({.path = path}, query);
}
std::string accept(const wire::Accept& accept) {
  return wire::accept_frame({.method = wire::Method::POST, .path = kAcceptPath}, accept);
}
std::string renew(const std::vector<wire::Lease>& leases, std::uint32_t lease_ms) {
  return wire::renew_frame({.method = wire::Method::POST, .path = kRenewPath}, leases, lease_ms);
}
std::string update(const wire::Outcome& outcome, const std::string& path = kUpdatePath) {
  return wire::update_frame({.method = wire::Method::POST, .path = path}, {outcome});
}

// What was said against the request, or against the one item in it; empty when nothing was.
std::optional<Refused> refusal(const Decoded& decoded) {
  if (const auto* refused = std::get_if<Refused>(&decoded)) {
    return *refused;
  }
  const auto* command = std::get_if<Command>(&decoded);
  if (command == nullptr) {
    return std::nullopt;
  }
  const Refused* refused = nullptr;
  if (const auto* submit = std::get_if<Submit>(command)) {
    refused = std::get_if<Refused>(&submit->jobs.at(0));
  } else if (const auto* update = std::get_if<Update>(command)) {
    refused = std::get_if<Refused>(&update->outcomes.at(0));
  }
  return refused == nullptr ? std::nullopt : std::optional(*refused);
}

std::string a(std::size_t count) { return std::string(count, 'a'); }
// A JSON text of so many bytes.
std::string json(std::size_t bytes) { return '"' + a(bytes - 2) + '"'; }

struct Case {
  std::string frame;
  unsigned code;           // 0: taken
  std::string field = {};  // which the message names
  std::string limit = {};  // likewise
};

void check(const std::vector<Case>& cases) {
  Codec codec;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO("case " << i << ", expected " << cases[i].code << " for " << cases[i].field);
    const auto refused = refusal(codec.take(cases[i].frame));
    REQUIRE((refused ? static_cast<unsigned>(refused->code) : 0) == cases[i].code);
    if (refused) {
      CHECK_THAT(refused->detail, Catch::StartsWith(cases[i].field + ":"));
      CHECK_THAT(refused->detail, Catch::Contains(cases[i].limit));
    }
  }
}

const std::string kNotUtf8 = "\xc3\x28";
const std::string kNul("a\0b", 3);

}  // namespace

TEST_CASE("each field of a submit is held to its limits", "[codec]") {
  const std::string id_alphabet = "[A-Za-z0-9._~-]";
  check({
      {submit({.job = "azAZ09._~-"}), 0},
      {submit({.job = a(128)}), 0},
      {submit({.job = a(129)}), 400, "jobs[0].job", "128"},
      {submit({.job = ""}), 400, "jobs[0].job", "empty"},
      {submit({.job = "a:b"}), 400, "jobs[0].job", id_alphabet},
      {submit({.job = kNul}), 400, "jobs[0].job", id_alphabet},
      {submit({.job = kNotUtf8}), 400, "jobs[0].job", id_alphabet},
      {submit({.job = "list"}), 400, "jobs[0].job", "word"},
      {submit({.job = "cancel"}), 400, "jobs[0].job", "word"},
      {submit({.job = "j", .client = a(128)}), 0},
      {submit({.job = "j", .client = "a:b@c+d/e=f"}), 0},
      {submit({.job = "j", .client = a(129)}), 400, "jobs[0].client", "128"},
      {submit({.job = "j", .client = ""}), 400, "jobs[0].client", "empty"},
      {submit({.job = "j", .client = "a b"}), 400, "jobs[0].client", "[A-Za-z0-9"},
      {submit({.job = "j", .client = kNul}), 400, "jobs[0].client", "[A-Za-z0-9"},
      {submit({.job = "j", .request = json(1 << 20)}), 0},
      {submit({.job = "j", .request = json((1 << 20) + 1)}), 413, "jobs[0].request", "1048576"},
      {submit({.job = "j", .request = ""}), 400, "jobs[0].request", "JSON"},
      {submit({.job = "j", .priority = 100}), 0},
      {submit({.job = "j", .priority = 101}), 400, "jobs[0].priority", "100"},
      {submit({.job = "j", .priority = 255}), 400, "jobs[0].priority", "100"},
      {submit({.job = "j", .keep_for_ms = 31'536'000'000}), 0},
      {submit({.job = "j", .keep_for_ms = 31'536'000'001}), 400, "jobs[0].keepForMs",
       "31536000000"},
      {submit({.job = "j", .keep_for_ms = UINT64_MAX}), 400, "jobs[0].keepForMs", "31536000000"},
  });
}

TEST_CASE("each field of a query is held to its limits", "[codec]") {
  check({
      {query({.job = a(128), .client = a(128), .wait_ms = 60'000, .seen = UINT64_MAX}), 0},
      {query({.job = ""}), 400, "job", "empty"},
      {query({.job = a(129)}), 400, "job", "128"},
      {query({.job = "events"}), 400, "job", "word"},
      {query({.job = "j", .client = ""}), 400, "client", "empty"},
      {query({.job = "j", .client = a(129)}), 400, "client", "128"},
      {query({.job = "j", .wait_ms = 60'001}), 400, "waitMs", "60000"},
      {query({.job = "j", .wait_ms = UINT32_MAX}), 400, "waitMs", "60000"},
      {query({.job = ""}, "/scan/job/j-1"), 0},
      {query({.job = "j-1"}, "/scan/job/j-1"), 0},
      {query({.job = "j-2"}, "/scan/job/j-1"), 400, "job", "path"},
      {query({.job = "j-1", .client = "not looked at"}, "/jobs/scan/job/j-1"), 0},
      {list({.limit = 1000}), 0},
      {list({.limit = 1001}), 400, "limit", "1000"},
      {list({.limit = UINT32_MAX}), 400, "limit", "1000"},
      {list({.client = ""}), 400, "client", "empty"},
      {list({.client = a(129)}), 400, "client", "128"},
      {list({.client = ""}, "/jobs/scan/list"), 0},
      {list({.client = a(129)}, "/jobs/scan/list"), 400, "client", "128"},
      {list({.statuses = {protocol::Status(6)}}), 0},
      {list({.statuses = {protocol::Status(7)}}), 400, "statuses", "not exist"},
      {list({.statuses = {protocol::Status(65'535)}}), 400, "statuses", "not exist"},
  });
}

TEST_CASE("each field of a driver's call is held to its limits", "[codec]") {
  check({
      {accept({.worker = a(128), .max = 1024, .lease_ms = 3'600'000, .wait_ms = 60'000}), 0},
      {accept({.worker = ""}), 400, "worker", "empty"},
      {accept({.worker = a(129)}), 400, "worker", "128"},
      {accept({.worker = kNul}), 400, "worker", "[A-Za-z0-9"},
      {accept({.request_number = 0}), 400, "requestNumber", "1 or more"},
      {accept({.request_number = UINT64_MAX}), 0},
      {accept({.max = 1025}), 400, "max", "1024"},
      {accept({.lease_ms = 99}), 400, "leaseMs", "100..3600000"},
      {accept({.lease_ms = 100}), 0},
      {accept({.lease_ms = 3'600'001}), 400, "leaseMs", "100..3600000"},
      {accept({.wait_ms = 60'001}), 400, "waitMs", "60000"},
      {renew({{"j"}}, 100), 0},
      {renew({{"j"}}, 99), 400, "leaseMs", "100..3600000"},
      {renew({{"j"}}, 3'600'001), 400, "leaseMs", "100..3600000"},
      {update({.lease = {"j"}, .response = json(1 << 20)}), 0},
      {update({.lease = {"j"}, .response = json((1 << 20) + 1)}), 413, "outcomes[0].complete",
       "1048576"},
      {update({.lease = {"j"}, .response = ""}), 400, "outcomes[0].complete", "JSON"},
      {update({.lease = {""}}), 400, "outcomes[0].lease.job", "empty"},
      {update({.lease = {a(129)}}), 400, "outcomes[0].lease.job", "128"},
      {update({.lease = {"j-1"}}, "/jobs/scan/job/j-1"), 0},
      {update({.lease = {"j-2"}}, "/jobs/scan/job/j-1"), 400, "outcomes[0].lease.job", "path"},
      {update({.lease = {"j"}, .error_code = a(64)}), 0},
      {update({.lease = {"j"}, .error_code = a(65)}), 413, "outcomes[0].fail.code", "64"},
      {update({.lease = {"j"}, .error_code = kNotUtf8}), 400, "outcomes[0].fail.code", "UTF-8"},
      {update({.lease = {"j"}, .error_code = "e", .error_message = a(1024)}), 0},
      {update({.lease = {"j"}, .error_code = "e", .error_message = a(1025)}), 413,
       "outcomes[0].fail.message", "1024"},
      {update({.lease = {"j"}, .error_code = "e", .error_message = kNotUtf8}), 400,
       "outcomes[0].fail.message", "UTF-8"},
      {update({.lease = {"j"}, .error_code = "e", .error_detail = a(65'536)}), 0},
      {update({.lease = {"j"}, .error_code = "e", .error_detail = a(65'537)}), 413,
       "outcomes[0].fail.detail", "65536"},
      {update({.lease = {"j"}, .error_code = "e", .error_detail = kNotUtf8}), 400,
       "outcomes[0].fail.detail", "UTF-8"},
  });
}

TEST_CASE("a failure without a code is refused", "[codec]") {
  const auto frame = wire::request_frame(
      {.method = wire::Method::POST, .path = kUpdatePath}, [](protocol::Request::Builder request) {
        auto outcome = request.getBody().initUpdate().initOutcomes(1)[0];
        outcome.initLease().setJob("j");
        outcome.initFail().setMessage("no code");
      });
  check({{frame, 400, "outcomes[0].fail.code", "empty"}});
}

TEST_CASE("a list holds 1 to 1024 items", "[codec]") {
  const wire::Head submit{.method = wire::Method::POST, .path = kSubmitPath};
  const wire::Head update{.method = wire::Method::POST, .path = kUpdatePath};
  const wire::Head update_one{.method = wire::Method::POST, .path = "/jobs/scan/job/j"};
  const wire::Outcome outcome{.lease = {"j"}};
  using Jobs = std::vector<wire::NewJob>;
  using Leases = std::vector<wire::Lease>;
  using Outcomes = std::vector<wire::Outcome>;
  check({
      {wire::submit_frame(submit, {}), 400, "jobs", "at least one"},
      {wire::submit_frame(submit, Jobs(1024, {.job = "j"})), 0},
      {wire::submit_frame(submit, Jobs(1025, {.job = "j"})), 413, "jobs", "1024"},
      {renew({}, 100), 400, "leases", "at least one"},
      {renew(Leases(1024, {.job = "j"}), 100), 0},
      {renew(Leases(1025, {.job = "j"}), 100), 413, "leases", "1024"},
      {wire::update_frame(update, {}), 400, "outcomes", "at least one"},
      {wire::update_frame(update, Outcomes(1024, outcome)), 0},
      {wire::update_frame(update, Outcomes(1025, outcome)), 413, "outcomes", "1024"},
      {wire::update_frame(update_one, Outcomes(2, outcome)), 400, "outcomes", "one"},
  });
}

TEST_CASE("an item that is refused leaves those beside it alone", "[codec]") {
  Codec codec;
  const auto submit = codec.body<Submit>(
      wire::submit_frame({.method = wire::Method::POST, .path = kSubmitPath},
                         {{.job = "first"}, {.job = "second", .priority = 101}, {.job = "third"}}));
  REQUIRE(submit.jobs.size() == 3);
  CHECK(std::get<Submitted>(submit.jobs[0]).id == "first");
  CHECK_THAT(std::get<Refused>(submit.jobs[1]).detail, Catch::StartsWith("jobs[1].priority:"));
  CHECK(std::get<Submitted>(submit.jobs[2]).id == "third");
}

TEST_CASE("what is not said has its default", "[codec]") {
  Codec codec;
  const auto submitted = std::get<Submitted>(codec.body<Submit>(submit({.job = "j"})).jobs.at(0));
  CHECK(submitted.priority == 50);
  CHECK(submitted.keep_for == std::chrono::minutes(60));

  const auto accepted = codec.body<Accept>(accept({.max = 0}));
  CHECK(accepted.max == 1);
  CHECK(accepted.lease == std::chrono::seconds(30));
  CHECK(accepted.wait == Span::zero());
  CHECK(codec.body<Renew>(renew({{"j"}}, 0)).lease == std::chrono::seconds(30));

  const auto listed = codec.body<ListJobs>(wire::bare_frame({.path = "/scan/job/list"}), "alice");
  CHECK(listed.limit == 100);
  CHECK(listed.statuses == 0xff);
  CHECK(listed.cursor == 0);
  CHECK_FALSE(codec.body<ListJobs>(wire::bare_frame({.path = "/jobs/scan/list"})).client);
}

TEST_CASE("a token's client counts whatever the body says", "[codec]") {
  Codec codec;
  for (const std::string said : {"", "bob", "alice", "not a name"}) {
    INFO("said '" << said << "'");
    const auto jobs = codec.body<Submit>(submit({.job = "j", .client = said}), "alice").jobs;
    CHECK(std::get<Submitted>(jobs.at(0)).client == "alice");
    CHECK(codec.body<GetJob>(query({.job = "j", .client = said}), "alice").client == "alice");
    CHECK(codec.body<ListJobs>(list({.client = said}), "alice").client == "alice");
  }
  const auto refused = refusal(codec.take(submit({.job = "j"}), "not a name"));
  REQUIRE(refused);
  CHECK_THAT(refused->detail, Catch::StartsWith("jobs[0].client:"));
}

TEST_CASE("a body of another kind than the path's is refused and the right one named", "[codec]") {
  const std::vector<std::function<void(protocol::Request::Body::Builder)>> bodies = {
      [](auto body) { body.setNone(); },      [](auto body) { body.initSubmit(); },
      [](auto body) { body.initJobQuery(); }, [](auto body) { body.initListQuery(); },
      [](auto body) { body.initAccept(); },   [](auto body) { body.initRenew(); },
      [](auto body) { body.initUpdate(); },
  };
  struct Path {
    wire::Method method;
    std::string path;
    unsigned kind;  // index above
    bool takes_none;
    std::string name;
  };
  Codec codec;
  for (const Path& path : {Path{wire::Method::POST, "/scan/job", 1, false, "submit"},
                           Path{wire::Method::GET, "/scan/job", 2, true, "jobQuery"},
                           Path{wire::Method::GET, "/scan/job/j", 2, true, "jobQuery"},
                           Path{wire::Method::GET, "/jobs/scan/job/j", 2, true, "jobQuery"},
                           Path{wire::Method::GET, "/scan/job/list", 3, true, "listQuery"},
                           Path{wire::Method::GET, "/jobs/scan/list", 3, true, "listQuery"},
                           Path{wire::Method::POST, kAcceptPath, 4, false, "accept"},
                           Path{wire::Method::POST, kRenewPath, 5, false, "renew"},
                           Path{wire::Method::POST, kUpdatePath, 6, false, "update"},
                           Path{wire::Method::POST, "/jobs/scan/job/j", 6, false, "update"}}) {
    for (unsigned kind = 0; kind < bodies.size(); ++kind) {
      INFO(path.path << " with body " << kind);
      const auto frame = wire::request_frame(
          {.method = path.method, .path = path.path},
          [&](protocol::Request::Builder request) { bodies[kind](request.getBody()); });
      const auto decoded = codec.take(frame);
      const auto* refused = std::get_if<Refused>(&decoded);
      const bool wrong_kind = refused != nullptr && refused->detail == "body: must be " + path.name;
      CHECK(wrong_kind == !(kind == path.kind || (kind == 0 && path.takes_none)));
    }
  }
}

}  // namespace store
