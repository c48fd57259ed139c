#include "run_job.h"

#include <fmt/format.h>

#include <map>
#include <system_error>
#include <utility>

#include "command_outcome.h"
#include "connection_options.h"
#include "job_files.h"
#include "json_text.h"
#include "line_command.h"
#include "printing.h"
#include "utf8.h"

namespace tools {
namespace {

using Texts = std::map<std::string, std::string>;

// What is the same for all jobs.
ShellCommand command_of(const JobSetting& setting, const FunctionFolder& folder) {
  ShellCommand command = folder.command;
  command.set_environment["JOBQ_DATASOURCE"] = setting.datasource;
  command.set_environment["JOBQ_ENDPOINT"] = setting.endpoint;
  if (!setting.server_key.empty()) {
    command.set_environment["JOBQ_SERVER_KEY"] = setting.server_key;
  }
  command.unset_environment.assign(std::begin(kSecretVariables), std::end(kSecretVariables));
  // The worker's own trace is not the job's.
  for (const char* name : {"JOBQ_TRACE", "TRACEPARENT"}) {
    command.unset_environment.emplace_back(name);
  }
  return command;
}

Texts environment_of(const jobq::AcceptedJob& job, const JobFiles& files) {
  Texts told = {{"JOBQ_JOB", job.lease.job},
                {"JOBQ_CLIENT", job.client},
                {"JOBQ_ATTEMPT", std::to_string(job.lease.attempt)},
                {"JOBQ_LEASE_TOKEN", job.lease.token},
                {"JOBQ_FUNCTION", job.function},
                {"JOBQ_TAGS", fmt::format("{}", fmt::join(job.tags, ","))},
                {"JOBQ_REQUEST_FILE", files.request_path()},
                {"JOBQ_CHECKPOINT", files.checkpoint_path()},
                {"JOBQ_STATE", files.state_path()},
                {"JOBQ_AFTER", files.after_path()},
                {"JOBQ_GRANTS", files.grants_path()},
                {"JOBQ_ACTING_TOKEN_FILE", files.acting_token_path()}};
  if (!job.trace.empty()) told["JOBQ_TRACE"] = told["TRACEPARENT"] = job.trace;
  return told;
}

std::string line_of(const jobq::AcceptedJob& job, const Texts& told, const std::string& code) {
  Json line = {{"job", job.lease.job},
               {"client", job.client},
               {"attempt", job.lease.attempt},
               {"function", job.function},
               {"env", told}};
  if (!code.empty()) {
    line["code"] = code;
    line["method"] = job.method;
  }
  return to_text(line, {{"request", job.request}});
}

// What the command says while it runs.
class Hearing {
 public:
  Hearing(const JobSetting& setting, const JobTalk& talk, const std::string& job, JobFiles& files)
      : setting_(setting), talk_(talk), job_(job), files_(files) {}

  // true: the line was meant for the worker.
  bool take(std::string_view line);
  // What the command has left since it was looked at last.
  void leave_checkpoint() {
    if (auto left = files_.new_checkpoint()) talk_.leave_checkpoint(*std::move(left));
  }
  jobq::Span delay() const { return delay_; }

 private:
  void log(jobq::LogLevel level, std::string_view text) const {
    for (std::string& piece : log_texts(text)) talk_.log(level, std::move(piece));
  }

  const JobSetting& setting_;
  const JobTalk& talk_;
  const std::string& job_;
  JobFiles& files_;
  jobq::Span delay_{};
};

bool Hearing::take(std::string_view line) {
  if (setting_.shows) say("{} | {}\n", printable(job_), printable(std::string(line)));
  ChildLine said = parse_child_line(line);
  if (auto* progress = std::get_if<ProgressLine>(&said)) {
    leave_checkpoint();
    talk_.progress(progress->value, std::move(progress->message));
    return true;
  }
  if (const auto* words = std::get_if<LogLineSaid>(&said)) {
    log(words->level, words->text);
    return true;
  }
  if (const auto* wanted = std::get_if<DelayLine>(&said)) {
    delay_ = wanted->delay;
    return true;
  }
  if (const auto* state = std::get_if<StateLine>(&said)) {
    try {
      talk_.change_state(state->change);
    } catch (const std::length_error& error) {
      log(jobq::LogLevel::kWarning, std::string("not taken: ") + error.what());
    }
    return true;
  }
  if (std::holds_alternative<BadLine>(said)) {
    log(jobq::LogLevel::kWarning, "not understood: " + std::string(line));
  } else if (setting_.logs_errors) {
    log(jobq::LogLevel::kInfo, line);
  }
  return false;
}

void show_response(const std::string& job, const jobq::Result& word) {
  constexpr std::size_t kShownMax = 4096;
  if (const auto* done = std::get_if<jobq::Done>(&word)) {
    say("{} > {}\n", printable(job), printable(std::string(head_of(done->response, kShownMax))));
  }
}

}  // namespace

JobEnd run_job(const JobSetting& setting, const FunctionFolder& folder,
               const jobq::AcceptedJob& job, const JobTalk& talk, RunningCommands& running,
               const std::string& code) {
  JobEnd end;
  try {
    JobFiles files(job);
    Hearing hearing(setting, talk, job.lease.job, files);
    const CommandWatch watch{
        .must_stop = talk.must_stop,
        .wake_fd = talk.wake_fd,
        .on_error_line = [&](std::string_view line) { return hearing.take(line); }};
    ShellCommand command = command_of(setting, folder);
    const Texts told = environment_of(job, files);
    CommandEnd ended;
    if (folder.is_lines) {
      LineCommand& lines =
          line_command_of_thread(folder.function.name, command, setting.limits, running);
      LineCommand::Answer answer = lines.ask(line_of(job, told, code), watch);
      hearing.leave_checkpoint();
      end.word = answer.line ? outcome_of_line(*answer.line, hearing.delay())
                             : outcome_without_line(answer.end, hearing.delay());
      ended = std::move(answer.end);
    } else {
      command.input = job.request;
      for (const auto& [name, text] : told) command.set_environment[name] = text;
      ended = run_command(command, setting.limits, running, watch);
      hearing.leave_checkpoint();
      end.word = outcome_of(ended, hearing.delay());
    }
    if (setting.shows) show_response(job.lease.job, end.word);
    if (!cannot_be_run(ended)) return end;
  } catch (const std::system_error& error) {
    end.word = jobq::Release{.message = std::string("cannot be run: ") + error.what()};
  }
  end.cannot_be_run = std::get<jobq::Release>(end.word).message;
  return end;
}

}  // namespace tools
