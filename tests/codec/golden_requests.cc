#include "golden_requests.h"

#include "../describe/describe.h"
#include "messages.h"

namespace store {
namespace {

constexpr Span kHour = std::chrono::hours(1);
const std::string kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

wire::Head head(std::uint64_t id, wire::Method method, const std::string& path) {
  return {.id = id, .method = method, .path = path, .token = "MDAxY2xvY2F0aW9uIHN0b3JlCg"};
}
wire::Head get(std::uint64_t id, const std::string& path) {
  return head(id, wire::Method::GET, path);
}
wire::Head post(std::uint64_t id, const std::string& path) {
  return head(id, wire::Method::POST, path);
}

NewJob job_with_everything() {
  return {.id = "j-1",
          .client = "alice",
          .function = "ocr",
          .request = R"({"page":1,"name":"Überblick"})",
          .trace = kTrace,
          .tags = {"a4", "colour"},
          .priority = 100,
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
                                       .jitter_percent = 10}}};
}

GoldenRequest submit() {
  return {
      "request-submit",
      wire::submit_frame(post(1, "/scan/job/"),
                         {{.job = "j-1",
                           .client = "alice",
                           .request = R"({"page":1,"name":"Überblick"})",
                           .priority = 100,
                           .keep_for_ms = 60'000,
                           .function = "ocr",
                           .not_before = 1'700'000'000'000,
                           .valid_for_ms = 3'600'000,
                           .timeout_ms = 300'000,
                           .failures_max = 7,
                           .lost_leases_max = 2,
                           .releases_max = 9,
                           .backoff = wire::Backoff{500, 150, 60'000, 10},
                           .tags = {"colour", "a4", "colour"},
                           .trace = kTrace},
                          {.job = "j-2", .client = "bob", .request = "null", .delay_ms = 90'000}}),
      describe(Submit{.datasource = "scan",
                      .jobs = {job_with_everything(), NewJob{.id = "j-2",
                                                             .client = "bob",
                                                             .function = {},
                                                             .request = "null",
                                                             .trace = {},
                                                             .tags = {},
                                                             .delay = Span(90'000),
                                                             .terms = {}}}})};
}

std::vector<GoldenRequest> queries() {
  return {
      {"request-job-query",
       wire::job_query_frame(get(2, "/scan/job/"), {.job = "j-1",
                                                    .client = "alice",
                                                    .wait_ms = 60'000,
                                                    .seen = 7,
                                                    .until_final = true,
                                                    .with_attempts = true,
                                                    .with_request = true}),
       describe(GetJob{"scan", "j-1", "alice", Span(60'000), 7, true, true, true})},
      {"request-driver-job-query", wire::bare_frame(get(3, "/jobs/scan/job/j-1")),
       describe(GetJob{"scan", "j-1", {}})},
      {"request-list-query",
       wire::list_query_frame(get(4, "/scan/job/list"), {.client = "alice",
                                                         .cursor = 12,
                                                         .limit = 1000,
                                                         .statuses = {protocol::Status::SUBMITTED,
                                                                      protocol::Status::FORBIDDEN},
                                                         .function = "ocr",
                                                         .tag = "a4",
                                                         .text = "\"page\":1"}),
       describe(ListJobs{"scan", "alice", 12, 1000, 0b1000001, "ocr", "a4", "\"page\":1"})},
      {"request-driver-list", wire::bare_frame(get(5, "/jobs/scan/list")),
       describe(ListJobs{"scan", {}, 0, 100, 0xff, {}, {}, {}})},
      {"request-status", wire::bare_frame({.id = 6, .path = "/status"}), ""},
      {"request-cancel",
       wire::job_query_frame(post(11, "/scan/job/cancel"), {.job = "j-1", .client = "alice"}),
       describe(Cancel{"scan", "j-1", "alice"})},
      {"request-driver-cancel", wire::bare_frame(post(12, "/jobs/scan/job/j-1/cancel")),
       describe(Cancel{"scan", "j-1", {}})},
      {"request-log-query",
       wire::log_query_frame(get(13, "/scan/job/j-1/log"),
                             {.client = "alice", .after = 17, .limit = 1000}),
       describe(ReadLog{"scan", "j-1", "alice", 17, 1000})},
      {"request-explain",
       wire::job_query_frame(get(14, "/scan/job/j-1/explain"), {.client = "alice"}),
       describe(Explain{"scan", "j-1", "alice"})},
  };
}

GoldenRequest update() {
  const auto outcome = [](const std::string& job, std::uint32_t attempt, auto word) {
    return Outcome{{job, attempt}, std::move(word)};
  };
  return {"request-update",
          wire::update_frame(
              post(9, "/jobs/scan/update"),
              {{.lease = {"j-1", 1}, .response = R"([true,"fertig",1.5e3])"},
               {.lease = {"j-2", 2},
                .error_code = "exit-1",
                .error_message = "the scanner jammed",
                .error_detail = "tray 2\nroller 3"},
               wire::retry({"j-3", 3}, {"exit-2", "no paper", "tray 1"}, 2000),
               wire::release({"j-4", 4}, 1000, "the driver ends"),
               wire::forbid({"j-5", 5}, {"quota"}),
               wire::cancelled({"j-6", 6}),
               wire::progress({"j-7", 7}, 0.25, "page 1 of 4"),
               wire::log({"j-8", 8}, {{"warm"}, {"no paper", protocol::LogLevel::ERROR}}, 3),
               wire::accept_one("j-9", "host:4711", 21, 100)}),
          describe(Update{
              .datasource = "scan",
              .outcomes = {
                  outcome("j-1", 1, Completed{R"([true,"fertig",1.5e3])"}),
                  outcome("j-2", 2, Failed{{"exit-1", "the scanner jammed", "tray 2\nroller 3"}}),
                  outcome("j-3", 3, Retry{{"exit-2", "no paper", "tray 1"}, Span(2000)}),
                  outcome("j-4", 4, Release{"the driver ends", Span(1000)}),
                  outcome("j-5", 5, Forbidden{{"quota", "", ""}}), outcome("j-6", 6, AckCancel{}),
                  outcome("j-7", 7, Progress{0.25f, "page 1 of 4"}),
                  outcome("j-8", 8,
                          WriteLog{{{LogLevel::kInfo, "warm"}, {LogLevel::kError, "no paper"}}, 3}),
                  outcome("j-9", 0, AcceptOne{"host:4711", 21, Span(100)})}})};
}

std::vector<GoldenRequest> driver_calls() {
  return {
      {"request-accept",
       wire::accept_frame(post(7, "/jobs/scan/accept"), {.worker = "host:4711",
                                                         .request_number = 1'700'000'000'000'000,
                                                         .max = 1024,
                                                         .lease_ms = 3'600'000,
                                                         .wait_ms = 250,
                                                         .functions = {"scan", "ocr", "scan"}}),
       describe(Accept{.datasource = "scan",
                       .worker = "host:4711",
                       .request_number = 1'700'000'000'000'000,
                       .max = 1024,
                       .lease = kHour,
                       .wait = Span(250),
                       .functions = {"ocr", "scan"}})},
      {"request-renew",
       wire::renew_frame(post(8, "/jobs/scan/renew"), {{"j-1", 1}, {"j-2", 4'000'000'000}}, 100),
       describe(Renew{"scan", {{"j-1", 1}, {"j-2", 4'000'000'000}}, Span(100), {}})},
      {"request-renew-worker",
       wire::renew_frame(post(15, "/jobs/scan/renew"),
                         {.worker = "host:4711", .wait_ms = 20'000, .seen = 44}),
       describe(Renew{"scan", {}, {}, "host:4711", Span(20'000), 44})},
      update(),
      {"request-update-one",
       wire::update_frame(post(10, "/jobs/scan/job/j-1/"), {{.lease = {"", 3}, .response = "0"}}),
       describe(Update{.datasource = "scan", .outcomes = {Outcome{{"j-1", 3}, Completed{"0"}}}})},
      {"request-peek", wire::peek_frame(get(16, "/jobs/scan/peek"), {"scan", "ocr"}),
       describe(Peek{"scan", {"ocr", "scan"}})},
      {"request-latest", wire::bare_frame(get(17, "/jobs/scan/latest")),
       describe(ReadRequests{"scan", true, 0, {}, 1, {}, {}, {}})},
      {"request-since-cursor",
       wire::list_query_frame(get(18, "/jobs/scan/since/99999999999"),
                              {.client = "alice", .limit = 5, .function = "ocr", .tag = "a4"}),
       describe(ReadRequests{"scan", false, 99'999'999'999, {}, 5, "alice", "ocr", "a4"})},
      {"request-since-time", wire::bare_frame(get(19, "/jobs/scan/since/100000000000")),
       describe(ReadRequests{"scan", false, 0, Time(Span(100'000'000'000)), 100, {}, {}, {}})},
  };
}

std::vector<GoldenRequest> minding_calls() {
  const wire::Config config{.datasource = "scan",
                            .description = "the scanner in the hall",
                            .priority = 60,
                            .terms = {.keep_for_ms = 1,
                                      .valid_for_ms = 2,
                                      .timeout_ms = 3,
                                      .failures_max = 4,
                                      .lost_leases_max = 5,
                                      .releases_max = 6,
                                      .backoff = wire::Backoff{7, 100, 8, 9}},
                            .lease_ms = 10'000,
                            .cancel_grace_ms = 11'000,
                            .waiting_max = 12,
                            .waiting_per_client_max = 13,
                            .running_max = 14,
                            .weights = {{"bob", 100}, {"alice", 2}},
                            .mode = protocol::Mode::PAUSED};
  const DatasourceConfig meant{
      .description = "the scanner in the hall",
      .priority = 60,
      .terms = {Span(1), Span(2), Span(3), 4, 5, 6, Backoff{Span(7), Span(8), 100, 9}},
      .lease = Span(10'000),
      .cancel_grace = Span(11'000),
      .waiting_max = 12,
      .waiting_per_client_max = 13,
      .running_max = 14,
      .weights = {{"alice", 2}, {"bob", 100}}};
  return {
      {"request-config", wire::config_frame(post(20, "/jobs/scan/config"), config),
       describe(Configure{"scan", meant})},
      {"request-register", wire::config_frame(post(21, "/cat"), {.datasource = "print"}),
       describe(Configure{"print", {}})},
      {"request-get-config", wire::bare_frame(get(22, "/admin/scan/config")),
       describe(GetConfig{"scan"})},
      {"request-list-configs", wire::bare_frame(get(23, "/cat")), describe(ListConfigs{})},
      {"request-pause", wire::bare_frame(post(24, "/admin/scan/pause")),
       describe(SetMode{"scan", Mode::kPaused})},
      {"request-resume", wire::bare_frame(post(25, "/admin/scan/resume")),
       describe(SetMode{"scan", Mode::kRunning})},
      {"request-drain", wire::bare_frame(post(26, "/admin/scan/drain")),
       describe(SetMode{"scan", Mode::kDraining})},
      {"request-datasource-stats", wire::bare_frame(get(27, "/jobs/scan/stats")),
       describe(GetDatasourceStats{"scan"})},
      {"request-all-stats", wire::bare_frame(get(28, "/admin/datasources")),
       describe(GetDatasourceStats{})},
      {"request-workers", wire::bare_frame(get(29, "/admin/scan/workers")),
       describe(ListWorkers{"scan"})},
      {"request-edit",
       wire::edit_frame(post(30, "/admin/scan/job/j-1/edit"),
                        {.priority = 90, .valid_for_ms = 60'000, .request = "[2]"}),
       describe(Edit{"scan", "j-1", 90, Span(60'000), "[2]"})},
      {"request-restart", wire::restart_frame(post(31, "/admin/scan/job/j-1/restart"), "j-1b"),
       describe(Restart{"scan", "j-1", "j-1b"})},
      {"request-remove", wire::bare_frame(post(32, "/admin/scan/job/j-1/remove")),
       describe(Remove{"scan", "j-1"})},
      {"request-redrive",
       wire::redrive_frame(post(33, "/admin/scan/redrive"),
                           {.client = "alice",
                            .function = "ocr",
                            .tag = "a4",
                            .statuses = {protocol::Status::FAILED, protocol::Status::FORBIDDEN},
                            .limit = 7,
                            .cursor = 12}),
       describe(Redrive{"scan", "alice", "ocr", "a4", 0b1010000, 7, 12})},
      {"request-redrive-all", wire::bare_frame(post(34, "/admin/scan/redrive")),
       describe(Redrive{"scan", {}, {}, {}, 0b0010000, 100, 0})},
  };
}

std::vector<GoldenRequest> watching_calls() {
  return {
      {"request-subscribe",
       wire::subscribe_frame(post(35, "/sub/scan/job"),
                             {.client = "alice", .limit = 7, .no_snapshot = true}),
       describe(Subscribe{"scan", {}, "alice", 7, true})},
      {"request-subscribe-job",
       wire::subscribe_frame(post(36, "/scan/job/events"), {.client = "alice", .job = "j-1"}),
       describe(Subscribe{"scan", "j-1", "alice", 100, false})},
      {"request-driver-subscribe", wire::bare_frame(post(37, "/sub/scan/jobs")),
       describe(Subscribe{"scan", {}, {}, 100, false})},
      {"request-event-query",
       wire::event_query_frame(get(38, "/scan/job/j-1/events"), {.client = "alice",
                                                                 .job = "j-1",
                                                                 .after = 4'000'000'000'000,
                                                                 .limit = 1000,
                                                                 .wait_ms = 60'000,
                                                                 .is_repair = true}),
       describe(ReadEvents{"scan", "j-1", "alice", 4'000'000'000'000, 1000, Span(60'000), true})},
      {"request-driver-event-query", wire::bare_frame(get(39, "/jobs/scan/events")),
       describe(ReadEvents{"scan", {}, {}, 0, 100, {}, false})},
  };
}

std::vector<GoldenRequest> token_calls() {
  const NewJob small{.id = "j-1",
                     .client = "alice",
                     .function = {},
                     .request = "1",
                     .trace = {},
                     .tags = {},
                     .terms = {}};
  const wire::Config config{.datasource = "scan", .costs = {{"ocr", 1'000'000}, {"copy", 2}}};
  const std::string id = "k1.dG9rZW5fb2ZfdGVzdHM";
  return {
      {"request-submit-no-tickets",
       wire::submit_frame(post(40, "/scan/job/"), {{.job = "j-1", .request = "1"}}, true),
       describe(Submit{"scan", {small}, true})},
      {"request-update-token",
       wire::update_frame(post(41, "/jobs/scan/update"),
                          {{.lease = {"j-1", 3, "MDAxY2xvY2F0aW9uIHN0b3JlCg"}}}),
       describe(
           Update{"scan", {Outcome{{"j-1", 3, "MDAxY2xvY2F0aW9uIHN0b3JlCg"}, Completed{"1"}}}})},
      {"request-config-costs", wire::config_frame(post(42, "/jobs/scan/config"), config),
       describe(Configure{"scan", {.costs = {{"copy", 2}, {"ocr", 1'000'000}}}})},
      {"request-token-query",
       wire::token_query_frame(get(43, "/admin/tokens"), {.after = id, .limit = 1000}),
       describe(ListTokens{id, 1000})},
      {"request-all-tokens", wire::bare_frame(get(44, "/admin/tokens")),
       describe(ListTokens{{}, 100})},
      {"request-revoke",
       wire::revoke_frame(post(45, "/admin/tokens/" + id + "/revoke"), 1'700'000'000'000),
       describe(RevokeToken{id, {Time(Span(1'700'000'000'000))}})},
      {"request-revoke-for-ever", wire::bare_frame(post(46, "/admin/tokens/" + id + "/revoke")),
       describe(RevokeToken{id, {}})},
      {"request-list-keys", wire::bare_frame(get(47, "/admin/keys")), {}},
      {"request-new-key", wire::bare_frame(post(48, "/admin/keys")), {}},
      {"request-retire-key", wire::bare_frame(post(49, "/admin/keys/k1/retire")), {}},
  };
}

}  // namespace

std::vector<GoldenRequest> golden_requests() {
  std::vector<GoldenRequest> all = {submit()};
  for (const auto& some :
       {queries(), driver_calls(), minding_calls(), watching_calls(), token_calls()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace store
