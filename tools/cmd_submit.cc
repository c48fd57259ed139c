// jobq submit: one job, or one for each line of the input.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "commands.h"
#include "failure.h"
#include "job_calls.h"
#include "job_terms.h"
#include "job_view.h"
#include "jobq/client.h"
#include "jobq/traceparent.h"
#include "json_fields.h"
#include "line_reader.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kBatchJobsMax = 256;
// Well below what one message may hold (8 MiB), since every job adds its names to it.
constexpr std::size_t kBatchBytesMax = 6U << 20;
// A slow writer's lines are not held back until a batch is full.
constexpr jobq::Span kBatchPatience{10};
constexpr std::size_t kInputBytesMax = 8U << 20;

struct SubmitOptions {
  std::string datasource;
  std::string input;  // "-" or nothing
  std::string request;
  std::string request_file;
  jobq::NewJob job;  // what needs no reading: id, client, function, priority, limits, tags
  std::string not_before;
  std::string delay;
  std::string valid_for;
  std::string timeout;
  std::string keep_for;
  std::string backoff;
  std::string wait;
  bool lines = false;
  bool jobs = false;
  bool ticket = false;
};

std::string request_of(const SubmitOptions& options) {
  const int sources = static_cast<int>(!options.request.empty()) +
                      static_cast<int>(!options.request_file.empty()) +
                      static_cast<int>(!options.input.empty());
  if (!options.input.empty() && options.input != "-") {
    throw UsageError(
        fmt::format("'{}' is not expected; the request goes after --request", options.input));
  }
  if (sources != 1) {
    throw UsageError(
        "one request is needed: --request JSON, --request-file FILE or - (standard "
        "input)");
  }
  const std::string file = options.input.empty() ? options.request_file : options.input;
  const std::string text = file.empty() ? options.request : read_input(file, kInputBytesMax);
  if (const auto problem = json_problem(text)) {
    throw UsageError("the request is not JSON: " + *problem);
  }
  return std::string(trimmed(text));
}

// Everything but the request.
jobq::NewJob job_of(const SubmitOptions& options) {
  const auto set = [](jobq::Span& span, const char* option, const std::string& text,
                      const SpanLimits& limits) {
    if (!text.empty()) span = span_of_option(option, text, limits);
  };
  jobq::NewJob job = options.job;
  set(job.terms.keep_for, "--keep-for", options.keep_for, kYear);
  set(job.delay, "--delay", options.delay, {});
  set(job.terms.valid_for, "--valid-for", options.valid_for, {});
  set(job.terms.timeout, "--timeout", options.timeout, kYear);
  if (!options.not_before.empty()) {
    job.not_before =
        instant_of_option("--not-before", options.not_before, system_now(), SpanMeans::kFromNow);
  }
  if (!options.backoff.empty()) job.terms.backoff = backoff_of_option("--backoff", options.backoff);
  if (job.trace.empty()) job.trace = trace_of_environment();
  if (!job.trace.empty() && !jobq::is_traceparent(job.trace)) {
    throw UsageError(
        fmt::format("--trace: '{}' is no W3C traceparent, such as "
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                    job.trace));
  }
  return job;
}

int submit_one(const SubmitOptions& options, const ConnectionOptions& common) {
  std::vector<jobq::NewJob> jobs = {job_of(options)};
  jobs.front().request = request_of(options);
  const jobq::Span patience = wait_of_option("--wait", options.wait);
  const jobq::Connection connection = common.connection();
  jobq::Client client(connection);
  const auto results =
      client.submit_many(options.datasource, std::move(jobs), {.tickets = options.ticket});
  const jobq::SubmitResult& result = results.at(0);
  if (result.code != 200) throw jobq::Refused(result.code, result.error, result.retry_after);

  if (options.ticket && !options.wait.empty()) {
    throw UsageError("--ticket does not go with --wait");
  }
  if (options.wait.empty()) {
    if (common.json) {
      Json json = fields_of(result.status);
      json["created"] = result.created;
      if (options.ticket) json["ticket"] = result.ticket;
      fmt::print("{}\n", to_text(json));
    } else if (look_of(stdout).is_terminal) {
      fmt::print("{}  {}{}\n", result.status.job, jobq::to_string(result.status.status),
                 result.created ? "" : " (the store had it already)");
    } else {
      fmt::print("{}\n", result.status.job);
    }
    if (options.ticket && !common.json) fmt::print("{}\n", result.ticket);
    return kOk;
  }
  // For whoever interrupts the wait: `jobq wait` goes on from here.
  if (look_of(stderr).is_terminal) fmt::print(stderr, "jobq: waiting for {}\n", result.status.job);
  JobCalls calls(
      {.datasource = options.datasource, .job = result.status.job, .client = result.status.client},
      connection);
  const auto end = wait_with_progress(calls, patience);
  return end ? report_end(*end, common.json)
             : report_not_final(calls.status(), patience, common.json);
}

// Lines on their way to the store.
struct Batch {
  std::vector<jobq::NewJob> jobs;
  std::vector<std::size_t> line_numbers;
  std::size_t bytes = 0;

  bool has_room_for(std::size_t more) const {
    return jobs.empty() || (jobs.size() < kBatchJobsMax && bytes + more <= kBatchBytesMax);
  }
};

// Prints an id for each job taken; returns the exit code of the first refusal, or kOk.
ExitCode send(jobq::Client& client, const SubmitOptions& options, Batch batch, bool json) {
  const auto results =
      client.submit_many(options.datasource, std::move(batch.jobs), {.tickets = options.ticket});
  ExitCode code = kOk;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const jobq::SubmitResult& result = results[i];
    const bool is_taken = result.code == 200;
    if (!is_taken && code == kOk) code = exit_code_of_refusal(result.code);
    if (json) {
      Json fields;
      fields["line"] = batch.line_numbers[i];
      fields["code"] = result.code;
      if (!is_taken) fields["error"] = result.error;
      if (result.retry_after != jobq::Span{}) fields["retryAfterMs"] = result.retry_after.count();
      if (is_taken) fields["created"] = result.created;
      if (is_taken) fields.update(fields_of(result.status));
      if (is_taken && options.ticket) fields["ticket"] = result.ticket;
      fmt::print("{}\n", to_text(fields));
    } else if (is_taken) {
      fmt::print("{}\n", result.status.job);
    } else {
      const bool has_time = result.retry_after != jobq::Span{};
      fmt::print(stderr, "jobq: line {}: refused by the store ({}): {}{}\n", batch.line_numbers[i],
                 result.code, printable(result.error),
                 has_time ? "; try again in " + span_text(result.retry_after) : "");
    }
  }
  std::fflush(stdout);  // whoever reads the ids may act on them now
  return code;
}

// The job that a line asks for. Throws UsageError.
jobq::NewJob job_of_input(const SubmitOptions& options, const jobq::NewJob& otherwise,
                          std::string_view line) {
  if (options.jobs) return job_of_line(line, otherwise);
  if (const auto wrong = json_problem(line)) throw UsageError("not JSON: " + *wrong);
  jobq::NewJob job = otherwise;
  job.request = line;
  return job;
}

int submit_lines(const SubmitOptions& options, const ConnectionOptions& common) {
  const bool has_other_input = !options.request.empty() || !options.request_file.empty() ||
                               !(options.input.empty() || options.input == "-");
  if (has_other_input || !options.job.job.empty() || !options.wait.empty()) {
    throw UsageError(
        "--lines and --jobs read standard input and go with neither --request, --request-file, "
        "--job nor --wait");
  }
  if (options.ticket && !common.json) throw UsageError("--ticket for several jobs needs --json");
  const jobq::NewJob otherwise = job_of(options);
  jobq::Client client(common.connection());
  LineReader reader(STDIN_FILENO);
  Batch batch;
  ExitCode code = kOk;
  std::string problem;  // with a line: those before it are still submitted
  const auto flush = [&] {
    if (batch.jobs.empty()) return;
    const ExitCode sent = send(client, options, std::move(batch), common.json);
    if (code == kOk) code = sent;
    batch = {};
  };
  while (problem.empty()) {
    const auto line =
        reader.next(batch.jobs.empty() ? std::nullopt : std::optional(kBatchPatience));
    if (!line) {
      flush();
      if (reader.has_ended()) break;
      continue;
    }
    const std::string_view text = trimmed(*line);
    if (text.empty()) continue;
    if (!batch.has_room_for(text.size())) flush();
    try {
      batch.jobs.push_back(job_of_input(options, otherwise, text));
    } catch (const UsageError& error) {
      problem = fmt::format("line {}: {}; nothing from there on is submitted", reader.number(),
                            error.what());
      break;
    }
    batch.line_numbers.push_back(reader.number());
    batch.bytes += text.size();
    if (batch.jobs.size() == kBatchJobsMax) flush();
  }
  flush();
  if (!problem.empty()) throw UsageError(problem);
  return code;
}

constexpr const char* kSubmitExample =
    R"(  jobq submit scan --request '{"page": 1}' --client alice
  jobq submit scan --request-file page.json --wait=60s > answer.json
  jobq submit scan --request '{}' --function ocr --delay 1h --valid-for 1d --tag night
  jobq submit scan --request '{}' --timeout 5m --failures-max 10 --backoff initial=5s,max=10m
  seq 1000 | jobq submit scan --lines > ids
  echo '{"job": "p1", "request": {"page": 1}, "priority": 80}' | jobq submit scan --jobs

What is not said holds as the datasource is configured (jobq admin config), else as the store is.)";

void add_input_options(CLI::App* command, SubmitOptions& options) {
  command->add_option("DSID", options.datasource, "Datasource")->required();
  command->add_option("INPUT", options.input, "-: the request is read from standard input");
  command->add_option("--request", options.request, "The request: JSON text")->type_name("JSON");
  command->add_option("--request-file", options.request_file, "File with the request")
      ->type_name("FILE");
  auto* lines = command->add_flag(
      "--lines", options.lines, "Each line of standard input is a request; prints an id for each");
  command
      ->add_flag("--jobs", options.jobs,
                 "Each line of standard input is a job, a JSON object: request, and job, client, "
                 "function, priority, notBefore, delayMs, validForMs, timeoutMs, keepForMs, "
                 "failuresMax, lostLeasesMax, releasesMax, backoff {initialMs, factorPercent, "
                 "maxMs, jitterPercent}, tags, trace; what it leaves out is as the options say")
      ->excludes(lines);
  command->add_flag("--ticket", options.ticket,
                    "Print a second line: a token for this job alone, to hand on");
  command->add_flag(wait_flag(), options.wait,
                    "Wait for the end, print the response; --wait=60s at most so long");
}

void add_job_options(CLI::App* command, jobq::NewJob& job) {
  command
      ->add_option("--job", job.job,
                   "Id of the job, to submit it once however often it is tried; default: a GUID")
      ->type_name("ID");
  command->add_option("--client", job.client, "Who submits; not needed when the token says so")
      ->type_name("NAME");
  command->add_option("--function", job.function, "What is to be done; workers may choose by it")
      ->type_name("NAME");
  command->add_option("--tag", job.tags, "To find it by; may be repeated, up to 16")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->delimiter(',');
  command->add_option("--priority", job.priority, "1 to 100, 100 first; default: 50")
      ->type_name("N")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--trace", job.trace,
                   "W3C traceparent for the worker; default: environment TRACEPARENT")
      ->type_name("TRACEPARENT");
  command->add_option("--failures-max", job.terms.failures_max, "This failure is final; default: 5")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--lost-leases-max", job.terms.lost_leases_max,
                   "The job is failed when so many workers fell silent over it; default: 3")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--releases-max", job.terms.releases_max,
                   "The job is failed when it was handed back so often; default: no limit")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
}

void add_time_options(CLI::App* command, SubmitOptions& options) {
  auto* not_before =
      command
          ->add_option("--not-before", options.not_before,
                       "No worker gets it before: 2026-11-23T10:00:00Z, seconds or milliseconds "
                       "since 1970, or 15m from now")
          ->type_name("TIME");
  command->add_option("--delay", options.delay, "The same, counted from when the store has it")
      ->type_name("SPAN")
      ->excludes(not_before);
  command
      ->add_option("--valid-for", options.valid_for,
                   "It fails as expired when no worker has taken it within this time; default: "
                   "for ever")
      ->type_name("SPAN");
  command
      ->add_option("--timeout", options.timeout,
                   "How long one attempt may run, up to 365d; default: no limit")
      ->type_name("SPAN");
  command
      ->add_option("--backoff", options.backoff,
                   "Between a failure and the next attempt; any of "
                   "initial=1s,factor=2,max=1h,jitter=20% (the default), or none")
      ->type_name("PARTS");
  command
      ->add_option("--keep-for", options.keep_for,
                   "How long the finished job stays readable, up to 365d; default: 1h")
      ->type_name("SPAN");
}

}  // namespace

void add_submit(Program& program) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command = program.add(
      {"submit", "Jobs", "Submit a job, print its id", kSubmitExample}, [options, &program] {
        return options->lines || options->jobs ? submit_lines(*options, program.common)
                                               : submit_one(*options, program.common);
      });
  add_input_options(command, *options);
  add_job_options(command, options->job);
  add_time_options(command, *options);
}

}  // namespace tools
