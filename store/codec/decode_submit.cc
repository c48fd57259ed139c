// Jobs that come into being: as their clients want them, and as an export has them.
#include "decode.h"
#include "texts.h"

namespace store {
namespace {

// Two ids and what stands between them.
constexpr std::size_t kFollowsBytesMax = 2 * jobq::limits::kIdBytesMax + 1;

// What it shares with other jobs.
template <typename Job>
void check_names(Checks& checks, const FieldPath& at, const Job& job) {
  checks.optional_name(at.field("key"), job.turn_key);
  checks.optional_name(at.field("unique"), job.unique);
  checks.optional_name(at.field("group"), job.group);
  checks.optional_name(at.field("afterGroup"), job.after_group);
  checks.refuse_unless(job.after_group.empty() || job.after_group != job.group,
                       at.field("afterGroup"), "is the job's own group");
}

// All but its id.
void check_job(Checks& checks, const FieldPath& at, protocol::NewJob::Reader body, NewJob& job) {
  checks.client(at.field("client"), job.client);
  checks.json(at.field("request"), job.request, checks.limits.request_bytes_max);
  checks.range(at.field("priority"), job.priority, 0, checks.limits.priority_max);
  checks.span(at.field("keepForMs"), job.terms.keep_for, checks.limits.span_max);
  checks.optional_name(at.field("function"), job.function);
  checks.span(at.field("notBefore"), job.not_before.time_since_epoch(),
              checks.limits.not_before_max.time_since_epoch());
  checks.span(at.field("delayMs"), job.delay, checks.limits.delay_max);
  checks.refuse_unless(job.not_before == Time() || job.delay == Span::zero(), at.field("delayMs"),
                       "must be 0, since notBefore is given");
  checks.terms(at, job.terms);
  job.tags = names_of(checks, at.field("tags"), body.getTags(), checks.limits.tags_max);
  checks.trace(at.field("trace"), job.trace);
  check_names(checks, at, job);
  if (!job.grants.empty()) {
    checks.json(at.field("grants"), job.grants, checks.limits.grants_bytes_max);
    checks.refuse_unless(job.grants.find_first_not_of(" \t\r\n") == job.grants.find('{'),
                         at.field("grants"), "is no JSON object");
  }
  check_code_of_job(checks, at, job.request, job.code, job.method);
  checks.refuse_unless(static_cast<std::size_t>(body.getIfUnique()) < kCountOf<jobq::IfUnique>,
                       at.field("ifUnique"), "is none that exists");
}

// Those that a job waits for. `After`: jobq::After or jobq::AwaitedJob.
template <typename After, typename List>
std::vector<After> after_of(Checks& checks, const FieldPath& field, List list) {
  std::vector<After> after;
  checks.count(field, list.size(), checks.limits.after_max);
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    const FieldPath at = field.item(i);
    After& one = after.emplace_back();
    one.datasource = jobq::wire::view(list[i].getDatasource());
    one.job = jobq::wire::view(list[i].getJob());
    one.any_end = list[i].getAnyEnd();
    if (one.datasource == checks.route.datasource) {
      one.datasource.clear();
    } else if (!one.datasource.empty()) {
      checks.datasource_id(at.field("datasource"), one.datasource);
    }
    checks.job_id(at.field("job"), one.job);
  }
  return after;
}

// Of a job and of what follows it, as far as it was read.
struct FollowUpsRead {
  std::size_t count = 0;
  std::size_t bytes = 0;
};

std::vector<jobq::FollowUp> then_of(Checks& checks, const FieldPath& field,
                                    capnp::List<protocol::FollowUp>::Reader list,
                                    FollowUpsRead& read) {
  std::vector<jobq::FollowUp> then;
  read.count += list.size();
  checks.count(field, read.count, checks.limits.follow_ups_max);
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    const FieldPath at = field.item(i);
    jobq::FollowUp& one = then.emplace_back(taken<jobq::FollowUp>(checks, list[i]));
    one.datasource = jobq::wire::view(list[i].getDatasource());  // which is not the path's
    one.made = false;
    one.refused.clear();
    read.bytes += one.datasource.size() + one.function.size() + one.request.size() + one.job.size();
    checks.refuse_unless(static_cast<std::size_t>(list[i].getOn()) < kCountOf<jobq::FollowOn>,
                         at.field("on"), "is none that exists");
    if (!one.datasource.empty()) {
      checks.datasource_id(at.field("datasource"), one.datasource);
    }
    checks.optional_name(at.field("function"), one.function);
    checks.count(at.field("request"), read.bytes, checks.limits.follow_up_bytes_max);
    if (!one.request.empty()) {
      checks.json(at.field("request"), one.request, checks.limits.request_bytes_max);
    }
    checks.range(at.field("priority"), one.priority, 0, checks.limits.priority_max);
    checks.optional_job_id(at.field("job"), one.job);
    one.then = then_of(checks, at.field("then"), list[i].getThen(), read);
  }
  return then;
}

std::vector<jobq::FollowUp> then_of(Checks& checks, const FieldPath& field,
                                    capnp::List<protocol::FollowUp>::Reader list) {
  FollowUpsRead read;
  return then_of(checks, field, list, read);
}

NewJob new_job(Checks& checks, const FieldPath& at, protocol::NewJob::Reader body) {
  auto job = taken<NewJob>(checks, body);
  checks.job_id(at.field("job"), job.job);
  check_job(checks, at, body, job);
  job.after = after_of<jobq::After>(checks, at.field("after"), body.getAfter());
  job.then = then_of(checks, at.field("then"), body.getThen());
  return job;
}

Attempt attempt_of(Checks& checks, const FieldPath& at, protocol::Attempt::Reader body) {
  Attempt attempt;
  jobq::wire::read(body, attempt, [&](std::string_view) {
    checks.refuse(at.field("ending"), "is none that exists");
  });
  checks.name(at.field("worker"), attempt.worker);
  checks.time(at.field("acceptedAt"), attempt.accepted_at);
  checks.time(at.field("endedAt"), attempt.ended_at);
  const FieldPath error = at.field("error");
  checks.text(error.field("code"), attempt.error.code, checks.limits.error_code_bytes_max);
  checks.text(error.field("message"), attempt.error.message, checks.limits.error_message_bytes_max);
  attempt.error.detail.clear();
  return attempt;
}

// Those that a job of so many can have, the youngest, in their order.
std::vector<Attempt> attempts_of(Checks& checks, const FieldPath& field,
                                 protocol::JobStatus::Reader body) {
  const std::uint32_t last = body.getAttempt();
  std::uint32_t before = last - std::min(last, kAttemptsKept + 1);  // the last one may go on
  const auto list = body.getAttempts();
  checks.count(field, list.size(), kAttemptsKept);
  std::vector<Attempt> attempts;
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    const FieldPath at = field.item(i);
    attempts.push_back(attempt_of(checks, at, list[i]));
    const std::uint32_t number = attempts.back().attempt;
    checks.refuse_unless(number > before && number <= last, at.field("attempt"),
                         "must be behind the one before, and one of the last that the job had");
    before = number;
  }
  return attempts;
}

// How often it was tried, and what came of it.
void check_tries(Checks& checks, const FieldPath& at, const jobq::JobStatus& job) {
  constexpr std::uint32_t kAttemptsMax = UINT32_MAX / 2;  // which leaves room for more
  const bool was_tried = job.status == Status::kAccepted || job.status == Status::kRetrying ||
                         job.status == Status::kComplete;
  checks.range(at.field("attempt"), job.attempt, was_tried ? 1 : 0, kAttemptsMax);
  checks.range(at.field("failures"), job.failures, 0, job.attempt);
  checks.range(at.field("lostLeases"), job.lost_leases, 0, job.attempt);
  checks.range(at.field("releases"), job.releases, 0, job.attempt);
  if (job.attempt > 0) {
    checks.name(at.field("worker"), job.worker);
  }
  checks.refuse_unless(job.progress >= 0 && job.progress <= 1, at.field("progress"), "0..1");
  checks.text(at.field("progressMessage"), job.progress_message,
              checks.limits.progress_message_bytes_max);
  if (!jobq::says_nothing(job.error)) {
    checks.error(at.field("error"), job.error);
  }
  if (job.status == Status::kComplete) {
    checks.json(at.field("response"), job.response, checks.limits.response_bytes_max);
  } else {
    checks.refuse_unless(job.response.empty(), at.field("response"), "is of complete jobs only");
  }
  checks.text(at.field("checkpoint"), job.checkpoint, checks.limits.checkpoint_bytes_max);
  checks.refuse_unless(job.checkpoint.empty() || (!is_final(job.status) && job.attempt > 0),
                       at.field("checkpoint"), "is of jobs only that another attempt may follow");
}

void check_times(Checks& checks, const FieldPath& at, const jobq::JobStatus& job) {
  checks.time(at.field("submittedAt"), job.submitted_at);
  checks.time(at.field("notBefore"), job.not_before);
  checks.time(at.field("expiresAt"), job.expires_at);
  checks.time(at.field("startedAt"), job.started_at);
  checks.time(at.field("acceptedAt"), job.accepted_at);
  checks.time(at.field("finishedAt"), job.finished_at);
  checks.refuse_unless(is_final(job.status) == (job.finished_at != Time{}), at.field("finishedAt"),
                       is_final(job.status) ? "is missing" : "is of final jobs only");
}

jobq::JobStatus exported_job(Checks& checks, const FieldPath& at,
                             protocol::JobStatus::Reader body) {
  auto job = taken<jobq::JobStatus>(checks, body);
  checks.job_id(at.field("job"), job.job);
  checks.name(at.field("client"), job.client);
  checks.refuse_unless(static_cast<std::size_t>(body.getStatus()) < kCountOf<Status>,
                       at.field("status"), "is none that exists");
  checks.json(at.field("request"), job.request, checks.limits.request_bytes_max);
  checks.range(at.field("priority"), job.priority, 1, checks.limits.priority_max);
  checks.optional_name(at.field("function"), job.function);
  job.tags = names_of(checks, at.field("tags"), body.getTags(), checks.limits.tags_max);
  checks.trace(at.field("trace"), job.trace);
  const FieldPath terms = at.field("terms");
  checks.refuse_unless(job.terms && job.terms->backoff, job.terms ? terms.field("backoff") : terms,
                       "is missing");
  if (job.terms) {
    checks.span(terms.field("keepForMs"), job.terms->keep_for, checks.limits.span_max);
    checks.terms(terms, *job.terms);
  }
  check_tries(checks, at, job);
  check_times(checks, at, job);
  checks.refuse_unless(body.getAfter().size() == 0 || job.status == Status::kSubmitted,
                       at.field("after"), "is of submitted jobs only");
  job.after = after_of<jobq::AwaitedJob>(checks, at.field("after"), body.getAfter());
  job.then = then_of(checks, at.field("then"), body.getThen());
  checks.text(at.field("follows"), job.follows, kFollowsBytesMax);
  check_names(checks, at, job);
  check_code_of_job(checks, at, job.request, job.code, job.method);
  checks.refuse_unless(job.after_group.empty() || job.status == Status::kSubmitted,
                       at.field("afterGroup"), "is of submitted jobs only");
  checks.optional_job_id(at.field("parent"), job.parent);
  checks.optional_job_id(at.field("child"), job.child);
  job.attempts = attempts_of(checks, at.field("attempts"), body);
  checks.refuse_unless(hash_spelled(job.content).has_value(), at.field("content"),
                       "is no text of 32 hexadecimal digits");
  return job;
}

// Each is looked at for whether the token may read of it.
void check_elsewhere(Checks& checks, capnp::List<protocol::NewJob>::Reader jobs) {
  std::size_t count = 0;
  for (unsigned i = 0; i < jobs.size() && !checks.wrong(); ++i) {
    const auto after = jobs[i].getAfter();
    for (unsigned k = 0; k < after.size() && k < checks.limits.after_max; ++k) {
      const std::string_view datasource = jobq::wire::view(after[k].getDatasource());
      count += !datasource.empty() && datasource != checks.route.datasource ? 1 : 0;
    }
  }
  checks.count("jobs.after", count, checks.limits.after_elsewhere_max);
}

}  // namespace

Command submit(Checks& checks, protocol::Submit::Reader body) {
  const auto jobs = body.getJobs();
  checks.items("jobs", jobs.size());
  check_elsewhere(checks, jobs);
  return Submit{.datasource = std::string(checks.route.datasource),
                .jobs = items_of<NewJob, protocol::NewJob>(checks, "jobs", jobs, new_job),
                .no_tickets = body.getNoTickets(),
                .is_atomic = body.getAtomic()};
}

Command put_schedule(Checks& checks, protocol::Schedule::Reader body) {
  const Limits& limits = checks.limits;
  const std::string name(checks.route.job);
  jobq::Schedule schedule;
  schedule.job = taken<NewJob>(checks, body.getJob());
  schedule.cron = jobq::wire::view(body.getCron());
  schedule.zone = jobq::wire::view(body.getZone());
  schedule.every = jobq::wire::span(body.getEveryMs());
  schedule.jitter = jobq::wire::span(body.getJitterMs());
  checks.count("name", name.size(), limits.schedule_name_bytes_max);
  checks.text("cron", schedule.cron, limits.cron_bytes_max);
  checks.text("zone", schedule.zone, limits.cron_bytes_max);
  const bool has_cron = !schedule.cron.empty();
  checks.refuse_unless(has_cron != (schedule.every != Span::zero()), "cron",
                       "one of cron and everyMs must be given");
  checks.refuse_unless(has_cron || schedule.zone.empty(), "zone", "is of a cron expression only");
  if (!has_cron) {
    checks.range("everyMs", body.getEveryMs(), static_cast<std::uint64_t>(limits.every_min.count()),
                 static_cast<std::uint64_t>(limits.span_max.count()));
  }
  checks.refuse_unless(schedule.every % std::chrono::seconds(1) == Span::zero(), "everyMs",
                       "must be whole seconds");
  checks.span("jitterMs", schedule.jitter, limits.jitter_max);
  const auto unknown = [&](std::string_view field) {
    checks.refuse(jobq::schema_name(field).c_str(), "is none that exists");
  };
  jobq::wire::take_word(body.getCatchUp(), schedule.catch_up, "CatchUp", unknown);
  jobq::wire::take_word(body.getOverlap(), schedule.overlap, "Overlap", unknown);
  const FieldPath job("job");
  checks.refuse_unless(schedule.job.job.empty(), job.field("job"),
                       "must be empty: each job has an id of its own");
  checks.refuse_unless(schedule.job.not_before == Time(), job.field("notBefore"), "must be 0");
  checks.refuse_unless(body.getJob().getAfter().size() == 0, job.field("after"), "must be empty");
  checks.refuse_unless(schedule.job.grants.empty(), job.field("grants"), "must be empty");
  checks.refuse_unless(schedule.job.code.empty(), job.field("code"), "must be empty");
  checks.refuse_unless(schedule.job.after_group.empty(), job.field("afterGroup"), "must be empty");
  checks.refuse_unless(schedule.job.delay == Span::zero(), job.field("delayMs"), "must be 0");
  check_job(checks, job, body.getJob(), schedule.job);
  schedule.job.then = then_of(checks, job.field("then"), body.getJob().getThen());
  return PutSchedule{std::string(checks.route.datasource), name, std::move(schedule)};
}

Command import_jobs(Checks& checks, protocol::ImportJobs::Reader body) {
  const auto jobs = body.getJobs();
  checks.items("jobs", jobs.size());
  return Import{
      .datasource = std::string(checks.route.datasource),
      .jobs = items_of<jobq::JobStatus, protocol::JobStatus>(checks, "jobs", jobs, exported_job)};
}

}  // namespace store
