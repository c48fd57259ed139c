#include "golden_requests.h"

#include "../describe/describe.h"
#include "golden_config.h"
#include "golden_files.h"

namespace store {
namespace {

constexpr Span kHour = std::chrono::hours(1);
const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string submit_of(NewJob job) {
  job.job = "j-1";
  job.request = "1";
  job.client = "alice";
  return describe(Submit{"scan", {std::move(job)}});
}

NewJob job_with_everything() {
  return {.job = "j-1",
          .request = R"({"page":1,"name":"Überblick"})",
          .client = "alice",
          .priority = 100,
          .function = "ocr",
          .not_before = Time(Span(1'700'000'000'000)),
          .terms = {.keep_for = Span(60'000),
                    .valid_for = Span(3'600'000),
                    .timeout = Span(300'000),
                    .failures_max = 7,
                    .lost_leases_max = 2,
                    .releases_max = 9,
                    .backoff = Backoff{.initial = Span(500),
                                       .max = Span(60'000),
                                       .factor_percent = 150,
                                       .jitter_percent = 10}},
          .tags = {"a4", "colour"},
          .trace = kTrace};
}

GoldenRequest submit() {
  return {"request-submit",
          describe(Submit{.datasource = "scan",
                          .jobs = {job_with_everything(), NewJob{.job = "j-2",
                                                                 .request = "null",
                                                                 .client = "bob",
                                                                 .delay = Span(90'000)}}})};
}

// The path's own datasource is said as if it were not.
GoldenRequest submit_after() {
  NewJob job{.job = "j-9", .request = "null", .client = "alice"};
  job.after = {{.job = "j-1"}, {.job = "j-2", .any_end = true}, {"mail", "j-3"}};
  return {"request-submit-after",
          describe(Submit{.datasource = "scan", .jobs = {std::move(job)}, .is_atomic = true})};
}

jobq::Schedule schedule() {
  jobq::Schedule schedule{.cron = "30 2 * * *",
                          .zone = "Europe/Berlin",
                          .catch_up = jobq::CatchUp::kAll,
                          .overlap = jobq::Overlap::kReplace,
                          .jitter = Span(90'000),
                          .job = job_with_everything()};
  schedule.job.job.clear();
  schedule.job.not_before = {};
  return schedule;
}

jobq::Function function() {
  return {.name = "ocr",
          .version = "1.2",
          .documentation = "# OCR",
          .author = "alice@example.org",
          .tags = {"fast", "text"},
          .priority = 70,
          .terms = {.keep_for = Span(60'000),
                    .timeout = Span(5'000),
                    .keep_failed_for = Span(90'000),
                    .keep_cancelled_for = Span(30'000),
                    .keep_forbidden_for = Span(20'000)},
          .cost = 5,
          .calls = {{"GET", "/photos/*"}, {"", "/scans/latest"}},
          .request_schema = R"({"type":"object"})",
          .response_schema = "true",
          .indexed = {{"page", "/page", true}, {"lang", "/options/lang", false}}};
}

std::vector<GoldenRequest> queries() {
  return {
      {"request-job-query",
       describe(GetJob{"scan", "j-1", "alice", Span(60'000), 7, true, true, true})},
      {"request-driver-job-query", describe(GetJob{"scan", "j-1", {}})},
      {"request-list-query",
       describe(ListJobs{"scan", "alice", 12, 1000, 0b1000001, "ocr", "a4", "\"page\":1"})},
      {"request-count",
       describe(CountJobs{{"scan", "alice", 12, 100, 0b1000001, "ocr", "a4", "\"page\":1"}})},
      {"request-schedule", describe(PutSchedule{"scan", "nightly", schedule()})},
      {"request-schedule-query", describe(GetSchedule{"scan", "nightly", "alice", 3})},
      {"request-schedules", describe(ListSchedules{"scan", "alice", "nightly", 7})},
      {"request-schedule-run",
       describe(ChangeSchedule{"scan", "nightly", "alice", ChangeSchedule::How::kRun, "j-7"})},
      {"request-function", describe(PutFunction{"scan", function()})},
      {"request-functions", describe(ListFunctions{"scan",
                                                   {.name = "oc?*",
                                                    .tag = "text",
                                                    .order = jobq::FunctionOrder::kChangedDown,
                                                    .cursor = "1700000000000:ocr",
                                                    .limit = 7,
                                                    .is_whole = true},
                                                   Allowance{}})},
      {"request-function-remove", describe(RemoveFunction{"scan", "ocr"})},
      {"request-driver-list", describe(ListJobs{"scan", {}, 0, 100, 0xff, {}, {}, {}})},
      {"request-status", ""},
      {"request-cancel", describe(Cancel{"scan", "j-1", "alice"})},
      {"request-driver-cancel", describe(Cancel{"scan", "j-1", {}})},
      {"request-log-query", describe(ReadLog{"scan", "j-1", "alice", 17, 1000})},
      {"request-explain", describe(Explain{"scan", "j-1", "alice"})},
  };
}

ListJobs sorted_list() {
  const auto at = [](int ms) { return Time(Span(1'700'000'000'000 + ms)); };
  ListJobs list{"scan", {}, 0, 7, 0xff, "oc?*", "page=*", {}};
  list.turn_key = "account:7";
  list.unique = "index";
  list.group = "album";
  list.times = {at(1), at(2), at(3), at(4), at(5), at(6)};
  list.order = jobq::ListOrder::kEndedDown;
  list.behind = jobq::ListPlace{1'700'000'000'007, 17};
  list.ahead_of = jobq::ListPlace{1'700'000'000'000, 4};
  return list;
}

GoldenRequest bulk(const std::string& name, Bulk::How how) {
  Bulk made{.datasource = "scan",
            .where = {"scan", "alice", 12, 7, 0xff, "ocr*", {}, {}},
            .how = how,
            .is_dry = true};
  made.is_forced = how == Bulk::How::kRemove;
  if (how == Bulk::How::kEdit) {
    made.edit.datasource = "scan";
    made.edit.priority = 90;
    made.edit.valid_for = Span(60'000);
  }
  if (how == Bulk::How::kRestart) {
    made.where.statuses = 1u << static_cast<unsigned>(Status::kFailed);
  }
  return {name, describe(made)};
}

std::vector<GoldenRequest> bulk_calls() {
  return {
      {"request-list-sorted", describe(sorted_list())},
      bulk("request-bulk-cancel", Bulk::How::kCancel),
      bulk("request-bulk-edit", Bulk::How::kEdit),
      bulk("request-bulk-remove", Bulk::How::kRemove),
      bulk("request-bulk-restart", Bulk::How::kRestart),
      {"request-remove-forced", describe(Remove{"scan", "j-1", true})},
      {"request-history", describe(GetHistory{"scan",
                                              {.function = "ocr",
                                               .step = jobq::HistoryStep::kHour,
                                               .since = Time(Span(1'700'000'000'000)),
                                               .limit = 7}})},
      {"request-drop", describe(DropDatasource{"scan"})},
      {"request-pause-store", describe(SetStorePause{true})},
      {"request-resume-store", describe(SetStorePause{false})},
  };
}

GoldenRequest update() {
  const auto outcome = [](const std::string& job, std::uint32_t attempt, auto word) {
    return Outcome{{job, attempt}, std::move(word)};
  };
  return {"request-update",
          describe(Update{
              .datasource = "scan",
              .outcomes = {
                  outcome("j-1", 1, Completed{R"([true,"fertig",1.5e3])"}),
                  outcome("j-2", 2, Failed{{"exit-1", "the scanner jammed", "tray 2\nroller 3"}}),
                  outcome("j-3", 3, Retry{{"exit-2", "no paper", "tray 1"}, Span(2000)}),
                  outcome("j-4", 4, Release{Span(1000), "the driver ends"}),
                  outcome("j-5", 5, Forbidden{{"quota", "", ""}}), outcome("j-6", 6, AckCancel{}),
                  outcome("j-7", 7, Progress{0.25f, "page 1 of 4"}),
                  outcome("j-8", 8,
                          Log{{{LogLevel::kInfo, "warm"}, {LogLevel::kError, "no paper"}}, 3}),
                  outcome("j-9", 0, AcceptOne{"host:4711", 21, Span(100)})}})};
}

Update left() {
  using jobq::ChangeHow;
  Update command{"scan",
                 {Outcome{{"j-1", 1}, Progress{0.25f, ""}}, Outcome{{"j-2", 2}, Release{}}}};
  std::get<Outcome>(command.outcomes[0]).checkpoint = "page 5";
  auto& second = std::get<Outcome>(command.outcomes[1]);
  second.checkpoint = "";
  second.state = {{.name = "last", .value = "j-2"},
                  {.name = "runs", .how = ChangeHow::kAdd, .number = 1},
                  {.name = "low", .how = ChangeHow::kMin, .number = INT64_MIN},
                  {.name = "high", .how = ChangeHow::kMax, .number = 7},
                  {.name = "old", .how = ChangeHow::kRemove}};
  return command;
}

std::vector<GoldenRequest> driver_calls() {
  return {
      {"request-accept", describe(Accept{.datasource = "scan",
                                         .worker = "host:4711",
                                         .request_number = 1'700'000'000'000'000,
                                         .max = 1024,
                                         .lease = kHour,
                                         .wait = Span(250),
                                         .functions = {"ocr", "scan"}})},
      {"request-accept-labels", describe(Accept{.datasource = "scan",
                                                .worker = "host:4711",
                                                .request_number = 7,
                                                .functions = {},
                                                .labels = {"gpu", "host=a"}})},
      {"request-renew",
       describe(Renew{"scan", {{"j-1", 1}, {"j-2", 4'000'000'000}}, Span(100), {}})},
      {"request-renew-worker", describe(Renew{"scan", {}, {}, "host:4711", Span(20'000), 44})},
      update(),
      {"request-update-left", describe(left())},
      {"request-state-query",
       describe(ReadState{"scan", {.function = "ocr", .after = "a", .limit = 7}})},
      {"request-change-state",
       describe(
           ChangeState{"scan",
                       {.function = "ocr",
                        .changes = {{.name = "page", .value = "7"},
                                    {.name = "high", .how = jobq::ChangeHow::kMax, .number = -7}},
                        .removes_all = true}})},
      {"request-update-one",
       describe(Update{.datasource = "scan", .outcomes = {Outcome{{"j-1", 3}, Completed{"0"}}}})},
      {"request-peek", describe(Peek{"scan", {"ocr", "scan"}})},
      {"request-latest", describe(ReadRequests{"scan", true, 0, {}, 1, {}, {}, {}})},
      {"request-since-cursor",
       describe(ReadRequests{"scan", false, 99'999'999'999, {}, 5, "alice", "ocr", "a4"})},
      {"request-since-time",
       describe(ReadRequests{"scan", false, 0, Time(Span(100'000'000'000)), 100, {}, {}, {}})},
  };
}

Configure registered_item() {
  return {"scan",
          {.description = "the scanner",
           .terms = {.failures_max = 3},
           .waiting_max = 7,
           .item = R"({"href":"tcp://store:5555/kv/scan","item-metadata":[)"
                   R"({"rel":"urn:X-hypercat:rels:hasDescription:en","val":"the scanner"},)"
                   R"({"rel":"urn:X-hypercat:rels:isContentType","val":"application/json"},)"
                   R"({"rel":"urn:X-databox:rels:hasDatasourceid","val":"scan"},)"
                   R"({"rel":"urn:X-jobq:rels:hasDefaults","val":{"waitingMax":7}}]})"},
          true};
}

std::vector<GoldenRequest> minding_calls() {
  return {
      {"request-config", describe(Configure{"scan", golden_config()})},
      {"request-register", describe(Configure{"print", {}})},
      {"request-register-item", describe(registered_item())},
      {"request-get-config", describe(GetConfig{"scan"})},
      {"request-list-configs", describe(ListConfigs{})},
      {"request-pause", describe(SetMode{"scan", Mode::kPaused})},
      {"request-resume", describe(SetMode{"scan", Mode::kRunning})},
      {"request-drain", describe(SetMode{"scan", Mode::kDraining})},
      {"request-datasource-stats", describe(GetDatasourceStats{"scan"})},
      {"request-all-stats", describe(GetDatasourceStats{})},
      {"request-workers", describe(ListWorkers{"scan"})},
      {"request-edit", describe(Edit{"scan", "j-1", 90, Span(60'000), "[2]"})},
      {"request-restart", describe(Restart{"scan", "j-1", "j-1b"})},
      {"request-remove", describe(Remove{"scan", "j-1"})},
      {"request-redrive", describe(Redrive{"scan", "alice", "ocr", "a4", 0b1010000, 7, 12})},
      {"request-redrive-all", describe(Redrive{"scan", {}, {}, {}, 0b0010000, 100, 0})},
  };
}

std::vector<GoldenRequest> moving_calls() {
  ListJobs exported{"scan", "alice", 12, 50, 0b1000001, "ocr", "a4", {}};
  exported.is_export = true;
  ListJobs whole{"scan", {}, 0, 100, 0xff, {}, {}, {}};
  whole.is_export = true;
  const Time at(Span(1'700'000'000'000));
  return {
      {"request-export", describe(exported)},
      {"request-export-all", describe(whole)},
      {"request-import",
       describe(Import{
           "scan",
           {jobq::JobStatus{
               .job = "j-1",
               .client = "alice",
               .status = Status::kFailed,
               .sequence = 41,
               .changed = 44,
               .priority = 70,
               .attempt = 2,
               .lost_leases = 1,
               .worker = "host:4711",
               .submitted_at = at,
               .accepted_at = at + Span(250),
               .lease_until = {},
               .finished_at = at + Span(900),
               .response = {},
               .error = {"exit-1", "the scanner jammed", "tray 2"},
               .function = "ocr",
               .tags = {"a4", "colour"},
               .failures = 1,
               .progress = 0.25,
               .progress_message = "page 1 of 4",
               .parent = "j-0",
               .child = "j-2",
               .request_bytes = 10,
               .terms = Terms{.keep_for = Span(3'600'000),
                              .valid_for = {},
                              .timeout = {},
                              .failures_max = 5,
                              .lost_leases_max = 3,
                              .releases_max = 0,
                              .backoff = Backoff()},
               .request = R"({"page":1})",
               .trace = kTrace,
               .attempts = {{1, "host:4712", at + Span(10), at + Span(20), Ending::kLeaseLost, {}}},
               .content = "000102030405060708090a0b0c0d0eff"}}})},
  };
}

std::vector<GoldenRequest> watching_calls() {
  return {
      {"request-subscribe", describe(Subscribe{"scan", {}, "alice", 7, true})},
      {"request-subscribe-job", describe(Subscribe{"scan", "j-1", "alice", 100, false})},
      {"request-driver-subscribe", describe(Subscribe{"scan", {}, {}, 100, false})},
      {"request-event-query",
       describe(ReadEvents{"scan", "j-1", "alice", 4'000'000'000'000, 1000, Span(60'000), true})},
      {"request-driver-event-query", describe(ReadEvents{"scan", {}, {}, 0, 100, {}, false})},
  };
}

std::vector<GoldenRequest> token_calls() {
  const NewJob small{.job = "j-1", .request = "1", .client = "alice"};
  const std::string id = "k1.dG9rZW5fb2ZfdGVzdHM";
  return {
      {"request-submit-no-tickets", describe(Submit{"scan", {small}, true})},
      {"request-update-token",
       describe(
           Update{"scan", {Outcome{{"j-1", 3, "MDAxY2xvY2F0aW9uIHN0b3JlCg"}, Completed{"1"}}}})},
      {"request-submit-soft-limits", describe(Submit{"scan",
                                                     {NewJob{.job = "j-1",
                                                             .request = "1",
                                                             .client = "alice",
                                                             .terms = {.slow_after = Span(4),
                                                                       .stall_after = Span(5),
                                                                       .stall_fails = true,
                                                                       .defer_max = Span(6)}}}})},
      {"request-list-flagged", describe(ListJobs{.datasource = "scan",
                                                 .client = "alice",
                                                 .limit = 100,
                                                 .statuses = 0xff,
                                                 .function = {},
                                                 .tag = {},
                                                 .text = {},
                                                 .flagged = true})},
      {"request-submit-after-group", submit_of({.after_group = "album"})},
      {"request-submit-labels", submit_of({.terms = {.labels = {"gpu", "host=a"}}})},
      {"request-submit-keys",
       submit_of(
           {.turn_key = "account:7", .unique = "index", .if_unique = jobq::IfUnique::kReplace})},
      {"request-submit-group", submit_of({.group = "album"})},
      {"request-submit-then",
       submit_of({.then = {{.datasource = "mail",
                            .function = "send",
                            .then = {{.on = jobq::FollowOn::kAny, .job = "j-3"}}},
                           {.on = jobq::FollowOn::kFailed, .request = "[1]", .priority = 9}}})},
      {"request-config-keys", describe(Configure{"scan", {.key_running_max = 3}})},
      {"request-token-query", describe(ListTokens{id, 1000})},
      {"request-all-tokens", describe(ListTokens{{}, 100})},
      {"request-revoke", describe(RevokeToken{id, {Time(Span(1'700'000'000'000))}})},
      {"request-revoke-for-ever", describe(RevokeToken{id, {}})},
      {"request-list-keys", {}},
      {"request-new-key", {}},
      {"request-retire-key", {}},
      {"request-make-backup", {}},
  };
}

}  // namespace

std::vector<GoldenRequest> golden_requests() {
  std::vector<GoldenRequest> all = {submit(), submit_after()};
  for (const auto& some : {queries(), driver_calls(), minding_calls(), moving_calls(),
                           watching_calls(), token_calls(), bulk_calls(), config_calls()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  for (GoldenRequest& request : all) {
    request.frame = golden::request(request.name);
  }
  return all;
}

}  // namespace store
