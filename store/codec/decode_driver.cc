#include "decode.h"

namespace store {
namespace {

Retry retry(Checks& checks, const FieldPath& at, protocol::Retry::Reader body) {
  auto retry = taken<Retry>(checks, body);
  checks.error(at.field("error"), retry.error);
  checks.span(at.field("delayMs"), retry.delay, checks.limits.span_max);
  return retry;
}

Release release(Checks& checks, const FieldPath& at, protocol::Release::Reader body) {
  auto release = taken<Release>(checks, body);
  checks.span(at.field("delayMs"), release.delay, checks.limits.span_max);
  checks.text(at.field("message"), release.message, checks.limits.error_message_bytes_max);
  return release;
}

Progress progress(Checks& checks, const FieldPath& at, protocol::Progress::Reader body) {
  auto progress = taken<Progress>(checks, body);
  // Said this way round, it refuses what is no number too.
  checks.refuse_unless(body.getValue() >= 0 && body.getValue() <= 1, at.field("value"), "0..1");
  checks.text(at.field("message"), progress.message, checks.limits.progress_message_bytes_max);
  return progress;
}

Log log(Checks& checks, const FieldPath& at, protocol::LogLines::Reader body) {
  const auto lines = body.getLines();
  const FieldPath place = at.field("lines");
  checks.items(place, lines.size());
  Log log{.lines = {}, .first = body.getFirst()};
  for (unsigned i = 0; i < lines.size() && !checks.wrong(); ++i) {
    const FieldPath line = place.item(i);
    const auto level = static_cast<unsigned>(lines[i].getLevel());
    checks.refuse_unless(level < kCountOf<LogLevel>, line.field("level"), "is none that exists");
    const std::string& text =
        log.lines
            .emplace_back(LogText{static_cast<LogLevel>(level),
                                  std::string(jobq::wire::view(lines[i].getText()))})
            .text;
    checks.text(line.field("text"), text, checks.limits.log_text_bytes_max);
    checks.refuse_unless(!text.empty(), line.field("text"), "must not be empty");
    checks.refuse_unless(text.find('\0') == std::string::npos, line.field("text"),
                         "may hold no NUL");
  }
  // So that the last line has a number too.
  checks.range(at.field("first"), log.first, 0, UINT32_MAX - lines.size() + 1);
  return log;
}

AcceptOne accept_one(Checks& checks, const FieldPath& at, protocol::AcceptOne::Reader body) {
  auto accept = taken<AcceptOne>(checks, body);
  checks.worker(at, accept.worker, accept.request_number);
  checks.lease(at.field("leaseMs"), accept.lease);
  return accept;
}

JobError failure(Checks& checks, const FieldPath& at, protocol::JobError::Reader body) {
  auto error = taken<JobError>(checks, body);
  checks.error(at, error);
  return error;
}

decltype(Outcome::report) report_of(Checks& checks, const FieldPath& at,
                                    protocol::Outcome::Reader body) {
  switch (body.which()) {
    case protocol::Outcome::COMPLETE: {
      Completed completed{.response = std::string(jobq::wire::view(body.getComplete()))};
      checks.json(at.field("complete"), completed.response, checks.limits.response_bytes_max);
      return completed;
    }
    case protocol::Outcome::FAIL: return Failed{failure(checks, at.field("fail"), body.getFail())};
    case protocol::Outcome::RETRY: return retry(checks, at.field("retry"), body.getRetry());
    case protocol::Outcome::RELEASE: return release(checks, at.field("release"), body.getRelease());
    case protocol::Outcome::FORBID:
      return Forbidden{failure(checks, at.field("forbid"), body.getForbid())};
    case protocol::Outcome::CANCELLED: return AckCancel();
    case protocol::Outcome::PROGRESS:
      return progress(checks, at.field("progress"), body.getProgress());
    case protocol::Outcome::LOG: return log(checks, at.field("log"), body.getLog());
    case protocol::Outcome::ACCEPTED:
      return accept_one(checks, at.field("accepted"), body.getAccepted());
  }
  checks.refuse(at, "is of a kind that this store does not know");
  return AckCancel();
}

// What comes with the word.
void take_left(Checks& checks, const FieldPath& at, protocol::Outcome::Reader body,
               Outcome& outcome) {
  const bool goes_on = body.isProgress() || body.isLog() || body.isAccepted();
  const bool may_go_on = body.isProgress() || body.isRetry() || body.isRelease();
  if (body.hasCheckpoint()) {
    const FieldPath checkpoint = at.field("checkpoint");
    outcome.checkpoint = std::string(jobq::wire::view(body.getCheckpoint()));
    checks.refuse_unless(may_go_on, checkpoint, "goes with progress, retry and release alone");
    checks.text(checkpoint, *outcome.checkpoint, checks.limits.checkpoint_bytes_max);
  }
  if (body.getState().size() > 0) {
    const FieldPath state = at.field("state");
    checks.refuse_unless(!goes_on, state, "goes with a word that ends the attempt alone");
    outcome.state = state_changes(checks, state, body.getState());
  }
}

Outcome outcome(Checks& checks, const FieldPath& at, protocol::Outcome::Reader body) {
  Outcome outcome{.lease = taken<Lease>(checks, body.getLease()), .report = {}};
  const FieldPath lease = at.field("lease");
  checks.text(lease.field("token"), outcome.lease.token, checks.limits.lease_token_bytes_max);
  checks.job_of_path(lease.field("job"), outcome.lease.job);
  outcome.report = report_of(checks, at, body);
  take_left(checks, at, body, outcome);
  return outcome;
}

}  // namespace

Command accept(Checks& checks, protocol::Accept::Reader body) {
  auto command = taken<Accept>(checks, body);
  command.max = std::max<std::size_t>(command.max, 1);
  checks.worker("", command.worker, command.request_number);
  checks.range("max", command.max, 1, checks.limits.items_max);
  checks.lease("leaseMs", command.lease);
  checks.wait(command.wait);
  command.functions =
      names_of(checks, "functions", body.getFunctions(), checks.limits.functions_max);
  command.labels = names_of(checks, "labels", body.getLabels(), checks.limits.functions_max);
  checks.refuse_unless(command.gone_after <= checks.limits.lease_max, "goneAfterMs",
                       "0.." + std::to_string(checks.limits.lease_max.count()));
  checks.range("leastPriority", command.least_priority, 0, checks.limits.priority_max);
  const FieldPath about("about");
  checks.text(about.field("host"), command.about.host, jobq::limits::kAboutBytesMax);
  checks.text(about.field("version"), command.about.version, jobq::limits::kAboutBytesMax);
  checks.range(about.field("threads"), command.about.threads, 0, checks.limits.items_max);
  return command;
}

Command renew(Checks& checks, protocol::Renew::Reader body) {
  checks.refuse_unless(body.getLeases().size() > 0 || body.getWorker().size() > 0, "leases",
                       "must hold at least one, or worker must be given");
  checks.count("leases", body.getLeases().size(), checks.limits.items_max);
  auto command = taken<Renew>(checks, body);
  if (checks.wrong()) {
    return command;
  }
  for (const auto lease : body.getLeases()) {  // without tokens, which a renewal does not need
    command.leases.push_back(
        {std::string(jobq::wire::view(lease.getJob())), lease.getAttempt(), {}});
  }
  checks.lease("leaseMs", command.lease);
  checks.optional_name("worker", command.worker);
  checks.wait(command.wait);
  const bool has_worker = !command.worker.empty();
  checks.refuse_unless(has_worker || command.wait == Span::zero(), "waitMs",
                       "must be 0 without a worker");
  checks.refuse_unless(has_worker || command.seen == 0, "seen", "must be 0 without a worker");
  return command;
}

Command update(Checks& checks, protocol::Update::Reader body) {
  const auto outcomes = body.getOutcomes();
  checks.items("outcomes", outcomes.size());
  checks.refuse_unless(checks.route.operation != Operation::kUpdateOne || outcomes.size() == 1,
                       "outcomes", "must be one, since the path names one job");
  return Update{
      .datasource = std::string(checks.route.datasource),
      .outcomes = items_of<Outcome, protocol::Outcome>(checks, "outcomes", outcomes, outcome)};
}

Command peek(Checks& checks, protocol::Peek::Reader body) {
  Peek command{.datasource = std::string(checks.route.datasource), .functions = {}};
  command.functions =
      names_of(checks, "functions", body.getFunctions(), checks.limits.functions_max);
  return command;
}

Command requests_since(Checks& checks, protocol::ListQuery::Reader body) {
  auto command = taken<ReadRequests>(checks, body);
  if (checks.route.since_is_time) {
    command.since = Time(Span(checks.route.since));
  } else {
    command.cursor = checks.route.since;
  }
  checks.optional_name("client", command.client);
  checks.limit(command.limit);
  checks.optional_name("function", command.function);
  checks.optional_name("tag", command.tag);
  return command;
}

}  // namespace store
