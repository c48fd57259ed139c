// jobq submit: one job, or one for each line of the input.
#include <unistd.h>

#include "code_options.h"
#include "config_options.h"
#include "flow_options.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/traceparent.h"
#include "line_batches.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "utf8.h"

namespace tools {
namespace {

// A slow writer's lines are not held back until a batch is full.
constexpr jobq::Span kBatchPatience{10};

// What became of the lines.
struct LineResults {
  std::uint64_t taken = 0;
  std::uint64_t refused = 0;
  ExitCode code = kOk;  // of the first refusal

  void show(std::size_t line, const jobq::SubmitResult& result, bool json) {
    const bool is_taken = result.code == 200;
    if (!is_taken && code == kOk) code = exit_code_of_refusal(result.code);
    ++(is_taken ? taken : refused);
    if (json) {
      Json fields = {{"line", line}, {"code", result.code}};
      if (!is_taken) fields["error"] = result.error;
      if (result.retry_after != jobq::Span{}) fields["retryAfterMs"] = result.retry_after.count();
      if (is_taken) fields["created"] = result.created;
      if (is_taken) fields.update(fields_of(result.status));
      if (!result.ticket.empty()) fields["ticket"] = result.ticket;
      print_json(to_text(fields));
    } else if (is_taken) {
      print("{}\n", result.status.job);
    } else if (refused <= kRefusalsShown) {
      say("jobq: line {}: {}\n", line,
          printable(refusal_text(result.code, result.error, result.retry_after)));
    }
  }

  void say_end(bool json) const {
    if (refused <= kRefusalsShown || json) return;
    say("jobq: {} lines are refused, {} are taken\n", refused, taken);
  }
};

constexpr const char* kExample =
    R"(  jobq submit scan --request '{"page": 1}' --client alice
  jobq submit scan --request-file page.json --wait=60s > answer.json
  jobq submit scan --request '{}' --function ocr --delay 1h --valid-for 1d --tag night
  jobq submit scan --request '{}' --timeout 5m --failures-max 10 --backoff initial=5s,max=10m
  jobq submit scan --request '{}' --job sum --after page-1,page-2 --after-any mail/hello
  jobq submit scan --request '{}' --then mail:send --then-failed alarm
  jobq submit scan --request '{}' --then-any webhook:https://example.org/done
  jobq submit scan --code count.py --method pages --args '[1, 2]' --kwargs '{"deep": true}'
  seq 1000 | jobq submit scan --lines > ids
  echo '{"job": "p1", "request": {"page": 1}, "priority": 80}' | jobq submit scan --jobs

What is not said holds as the datasource is configured (jobq admin config), else as the store is.)";

struct Submit {
  static constexpr Words kWords{"submit", "Jobs", "Submit a job, print its id", kExample};

  std::string datasource;
  std::string input;  // "-" or nothing
  std::string request;
  std::string request_file;
  std::string grants_file;
  CodeOptions code;
  jobq::NewJob job;  // but its request
  std::optional<jobq::Span> wait;
  bool lines = false;
  bool jobs = false;
  bool atomic = false;
  bool ticket = false;

  void declare(Options& options) {
    options.datasource("DSID", datasource, "Datasource");
    options.text("[INPUT]", input, "-: the request is read from standard input");
    options.text("--request JSON", request, "The request: JSON text");
    options.text("--request-file FILE", request_file, "File with the request");
    options.text("--grants-file FILE", grants_file,
                 "File with a JSON object for the worker alone, such as tokens of other services");
    auto* by_line = options.flag("--lines", lines,
                                 "Each line of standard input is a request; prints an id for each");
    code.declare(options);
    const std::string about_jobs =
        "Each line of standard input is a job, a JSON object with a request: " +
        names_of_job_fields() + "; what it leaves out is as the options say";
    Options::exclude(options.flag("--jobs", jobs, about_jobs.c_str()), by_line);
    options.flag("--atomic", atomic, "With --lines or --jobs: all of them, up to 1024, or none");
    options.flag("--ticket", ticket, "Print a second line: a token for this job alone, to hand on");
    options.wait("--wait", wait,
                 "Wait for the end, print the response; --wait=60s at most so long");
    declare_job(options);
    declare_flow(options);
    declare_keys(options, job);
    declare_times(options);
  }

  void declare_job(Options& options) {
    options.text("--job ID", job.job,
                 "Id of the job, to submit it once however often it is tried; default: a GUID");
    options.text("--client NAME", job.client, "Who submits; not needed when the token says so");
    options.text("--function NAME", job.function, "What is to be done; workers may choose by it");
    options.names("--tag NAME", job.tags, "To find it by; may be repeated, up to 16");
    options.number("--priority N", job.priority, "1 to 100, 100 first; default: 50", kPriority);
    options.text("--trace TRACEPARENT", job.trace,
                 "W3C traceparent for the worker; default: environment TRACEPARENT");
  }

  void declare_flow(Options& options) {
    const auto add = [this](const char* option, bool any_end) {
      return [this, option, any_end](const std::string& text) {
        job.after.push_back(after_of_option(option, text));
        job.after.back().any_end = any_end;
      };
    };
    options.names("--after JOB",
                  "A job that must be complete before a worker gets this one, DSID/JOB in another "
                  "datasource; may be repeated, up to 64",
                  add("--after", false));
    options.names("--after-any JOB", "The same, but it may end in any way",
                  add("--after-any", true));
    declare_then(options, job.then);
    options.text("--after-group NAME", job.after_group,
                 "Another group, whose jobs so far must have ended before a worker gets this one");
  }

  void declare_times(Options& options) {
    auto* not_before =
        options.value("--not-before TIME",
                      "No worker gets it before: 2026-11-23T10:00:00Z, seconds or milliseconds "
                      "since 1970, or 15m from now",
                      [this](const std::string& text) {
                        job.not_before = instant_of_option("--not-before", text, system_now(),
                                                           SpanMeans::kFromNow);
                      });
    Options::exclude(
        options.span("--delay SPAN", job.delay, "The same, counted from when the store has it"),
        not_before);
    declare_terms(options, job.terms);
  }

  int run(const ConnectionOptions& common) {
    if (job.trace.empty()) job.trace = trace_of_environment();
    if (!job.trace.empty() && !jobq::is_traceparent(job.trace)) {
      throw UsageError(
          fmt::format("--trace: '{}' is no W3C traceparent, such as "
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                      job.trace));
    }
    if (atomic && !lines && !jobs) throw UsageError("--atomic goes with --lines or --jobs");
    code.require_code();
    if (code.is_said() && (lines || jobs)) {
      throw UsageError("--code is for one job; of more, each line of --jobs says its own");
    }
    return lines || jobs ? submit_lines(common) : submit_one(common);
  }

  std::string find_request() const {
    if (code.is_said()) {
      if (!request.empty() || !request_file.empty() || !input.empty()) {
        throw UsageError("--code goes with --args and --kwargs, which are the request");
      }
      return code.request();
    }
    if (!input.empty() && input != "-") {
      throw UsageError(
          fmt::format("'{}' is not expected; the request goes after --request", input));
    }
    if (!request.empty() + !request_file.empty() + !input.empty() != 1) {
      throw UsageError(
          "one request is needed: --request JSON, --request-file FILE or - (standard input)");
    }
    const std::string file = input.empty() ? request_file : input;
    return checked_json("the request", file.empty() ? request : read_input(file, kInputBytesMax));
  }

  int submit_one(const ConnectionOptions& common) {
    if (ticket && wait) throw UsageError("--ticket does not go with --wait");
    job.request = find_request();
    if (!grants_file.empty()) {
      job.grants = checked_json("the grants", read_input(grants_file, kInputBytesMax));
    }
    const jobq::Connection connection = common.connection(job.client);
    if (code.is_said()) {
      job.code = code.hash(connection, datasource);
      job.method = code.method;
    }
    jobq::Client client(connection);
    const jobq::SubmitResult result =
        client.submit_many(datasource, std::vector{job}, {.tickets = ticket}).at(0);
    if (result.code != 200) throw jobq::Refused(result.code, result.error, result.retry_after);
    const jobq::JobStatus& made = result.status;
    if (!result.created) say("jobq: {} was there already\n", printable(made.job));
    if (wait) return wait_for(result, common, connection);
    Json json = fields_of(made);
    json["created"] = result.created;
    if (ticket) json["ticket"] = result.ticket;
    return show(common, json, [&] {
      const bool is_seen = display_of(stdout).is_terminal;
      return made.job + (is_seen ? fmt::format("  {}", jobq::to_string(made.status)) : "") + "\n" +
             (ticket ? result.ticket + "\n" : "");
    });
  }

  int wait_for(const jobq::SubmitResult& submitted, const ConnectionOptions& common,
               const jobq::Connection& connection) const {
    const jobq::JobStatus& made = submitted.status;
    // For whoever interrupts the wait: `jobq wait` goes on from here.
    if (display_of(stderr).is_terminal) say("jobq: waiting for {}\n", made.job);
    JobCalls calls({.datasource = datasource, .job = made.job, .client = made.client}, connection);
    const auto end = wait_with_progress(calls, *wait);
    return end ? report_end(*end, common.json, submitted.created)
               : report_not_final(calls.status(), *wait, common.json, submitted.created);
  }

  // The job that a line asks for. Throws UsageError.
  jobq::NewJob job_of_input(std::string_view line, const std::string& token) const {
    jobq::NewJob one = jobs ? job_of_line(line, job) : job;
    if (jobs) {
      check_client(one.client, token);
    } else if (const auto problem = json_problem(line)) {
      throw UsageError("not JSON: " + *problem);
    } else {
      one.request = line;
    }
    return one;
  }

  // For a list that goes in one message.
  static void require_room(const LineBatch<jobq::NewJob>& batch, std::size_t more) {
    if (batch.jobs.size() == jobq::limits::kItemsMax) {
      throw UsageError(fmt::format("--atomic: more than {} lines; nothing is submitted",
                                   jobq::limits::kItemsMax));
    }
    if (batch.bytes + more > batch.kBytesMax) {
      throw UsageError(
          fmt::format("--atomic: more than {} bytes; nothing is submitted", batch.kBytesMax));
    }
  }

  int submit_lines(const ConnectionOptions& common) const {
    const bool has_other_input =
        !request.empty() || !request_file.empty() || !(input.empty() || input == "-");
    if (has_other_input || !job.job.empty() || wait) {
      throw UsageError(
          "--lines and --jobs read standard input and go with neither --request, --request-file, "
          "--job nor --wait");
    }
    if (ticket && !common.json) throw UsageError("--ticket for several jobs needs --json");
    const jobq::Connection connection = common.connection(job.client);
    jobq::Client client(connection);
    const jobq::SubmitOptions how{.tickets = ticket, .atomic = atomic};
    LineReader reader(STDIN_FILENO);
    LineBatch<jobq::NewJob> batch;
    LineResults results;
    const auto flush = [&] {
      if (batch.jobs.empty()) return;
      const auto answers = client.submit_many(datasource, std::move(batch.jobs), how);
      for (std::size_t i = 0; i < answers.size(); ++i) {
        results.show(batch.line_numbers[i], answers[i], common.json);
      }
      std::fflush(stdout);  // whoever reads the ids may act on them now
      batch = {};
    };
    std::string problem;  // with a line: those before it are still submitted
    while (problem.empty()) {
      const bool may_wait = batch.jobs.empty() || atomic;
      const auto line = reader.next(may_wait ? std::nullopt : std::optional(kBatchPatience));
      if (!line) flush();
      if (!line && reader.has_ended()) break;
      const std::string_view text = line ? trimmed(*line) : std::string_view();
      if (text.empty()) continue;
      if (atomic) {
        require_room(batch, text.size());
      } else if (!batch.has_room_for(text.size())) {
        flush();
      }
      try {
        batch.add(job_of_input(text, connection.token), reader.number(), text.size());
      } catch (const UsageError& error) {
        problem = fmt::format("line {}: {}; nothing from there on is submitted", reader.number(),
                              error.what());
      }
      if (batch.is_full() && !atomic) flush();
    }
    if (problem.empty() || !atomic) flush();
    results.say_end(common.json);
    if (!problem.empty()) throw UsageError(problem);
    return results.code;
  }
};

}  // namespace

void add_submit(Program& program) { program.add<Submit>(); }

}  // namespace tools
