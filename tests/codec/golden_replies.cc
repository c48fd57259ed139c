#include "golden_replies.h"

#include "golden_config.h"
#include "golden_parts.h"

namespace store {
namespace {

constexpr Sequence kSequence = 41;

Time at(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

Terms terms() {
  return {.keep_for = Span(3'600'000),
          .valid_for = Span(60'000),
          .timeout = Span(50'000),
          .failures_max = 5,
          .lost_leases_max = 3,
          .releases_max = 7,
          .backoff = Backoff{Span(1000), Span(60'000), 200, 20}};
}

// As the engine shows a job: what does not go with its status is zero.
JobView job_view(const std::string& id, Status status) {
  const bool is_accepted = status == Status::kAccepted;
  return {{.job = id,
           .client = "alice",
           .status = status,
           .sequence = kSequence,
           .changed = 44,
           .priority = 70,
           .attempt = 3,
           .lost_leases = 1,
           .worker = "host:4711",
           .submitted_at = at(0),
           .accepted_at = at(250),
           .lease_until = is_accepted ? at(30'250) : Time{},
           .finished_at = is_final(status) ? at(900) : Time{},
           .response = {},
           .error = {},
           .function = "ocr",
           .tags = {"a4", "colour"},
           .failures = 1,
           .releases = 2,
           .not_before = is_waiting(status) ? at(5'000) : Time{},
           .expires_at = status == Status::kSubmitted ? at(60'000) : Time{},
           .attempt_until = is_accepted ? at(50'250) : Time{},
           .progress = 0.25,
           .cancel_requested_at = is_accepted ? at(260) : Time{},
           .cancel_until = is_accepted ? at(30'260) : Time{},
           .parent = "j-0",
           .child = is_final(status) ? "j-9" : "",
           .log_lines = 2,
           .request_bytes = 10},
          {.datasource = 3, .sequence = kSequence},
          status == Status::kFailed || status == Status::kForbidden || status == Status::kRetrying};
}

AcceptedView accepted_view(const std::string& id, const std::string& token = {}) {
  return {{.lease = {id, 3, token},
           .lease_until = at(30'250),
           .client = "alice",
           .request = {},
           .sequence = kSequence,
           .priority = 70,
           .submitted_at = at(0),
           .function = "ocr",
           .tags = {"a4", "colour"},
           .attempt_until = at(50'250),
           .failures = 1,
           .lost_leases = 1,
           .releases = 2},
          {.datasource = 3, .sequence = kSequence}};
}

JobReply job_reply(Status status) {
  JobReply reply{.job = job_view("j-1", status)};
  reply.job.terms = terms();
  return reply;
}
JobReply whole_reply(Status status) {
  JobReply reply = job_reply(status);
  reply.with_attempts = reply.with_request = true;
  return reply;
}
ListReply export_reply() {
  JobView job = job_view("j-1", Status::kFailed);
  job.terms = terms();
  job.content = "000102030405060708090a0b0c0d0eff";
  ListReply reply{{job, job_view("j-2", Status::kAccepted)}, 43, {}};
  reply.is_export = true;
  reply.last = 51;
  return reply;
}
JobReply removed_reply() {
  JobReply reply = job_reply(Status::kComplete);
  reply.is_gone = true;
  return reply;
}

std::vector<GoldenReply> replies_to_clients() {
  return {
      {"reply-refused",
       Refused{Code::kTooMany, "waitMs: waitersMax = 10000 are waiting", Span(1000)}},
      {"reply-submitted",
       SubmitReply{{SubmitReply::Result{job_view("j-1", Status::kSubmitted), true},
                    SubmitReply::Result{job_view("j-2", Status::kRetrying), false},
                    Refused{Code::kBadRequest, "jobs[2].request: is not JSON"},
                    Refused{Code::kTooMany, "jobs[3]: waitingMax = 10 are waiting", Span(500)}}}},
      {"reply-submitted-one-refused",
       SubmitReply{{Refused{Code::kConflict, "job: this id is taken"}}}},
      {"reply-job-submitted", job_reply(Status::kSubmitted)},
      {"reply-job-accepted", job_reply(Status::kAccepted)},
      {"reply-job-retrying", job_reply(Status::kRetrying)},
      {"reply-job-complete", job_reply(Status::kComplete)},
      {"reply-job-failed", whole_reply(Status::kFailed)},
      {"reply-job-removed", removed_reply()},
      {"reply-jobs",
       ListReply{{job_view("j-1", Status::kFailed), job_view("j-2", Status::kCancelled),
                  job_view("j-3", Status::kForbidden)},
                 43,
                 "page"}},
      {"reply-export", export_reply()},
      {"reply-schedule", schedule_status()},
      {"reply-schedules", jobq::SchedulePage{{schedule_status(), paused_schedule()}, true}},
      {"reply-function", function_status()},
      {"reply-functions", jobq::FunctionPage{{function_status(), {.function = {.name = "scan"}}},
                                             "1700000000000:scan"}},
      {"reply-count", CountReply{.count = 17, .cursor = 43, .text = {}, .jobs = {}}},
      {"reply-log", LogReply{{3, kSequence}, 1, 3, false}},
      {"reply-explanation",
       Explanation{Status::kRetrying,
                   {{Reason::Kind::kBackoff, "waits since attempt 3 failed", at(5'000), 0},
                    {Reason::Kind::kBehind, "12 jobs are served before it", {}, 12}},
                   at(5'000)}},
  };
}

std::vector<GoldenReply> replies_to_drivers() {
  using Kind = jobq::RequestRecord::Kind;
  const Refused conflict{Code::kConflict, "lease: not held"};
  const AcceptedView accepted = accepted_view("j-1");
  AcceptedView keyed = accepted;
  keyed.turn_key = "account:7";
  const CancelRequest cancel{{"j-1", 3}, 46, at(30'260)};
  return {
      {"reply-accepted", AcceptReply{{accepted, accepted_view("j-2")}, {}}},
      {"reply-accepted-keys", AcceptReply{{keyed}, {}}},
      {"reply-accepted-none", AcceptReply{}},
      {"reply-accepted-cancel", AcceptReply{{}, {cancel}}},
      {"reply-renewed", RenewReply{{RenewReply::Held{at(60'000), true}, std::nullopt}, {cancel}}},
      {"reply-updated", UpdateReply{{UpdateReply::Result{Status::kComplete, {}, {}}, conflict,
                                     UpdateReply::Result{Status::kRetrying, at(5'000), {}},
                                     UpdateReply::Result{Status::kAccepted, {}, accepted},
                                     Refused{Code::kTooMany, "runningMax = 4 run", Span(250)}}}},
      {"reply-requests",
       RequestsReply{{{41, at(0), Kind::kJob, job_view("j-1", Status::kComplete)},
                      {45, at(260), Kind::kCancel, job_view("j-2", Status::kFailed)}},
                     45}},
  };
}

DatasourceConfig config_reply() {
  DatasourceConfig config = golden_config();
  config.datasource = "scan";
  config.mode = Mode::kPaused;
  return config;
}

DatasourceConfig config_with_item() {
  DatasourceConfig config{.datasource = "scan"};
  config.item = R"({"href":"tcp://store:5555/kv/scan"})";
  return config;
}

DatasourceStats datasource_stats() {
  const Counters total{1, 2, 3, 4, 5, 6, 7, 8, Span(9), Span(10)};
  const Counters of_ocr{11, 12, 13, 14, 15, 16, 17, 18, Span(19), Span(20)};
  return {.datasource = "scan",
          .mode = Mode::kDraining,
          .ready = 21,
          .delayed = 22,
          .running = 23,
          .finished = 24,
          .clients = 25,
          .workers_waiting = 26,
          .oldest_ready_at = at(27),
          .total = total,
          .functions = {{"", 28, 29, {}, total}, {"ocr", 30, 31, at(32), of_ocr}}};
}

std::vector<GoldenReply> replies_to_minders() {
  return {
      {"reply-config", config_reply()},
      {"reply-configs", ConfigsReply{{config_reply(), {.datasource = "print"}}}},
      {"reply-datasources",
       DatasourcesReply{
           {datasource_stats(), {.datasource = "print", .total = {}, .functions = {}}}}},
      {"reply-redriven", RedriveReply{{job_view("j-1", Status::kSubmitted)}, 17}},
      {"reply-store",
       jobq::StoreStatus{.version = "0.1.0",
                         .name = "jobqd",
                         .uptime = Span(86'400'000),
                         .now = at(0),
                         .durability = "synced",
                         .request_endpoints = {"tcp://0.0.0.0:5555", "ipc:///run/jobq"},
                         .driver_endpoints = {"tcp://0.0.0.0:5558"},
                         .status_endpoints = {"tcp://0.0.0.0:5557"}}},
      {"reply-stats", jobq::StoreStats{.requests = 1,
                                       .refusals = 2,
                                       .replies_dropped = 3,
                                       .turns = 4,
                                       .commits = 5,
                                       .syncs = 6,
                                       .journal_bytes = 7,
                                       .derived_bytes = 8,
                                       .wal_bytes = 9,
                                       .flush_bytes = 10,
                                       .compaction_bytes = 11,
                                       .jobs_live = 12,
                                       .jobs_finished = 13,
                                       .waiters_parked = 14,
                                       .topics = 15,
                                       .subscribers = 16,
                                       .frames_sent = 17,
                                       .frames_lost = 18,
                                       .repairs = 19,
                                       .subscriptions_ignored = 20}},
      {"reply-stats-paused", jobq::StoreStats{.requests = 1, .is_paused = true}},
      // Of what golden_texts() finds.
      {"reply-history", HistoryReply{.query = {.step = jobq::HistoryStep::kHour}}},
      {"reply-bulk-step",
       BulkReply{.count = 2,
                 .jobs = {job_view("j-1", Status::kSubmitted), job_view("j-2", Status::kFailed)},
                 .cursor = 17,
                 .last = 4711}},
  };
}

Snapshot snapshot() {
  return {.cursor = 51,
          .oldest = 12,
          .jobs = {.jobs = {job_view("j-1", Status::kAccepted), job_view("j-2", Status::kRetrying)},
                   .cursor = 43,
                   .text = {}}};
}

std::vector<GoldenReply> replies_to_watchers() {
  return {
      {"reply-subscription", Subscribed{.reply = {{3, "alice", 0}, snapshot()},
                                        .topic = "a topic",
                                        .endpoints = {"tcp://0.0.0.0:5557", "ipc:///run/s"},
                                        .heartbeat = Span(2000),
                                        .expires_at = at(3'600'000)}},
      {"reply-subscription-key", Subscribed{.reply = {{3, "alice", 0}, snapshot()},
                                            .topic = "a topic",
                                            .endpoints = {"ipc:///run/s"},
                                            .heartbeat = Span(2000),
                                            .expires_at = at(3'600'000),
                                            .key = std::string(32, 'k')}},
      // Of the events that golden_texts() finds.
      {"reply-events", EventsReply{.datasource = "scan",
                                   .scope = {3, "alice", 0},
                                   .after = 17,
                                   .limit = 100,
                                   .scans = 100}},
      {"reply-gone", GoneReply{"after: the oldest event that is kept is 12", snapshot()}},
  };
}

std::vector<GoldenReply> replies_with_tokens() {
  DatasourceConfig config = config_reply();
  config.costs = {{"copy", 2}, {"ocr", 1'000'000}};
  return {
      {"reply-submitted-ticket",
       SubmitReply{{SubmitReply::Result{job_view("j-1", Status::kSubmitted), true, "a ticket"},
                    SubmitReply::Result{job_view("j-2", Status::kComplete), false, {}}}}},
      {"reply-accepted-tokens",
       AcceptReply{{accepted_view("j-1", "one token"), accepted_view("j-2", "another token")}, {}}},
      {"reply-updated-token",
       UpdateReply{{UpdateReply::Result{Status::kAccepted, {}, accepted_view("j-1", "a token")}}}},
      {"reply-config-costs", config},
      {"reply-config-item", config_with_item()},
      {"reply-tokens", TokensReply{{{.id = "k1.all",
                                     .waiting = 3,
                                     .running = 4,
                                     .rates = {{"s", 1}, {"m", 2}, {"h", 3}, {"d", UINT64_MAX}},
                                     .is_revoked = true,
                                     .revoked_until = at(60'000)},
                                    {.id = "k1.day", .rates = {{"d", 0}}},
                                    {.id = "k2.over", .is_revoked = true}},
                                   true}},
      {"reply-tokens-more", TokensReply{{{.id = "k1.a"}}, false}},
      {"reply-keys", RootKeysReply{{"k1", "k3", "k2"}}},
      {"reply-backup", jobq::Backup{"2026-11-28", 4711, 1'234'567, 89'000}},
  };
}

}  // namespace

std::vector<GoldenReply> golden_replies() {
  std::vector<GoldenReply> all;
  for (const auto& some : {replies_to_clients(), replies_to_drivers(), replies_about_after(),
                           replies_about_state(), replies_about_workers(), replies_to_minders(),
                           replies_to_watchers(), replies_with_tokens()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

KnownTexts golden_texts() {
  KnownTexts texts;
  texts.of(kSequence) = {
      .texts = {.response = R"(["done"])",
                .failure = {"exit-1", "the scanner jammed", "tray 2"},
                .message = "page 1 of 4",
                .checkpoint = "page 5"},
      .payload = {.request = R"({"page":1})",
                  .trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
      .attempts =
          {{1, "host:4712", at(10), at(20), Ending::kLeaseLost, {}},
           {2, "host:4711", at(30), at(40), Ending::kReleased, {"", "the driver ends", ""}}},
      .log = {{1, at(11), 1, LogLevel::kDebug, "cold"},
              {2, at(251), 3, LogLevel::kInfo, "warm"},
              {3, at(252), 3, LogLevel::kError, "no paper in \"tray 2\""}}};
  texts.found() = {.events = golden_events(), .cursor = 40, .is_end = true};
  return texts;
}

std::vector<Event> golden_events() {
  std::vector<Event> events;
  const auto add = [&](Event::Kind kind, Status status, std::string code,
                       std::string text) -> Event& {
    const auto number = static_cast<Sequence>(events.size());
    events.push_back({.sequence = 20 + number,
                      .job = {3, kSequence},
                      .time = at(static_cast<std::int64_t>(10 * number)),
                      .attempt = 2,
                      .kind = kind,
                      .status = status,
                      .id = "j-1",
                      .client = "alice",
                      .function = "ocr",
                      .code = std::move(code),
                      .text = std::move(text)});
    return events.back();
  };
  using Kind = Event::Kind;
  Event& submitted = add(Kind::kSubmitted, Status::kSubmitted, {}, "j-0");
  submitted.attempt = 0;
  submitted.priority = 70;
  submitted.until = at(5000);
  add(Kind::kAccepted, Status::kAccepted, {}, "host:4711").until = at(30'000);
  add(Kind::kProgress, Status::kAccepted, {}, "page 1 of 4").progress = 0.25F;
  Event& log = add(Kind::kLog, Status::kAccepted, {}, "little paper");
  log.number = 1001;
  log.level = LogLevel::kWarning;
  add(Kind::kComplete, Status::kComplete, {}, {});
  add(Kind::kFailed, Status::kFailed, "exit-1", "the scanner jammed");
  add(Kind::kForbidden, Status::kForbidden, "no", "not for you");
  add(Kind::kRetrying, Status::kRetrying, "timeout", "ran too long").until = at(6000);
  add(Kind::kReleased, Status::kSubmitted, {}, "the driver ends").until = at(7000);
  add(Kind::kLeaseLost, Status::kRetrying, {}, {});
  add(Kind::kUndelivered, Status::kSubmitted, {}, {});
  add(Kind::kCancelRequested, Status::kAccepted, {}, {}).until = at(8000);
  add(Kind::kCancelled, Status::kCancelled, {}, {});
  add(Kind::kEdited, Status::kSubmitted, {}, {}).priority = 90;
  return events;
}

}  // namespace store
