// jobq accept, renew, update: the calls of a driver one by one, for scripts and for trying things.
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "failure.h"
#include "help_format.h"
#include "job_view.h"
#include "jobq/driver.h"
#include "json_fields.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

struct AcceptOptions {
  std::string datasource;
  std::string job;
  jobq::AcceptQuery query;
  std::string lease;
  std::string wait;
};

struct RenewOptions {
  std::string datasource;
  jobq::Lease lease;
  std::string span;
};

struct UpdateOptions {
  std::string datasource;
  jobq::Lease lease;
  std::string complete;
  std::string fail;
  std::string retry;
  std::string forbid;
  bool release = false;
  bool cancelled = false;
  std::optional<double> progress;
  std::string log;  // the level
  std::string message;
  std::string delay;
};

void print(const jobq::AcceptedJob& job, bool json) {
  if (json) {
    fmt::print("{}\n", to_text(fields_of(job), {{"request", job.request}}));
    return;
  }
  const jobq::Time now = system_now();
  fmt::print("{} attempt {} of client {}, lease until {}\n{}\n{}\n", printable(job.lease.job),
             job.lease.attempt, printable(job.client), moment(job.lease_until, now),
             printable(job.lease.token), job.request);
}

int run_accept(const AcceptOptions& options, const ConnectionOptions& common) {
  jobq::AcceptQuery query = options.query;
  if (query.worker.empty()) query.worker = "jobq-" + jobq::new_guid();
  if (!options.lease.empty()) query.lease = span_of_option("--lease", options.lease, kLeaseLimits);
  if (!options.wait.empty()) {
    query.wait = span_of_option("--wait", options.wait, {.max = std::chrono::minutes(1)});
  }
  jobq::Driver driver(common.connection());
  if (!options.job.empty()) {
    if (query.wait != jobq::Span{} || !query.functions.empty()) {
      throw UsageError("JOB names the job to take: neither --wait nor --function goes with it");
    }
    print(driver.accept_one(options.datasource, options.job, query.worker, query.lease),
          common.json);
    return kOk;
  }
  for (const jobq::AcceptedJob& job : driver.accept(options.datasource, query)) {
    print(job, common.json);
  }
  return kOk;
}

int run_renew(const RenewOptions& options, const ConnectionOptions& common) {
  jobq::RenewQuery query{.leases = {options.lease}};
  if (!options.span.empty()) query.lease = span_of_option("--lease", options.span, kLeaseLimits);
  const jobq::Renewal renewal = jobq::Driver(common.connection()).renew(options.datasource, query);
  const jobq::RenewResult& result = renewal.results.at(0);
  if (result.code != 200) throw jobq::Refused(result.code, "the lease is not held");
  if (common.json) {
    Json json;
    json["leaseUntil"] = rfc3339(result.lease_until);
    json["cancelRequested"] = result.cancel_requested;
    fmt::print("{}\n", to_text(json));
  } else {
    fmt::print("lease until {}{}\n", moment(result.lease_until, system_now()),
               result.cancel_requested ? ", cancel requested" : "");
  }
  return kOk;
}

jobq::LogLevel parse_level(const std::string& text) {
  for (const auto level : {jobq::LogLevel::kDebug, jobq::LogLevel::kInfo, jobq::LogLevel::kWarning,
                           jobq::LogLevel::kError}) {
    if (text == jobq::to_string(level)) return level;
  }
  throw UsageError(fmt::format("--log: '{}' is none of debug, info, warning, error", text));
}

jobq::Outcome outcome_of(const UpdateOptions& options) {
  const jobq::Span delay =
      options.delay.empty() ? jobq::Span{} : span_of_option("--delay", options.delay, kYear);
  if (delay != jobq::Span{} && options.retry.empty() && !options.release) {
    throw UsageError("--delay goes with --retry and --release alone");
  }
  const auto error = [&](const std::string& code) {
    return jobq::JobError{.code = code, .message = options.message};
  };
  jobq::Outcome outcome{.lease = options.lease, .word = jobq::Cancelled{}};
  if (!options.complete.empty()) {
    if (const auto problem = json_problem(options.complete)) {
      throw UsageError("--complete: the response is not JSON: " + *problem);
    }
    outcome.word = jobq::Done{std::string(trimmed(options.complete))};
  } else if (!options.fail.empty()) {
    outcome.word = error(options.fail);
  } else if (!options.retry.empty()) {
    outcome.word = jobq::Retry{.error = error(options.retry), .delay = delay};
  } else if (!options.forbid.empty()) {
    outcome.word = jobq::Forbid{.error = error(options.forbid)};
  } else if (options.release) {
    outcome.word = jobq::Release{.delay = delay, .message = options.message};
  } else if (options.progress) {
    outcome.word = jobq::Progress{*options.progress, options.message};
  } else if (!options.log.empty()) {
    if (options.message.empty()) throw UsageError("--log needs --message TEXT");
    outcome.word = jobq::Log{.lines = {{parse_level(options.log), options.message}}};
  }
  return outcome;
}

int run_update(const UpdateOptions& options, const ConnectionOptions& common) {
  jobq::Outcome outcome = outcome_of(options);
  outcome.lease.token = find_secret({outcome.lease.token, {}, "JOBQ_LEASE_TOKEN"});
  const auto results = jobq::Driver(common.connection()).update(options.datasource, {outcome});
  const jobq::UpdateResult& result = results.at(0);
  if (result.code != 200) throw jobq::Refused(result.code, result.error, result.retry_after);
  const bool waits = result.not_before != jobq::Time{};
  if (common.json) {
    Json json;
    json["status"] = jobq::to_string(result.status);
    if (waits) json["notBefore"] = rfc3339(result.not_before);
    fmt::print("{}\n", to_text(json));
  } else {
    fmt::print("{}{}\n", jobq::to_string(result.status),
               waits ? ", not before " + moment(result.not_before, system_now()) : "");
  }
  return kOk;
}

void add_lease(CLI::App* command, std::string& datasource, jobq::Lease& lease) {
  command->add_option("DSID", datasource, "Datasource")->required();
  command->add_option("JOB", lease.job, "Job id")->required();
  command->add_option("--attempt", lease.attempt, "The attempt that the accept told")
      ->type_name("N")
      ->required()
      ->check(positive());
}

}  // namespace

void add_accept(Program& program) {
  auto options = std::make_shared<AcceptOptions>();
  CLI::App* command = program.add(
      {"accept", "Drivers", "Take the next job, or one by its name, under a lease",
       "  jobq accept scan --wait 30s --lease 10m --json --token-file scan.token\n"
       "  jobq accept scan job-7 --worker nightly\n\n"
       "Whoever has it renews the lease (jobq renew) and says how it ended (jobq update), before\n"
       "the lease runs out. `jobq work` does all of that. Prints nothing when there is no job.\n"
       "Else: job and attempt; the token of the lease; the request."},
      [options, &program] { return run_accept(*options, program.common); });
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command->add_option("JOB", options->job, "This job, out of turn; it must wait and be due");
  command->add_option("--worker", options->query.worker, "Name of the worker; default: a new one")
      ->type_name("NAME");
  command
      ->add_option("--lease", options->lease,
                   "100ms to 1h; default: as the datasource is configured, else 30s")
      ->type_name("SPAN");
  command->add_option("--wait", options->wait, "How long to wait for a first job, up to 1m")
      ->type_name("SPAN");
  command->add_option("--max", options->query.max, "Jobs at once; default: 1")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--function", options->query.functions,
                   "Only jobs with this function; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->delimiter(',');
}

void add_renew(Program& program) {
  auto options = std::make_shared<RenewOptions>();
  CLI::App* command =
      program.add({"renew", "Drivers", "Move the deadline of a lease; tells of a cancel",
                   "  jobq renew scan job-7 --attempt 1 --lease 10m --token-file scan.token"},
                  [options, &program] { return run_renew(*options, program.common); });
  add_lease(command, options->datasource, options->lease);
  command->add_option("--lease", options->span, "From now on, 100ms to 1h; default as in accept")
      ->type_name("SPAN");
}

void add_update(Program& program) {
  auto options = std::make_shared<UpdateOptions>();
  CLI::App* command = program.add(
      {"update", "Drivers", "Say how a job goes or how it ended",
       "  export JOBQ_LEASE_TOKEN=...   # as jobq accept told it\n"
       "  jobq update scan job-7 --attempt 1 --progress 0.5 --message 'page 5 of 10'\n"
       "  jobq update scan job-7 --attempt 1 --log warning --message 'page 6 is empty'\n"
       "  jobq update scan job-7 --attempt 1 --complete '{\"pages\": 10}'\n"
       "  jobq update scan job-7 --attempt 1 --retry no-network --delay 5m"},
      [options, &program] { return run_update(*options, program.common); });
  add_lease(command, options->datasource, options->lease);
  command
      ->add_option("--lease-token", options->lease.token,
                   "The token that the accept told; may also be the --token. Environment:\n"
                   "JOBQ_LEASE_TOKEN")
      ->type_name("TOKEN");
  auto* word = command->add_option_group("what", "What to say, one of");
  word->add_option("--complete", options->complete, "It is done; the response")->type_name("JSON");
  word->add_option("--fail", options->fail, "It failed for good")->type_name("CODE");
  word->add_option("--retry", options->retry, "The attempt failed: again after the backoff")
      ->type_name("CODE");
  word->add_option("--forbid", options->forbid, "The client may not have this done")
      ->type_name("CODE");
  word->add_flag("--release", options->release, "Handed back, at no cost");
  word->add_flag("--cancelled", options->cancelled, "Stopped, as the client asked");
  word->add_option("--progress", options->progress, "How far it is")
      ->type_name("0..1")
      ->check(CLI::Range(0.0, 1.0));
  word->add_option("--log", options->log, "A line for the job's log: debug, info, warning, error")
      ->type_name("LEVEL");
  word->require_option(1);
  command->add_option("--message", options->message, "Words for people, up to 1024 bytes")
      ->type_name("TEXT");
  command->add_option("--delay", options->delay, "With --retry and --release: not before")
      ->type_name("SPAN");
}

}  // namespace tools
