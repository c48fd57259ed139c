// Every call of the libraries: what it asks, and what it makes of the answer.
#include <catch2/catch.hpp>

#include "../describe/describe.h"
#include "jobq/admin.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "script.h"
#include "told_values.h"

using namespace std::chrono_literals;

namespace {

struct Libraries {
  jobq::Client client;
  jobq::Driver driver;
  jobq::Admin admin;
};

struct Call {
  std::string request;
  std::string answer;
  std::function<std::string(Libraries&)> call;
  std::string result;
};

const std::vector<Call> kOfClients = {
    {R"((method = post, path = "/scan/job/", body = (submit = (jobs = [(job = "j1", client =
     "alice", request = "{}", priority = 255, notBefore = 2, delayMs = 3, function = "copy", )" +
         kTerms + R"(, tags = ["a", "b"], trace = "00-t")], noTickets = true))))",
     "(body = (submitted = [(code = 200, created = true, job = " + kJob + ")]))",
     [](auto& from) {
       // A priority that fits is what the store can refuse; 300 would become 44.
       return describe(from.client.submit("scan", {.job = "j1",
                                                   .request = "{}",
                                                   .client = "alice",
                                                   .priority = 300,
                                                   .function = "copy",
                                                   .not_before = jobq::Time(2ms),
                                                   .delay = 3ms,
                                                   .terms = kConfigAsked.terms,
                                                   .tags = {"a", "b"},
                                                   .trace = "00-t"}));
     },
     kJobSeen},
    {R"((method = post, path = "/scan/job/", body = (submit = (jobs = [(job = "a"), (job =
     "b")]))))",
     R"((code = 207, body = (submitted = [(code = 200, job = (job = "a"), ticket = "t"), (code =
     429, error = "busy", retryAfterMs = 5)])))",
     [](auto& from) {
       const auto results =
           from.client.submit_many("scan", {{.job = "a"}, {.job = "b"}}, {.tickets = true});
       return results.at(0).status.job + results[0].ticket + " " +
              std::to_string(results.at(1).code) + results[1].error +
              describe(results[1].retry_after);
     },
     "at 429busy5"},
    {R"((path = "/scan/job/j1/", body = (jobQuery = (job = "j1", client = "alice", withAttempts =
     true))))",
     kGotJob,
     [](auto& from) {
       return describe(from.client.status("scan", "j1", "alice", {.with_attempts = true}));
     },
     kJobSeen},
    {R"((method = post, path = "/scan/job/j1/cancel", body = (jobQuery = (job = "j1", client =
     "alice"))))",
     kGotJob, [](auto& from) { return describe(from.client.cancel("scan", "j1", "alice")); },
     kJobSeen},
    {R"((path = "/scan/job/j1/log", body = (logQuery = (client = "alice", after = 2, limit =
     50))))",
     kGotLog,
     [](auto& from) {
       return describe(from.client.log("scan", "j1", "alice", {.after = 2, .limit = 50}));
     },
     kLogSeen},
    {R"((path = "/scan/job/j1/explain", body = (jobQuery = (job = "j1", client = "alice"))))",
     kExplained, [](auto& from) { return describe(from.client.explain("scan", "j1", "alice")); },
     kExplanationSeen},
    {R"((path = "/scan/job/list", body = (listQuery = (client = "alice", cursor = 10, limit = 2,
     statuses = [failed, forbidden], function = "copy", tag = "a", text = "page"))))",
     R"((body = (jobs = (jobs = [(job = "a"), (job = "b")], cursor = 12))))",
     [](auto& from) {
       const jobq::JobPage page =
           from.client.list("scan", {.client = "alice",
                                     .cursor = 10,
                                     .limit = 2,
                                     .statuses = {jobq::Status::kFailed, jobq::Status::kForbidden},
                                     .function = "copy",
                                     .tag = "a",
                                     .text = "page"});
       return page.jobs.at(0).job + page.jobs.at(1).job + std::to_string(page.cursor);
     },
     "ab12"},
    {R"((path = "/status"))",
     R"((body = (store = (version = "1.2", name = "n", uptimeMs = 3, now = 4, durability = "d",
     requestEndpoints = ["r"], driverEndpoints = ["e"], statusEndpoints = ["s"]))))",
     [](auto& from) { return describe(from.client.store_status()); },
     "StoreStatus{'1.2', 'n', 3, 4, 'd', ['r'], ['e'], ['s']}"},
    {R"((path = "/admin/stats"))", kStoreStats,
     [](auto& from) { return describe(from.client.store_stats()); }, kStoreStatsSeen},
};

const std::vector<Call> kOfDrivers = {
    {R"((path = "/jobs/scan/job/j1/", body = (jobQuery = (job = "j1", withRequest = true))))",
     kGotJob,
     [](auto& from) { return describe(from.driver.status("scan", "j1", {.with_request = true})); },
     kJobSeen},
    {R"((path = "/jobs/scan/list", body = (listQuery = (limit = 7))))",
     "(body = (jobs = (cursor = 12)))",
     [](auto& from) { return describe(from.driver.list("scan", {.limit = 7})); },
     "JobPage{[], 12, 0, none}"},
    {R"((method = post, path = "/jobs/scan/job/j1/cancel", body = (jobQuery = (job = "j1"))))",
     kGotJob, [](auto& from) { return describe(from.driver.cancel("scan", "j1")); }, kJobSeen},
    {R"((path = "/jobs/scan/job/j1/log", body = (logQuery = (after = 2))))", kGotLog,
     [](auto& from) { return describe(from.driver.log("scan", "j1", {.after = 2})); }, kLogSeen},
    {R"((path = "/jobs/scan/job/j1/explain", body = (jobQuery = (job = "j1"))))", kExplained,
     [](auto& from) { return describe(from.driver.explain("scan", "j1")); }, kExplanationSeen},
    {R"((method = get, path = "/jobs/scan/state", body = (stateQuery = (after = "a", limit = 7))))",
     R"((body = (states = (states = [(function = "ocr", changedAt = 1, count = 2)], isEnd =
     true))))",
     [](auto& from) { return describe(from.driver.state("scan", {.after = "a", .limit = 7})); },
     "StatePage{[StateOfFunction{'ocr', 1, 2, []}], yes}"},
    {R"((method = post, path = "/jobs/scan/state", body = (changeState = (function = "ocr", changes
     = [(name = "a", value = "1"), (name = "b", how = remove)], removesAll = true))))",
     R"((body = (states = (states = [(function = "ocr", values = [(name = "a", value = "1")])]))))",
     [](auto& from) {
       return describe(from.driver.change_state(
           "scan", {.function = "ocr",
                    .changes = {{.name = "a", .value = "1"},
                                {.name = "b", .how = jobq::ChangeHow::kRemove}},
                    .removes_all = true}));
     },
     "StateOfFunction{'ocr', 0, 0, [StateValue{'a', '1'}]}"},
    // A list of one gives its item's code to the reply, which is no refusal of the whole.
    {R"((method = post, path = "/jobs/scan/renew", body = (renew = (leases = [(job = "a", attempt
     = 1)]))))",
     "(code = 409, body = (renewed = [(code = 409)]))",
     [](auto& from) {
       return describe(from.driver.renew("scan", {.leases = {{"a", 1}}}));
     },
     "Renewal{[RenewResult{409, 0, no}], [], 0}"},
    {R"((method = post, path = "/jobs/scan/renew", body = (renew = (leases = [(job = "a", attempt
     = 1), (job = "b", attempt = 2)], leaseMs = 3, worker = "w", waitMs = 4, seen = 76))))",
     R"((code = 207, body = (renewed = [(code = 409), (code = 200, leaseUntil = 5,
     cancelRequested = true)]), cancels = [(lease = (job = "b", attempt = 2), sequence = 77,
     until = 6)]))",
     [](auto& from) {
       return describe(from.driver.renew(
           "scan",
           {.leases = {{"a", 1}, {"b", 2}}, .lease = 3ms, .worker = "w", .wait = 4ms, .seen = 76}));
     },
     "Renewal{[RenewResult{409, 0, no}, RenewResult{200, 5, yes}], "
     "[CancelRequest{Lease{'b', 2, ''}, 77, 6}], 0}"},
    {R"((method = post, path = "/jobs/scan/update", body = (update = (outcomes = [(lease = (job =
     "j1", attempt = 2, token = "t"), complete = "[1]")]))))",
     R"((code = 409, body = (updated = [(code = 409, error = "lease: not held", retryAfterMs =
     5)])))",
     [](auto& from) {
       return describe(from.driver.update("scan", {{{"j1", 2, "t"}, jobq::Done{"[1]"}}}));
     },
     "[UpdateResult{409, 'lease: not held', 0, 0, none, 5}]"},
    {R"((method = post, path = "/jobs/scan/update", body = (update = (outcomes = [(lease = (job =
     "a"), fail = (code = "exit-1", message = "m", detail = "d")), (lease = (job = "b"), retry =
     (error = (code = "busy"), delayMs = 1)), (lease = (job = "c"), release = (delayMs = 2,
     message = "moved")), (lease = (job = "d"), forbid = (code = "no", detail = "fd")), (lease =
     (job = "e"), cancelled = void), (lease = (job = "f"), progress = (value = 0.5, message =
     "half")), (lease = (job = "g"), log = (lines = [(level = debug, text = "a"), (level = error,
     text = "b")], first = 7)), (lease = (job = "h"), accepted = (worker = "w", requestNumber =
     8, leaseMs = 3))]))))",
     "(body = (updated = [(code = 200), (code = 200), (code = 200), (code = 200), (code = 200), "
     "(code = 200), (code = 200), (code = 200, status = retrying, notBefore = 10, accepted = " +
         kAccepted + ")]))",
     [](auto& from) {
       return describe(
           from.driver
               .update("scan",
                       {{{"a"}, jobq::JobError{"exit-1", "m", "d"}},
                        {{"b"}, jobq::Retry{.error = {"busy"}, .delay = 1ms}},
                        {{"c"}, jobq::Release{.delay = 2ms, .message = "moved"}},
                        {{"d"}, jobq::Forbid{.error = {"no", "", "fd"}}},
                        {{"e"}, jobq::Cancelled{}},
                        {{"f"}, jobq::Progress{.value = 0.5, .message = "half"}},
                        {{"g"},
                         jobq::Log{.lines = {{jobq::LogLevel::kDebug, "a"},
                                             {jobq::LogLevel::kError, "b"}},
                                   .first = 7}},
                        {{"h"}, jobq::AcceptOne{.worker = "w", .request_number = 8, .lease = 3ms}}})
               .back());
     },
     "UpdateResult{200, '', 2, 10, " + kAcceptedSeen + ", 0}"},
    {R"((path = "/jobs/scan/since/3", body = (listQuery = (client = "alice", limit = 2, function
     = "copy", tag = "a"))))",
     kRequests,
     [](auto& from) {
       const jobq::RequestPage page = from.driver.since(
           "scan", 3, {.client = "alice", .function = "copy", .tag = "a", .limit = 2});
       const jobq::RequestRecord& record = page.requests.at(0);
       return describe(record.sequence) + describe(record.time) + describe(record.kind) +
              record.job.request + describe(page.cursor);
     },
     "451{}6"},
    {R"((path = "/jobs/scan/since/1700000000123", body = (listQuery = ())))", kRequests,
     [](auto& from) {
       return describe(from.driver.since("scan", jobq::Time(1'700'000'000'123ms)).cursor);
     },
     "6"},
    // Fewer digits are a cursor.
    {R"((path = "/jobs/scan/since/000000000005", body = (listQuery = ())))", kRequests,
     [](auto& from) { return describe(from.driver.since("scan", jobq::Time(5ms)).cursor); }, "6"},
    {R"((path = "/jobs/scan/latest"))", kRequests,
     [](auto& from) { return describe(from.driver.latest("scan").value().sequence); }, "4"},
    {R"((path = "/jobs/scan/latest"))", "(body = (requests = ()))",
     [](auto& from) { return describe(from.driver.latest("scan").has_value()); }, "no"},
    {R"((path = "/jobs/scan/peek", body = (peek = (functions = ["copy"]))))", kRequests,
     [](auto& from) { return describe(from.driver.peek("scan", {"copy"}).value().sequence); }, "4"},
    {R"((path = "/jobs/scan/peek", body = (peek = ())))", "(body = (requests = ()))",
     [](auto& from) { return describe(from.driver.peek("scan").has_value()); }, "no"},
    {R"((path = "/jobs/scan/config"))", kGotConfig,
     [](auto& from) { return describe(from.driver.config("scan")); }, kConfigSeen},
    {R"((path = "/cat"))", "(body = (configs = [" + kConfig + "]))",
     [](auto& from) { return describe(from.driver.configs().at(0)); }, kConfigSeen},
    {R"((path = "/jobs/scan/stats"))", kStats,
     [](auto& from) { return describe(from.driver.stats("scan")); }, kStatsSeen},
    {R"((path = "/jobs/scan/workers"))", kWorkers,
     [](auto& from) { return describe(from.driver.workers("scan")); }, kWorkersSeen},
};

const std::string kRestarted = "(body = (submitted = [(code = 200, job = " + kJob + ")]))";
const std::vector<Call> kOfOperators = {
    {R"((path = "/admin/scan/config"))", kGotConfig,
     [](auto& from) { return describe(from.admin.config("scan")); }, kConfigSeen},
    {R"((method = post, path = "/admin/scan/pause"))", kGotConfig,
     [](auto& from) { return describe(from.admin.pause("scan")); }, kConfigSeen},
    {R"((method = post, path = "/admin/scan/resume"))", kGotConfig,
     [](auto& from) { return describe(from.admin.resume("scan")); }, kConfigSeen},
    {R"((method = post, path = "/admin/scan/drain"))", kGotConfig,
     [](auto& from) { return describe(from.admin.drain("scan")); }, kConfigSeen},
    {R"((method = post, path = "/admin/scan/config", body = (config = (datasource = "scan"))))",
     R"((body = (config = (datasource = "scan"))))",
     [](auto& from) { return describe(from.admin.configure({.datasource = "scan"})); },
     describe(jobq::DatasourceConfig{.datasource = "scan"})},
    {R"((path = "/admin/scan/stats"))", kStats,
     [](auto& from) { return describe(from.admin.stats("scan")); }, kStatsSeen},
    {R"((path = "/admin/datasources"))", kStats,
     [](auto& from) { return describe(from.admin.stats()); }, "[" + kStatsSeen + "]"},
    {R"((path = "/admin/scan/workers"))", kWorkers,
     [](auto& from) { return describe(from.admin.workers("scan")); }, kWorkersSeen},
    {R"((path = "/admin/stats"))", kStoreStats,
     [](auto& from) { return describe(from.admin.store_stats()); }, kStoreStatsSeen},
    {R"((method = post, path = "/admin/scan/job/j1/remove"))", kGotJob,
     [](auto& from) { return from.admin.remove("scan", "j1"), "done"; }, "done"},
    {R"((method = post, path = "/admin/scan/job/j1/restart", body = (restart = (job = "j2"))))",
     kRestarted, [](auto& from) { return describe(from.admin.restart("scan", "j1", "j2")); },
     kJobSeen},
    {R"((method = post, path = "/admin/scan/job/j1/edit", body = (edit = (priority = 70,
     validForMs = 5, request = "{}"))))",
     kGotJob,
     [](auto& from) {
       return describe(from.admin.edit("scan", "j1", {70, 5ms, "{}"}));
     },
     kJobSeen},
    {R"((method = post, path = "/admin/scan/redrive", body = (redrive = (client = "alice",
     function = "copy", tag = "a", statuses = [cancelled, forbidden], limit = 5, cursor = 8))))",
     R"((body = (redriven = (jobs = [(job = "j3")], cursor = 9))))",
     [](auto& from) {
       const jobq::JobPage page = from.admin.redrive(
           "scan",
           {"alice", "copy", "a", {jobq::Status::kCancelled, jobq::Status::kForbidden}, 5, 8});
       return page.jobs.at(0).job + std::to_string(page.cursor);
     },
     "j39"},
    {R"((method = post, path = "/admin/tokens/k1.x/revoke", body = (revoke = (until = 5))))",
     R"((body = (tokens = (tokens = [(id = "k1.x", waiting = 1, running = 2, rates =
     [(unit = "s", used = 3)], isRevoked = true, revokedUntil = 5)]))))",
     [](auto& from) { return describe(from.admin.revoke("k1.x", jobq::Time(5ms))); },
     "TokenUse{'k1.x', 1, 2, [RateUse{'s', 3}], yes, 5}"},
    {R"((method = post, path = "/admin/keys/k1/retire"))", R"((body = (keys = [(id = "k2")])))",
     [](auto& from) { return describe(from.admin.retire_root_key("k1")); }, "['k2']"},
};

void check(const std::vector<Call>& calls) {
  for (const Call& call : calls) {
    INFO(call.request);
    Script script({call.answer});
    Libraries libraries{jobq::Client(script.connection), jobq::Driver(script.connection),
                        jobq::Admin(script.connection)};
    CHECK(call.call(libraries) == call.result);
    CHECK(script.asked(0) == Script::request(call.request));
  }
}

}  // namespace

TEST_CASE("each call asks what it means and tells all that is answered") {
  SECTION("of clients") { check(kOfClients); }
  SECTION("of drivers") { check(kOfDrivers); }
  SECTION("of operators") { check(kOfOperators); }
}

TEST_CASE("a configuration is set as it was given but for the mode") {
  Script script({kGotConfig});
  jobq::Admin admin(script.connection);
  jobq::Driver driver(script.connection);
  CHECK(describe(admin.configure(kConfigAsked)) == kConfigSeen);
  CHECK(describe(driver.configure(kConfigAsked)) == kConfigSeen);
  CHECK(describe(driver.register_datasource(kConfigAsked)) == kConfigSeen);
  for (std::size_t i = 0; const char* path : {"/admin/scan/config", "/jobs/scan/config", "/cat"}) {
    const std::string rest = path + (R"(", body = (config = ()" + kConfigSaid + ")))");
    CHECK(script.asked(i++) == Script::request(R"((method = post, path = ")" + rest));
  }
}
