#include "body_reader.h"

namespace store {
BodyReader::Result BodyReader::accept(protocol::Accept::Reader body) const {
  Accept command{.datasource = std::string(route_.datasource),
                 .worker = {},
                 .request_number = body.getRequestNumber(),
                 .max = body.getMax() == 0 ? 1 : body.getMax(),
                 .functions = {}};
  if (auto wrong = take_worker("", body.getWorker(), command.request_number, command.worker)) {
    return *std::move(wrong);
  }
  if (auto wrong = check_range("max", command.max, 1, limits_.items_max)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_lease("leaseMs", body.getLeaseMs(), command.lease)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_wait(body.getWaitMs(), command.wait)) {
    return *std::move(wrong);
  }
  if (auto wrong =
          take_names("functions", body.getFunctions(), limits_.functions_max, command.functions)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::renew(protocol::Renew::Reader body) const {
  Renew command{.datasource = std::string(route_.datasource),
                .leases = {},
                .worker = {},
                .seen = body.getSeen()};
  const auto leases = body.getLeases();
  if (leases.size() == 0 && body.getWorker().size() == 0) {
    return bad("leases", "must hold at least one, or worker must be given");
  }
  if (auto wrong = check_count("leases", leases.size(), limits_.items_max)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_lease("leaseMs", body.getLeaseMs(), command.lease)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name("worker", body.getWorker(), command.worker)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_wait(body.getWaitMs(), command.wait)) {
    return *std::move(wrong);
  }
  if (command.worker.empty() && command.wait != Span::zero()) {
    return bad("waitMs", "must be 0 without a worker");
  }
  if (command.worker.empty() && command.seen != 0) {
    return bad("seen", "must be 0 without a worker");
  }
  command.leases.reserve(leases.size());
  for (const auto lease : leases) {
    command.leases.push_back({std::string(text_of(lease.getJob())), lease.getAttempt(), {}});
  }
  return command;
}

BodyReader::Result BodyReader::update(protocol::Update::Reader body) const {
  const auto outcomes = body.getOutcomes();
  if (outcomes.size() == 0) {
    return bad("outcomes", "must hold at least one");
  }
  if (auto wrong = check_count("outcomes", outcomes.size(), limits_.items_max)) {
    return *std::move(wrong);
  }
  if (route_.operation == Operation::kUpdateOne && outcomes.size() != 1) {
    return bad("outcomes", "must be one, since the path names one job");
  }
  Update command{.datasource = std::string(route_.datasource), .outcomes = {}};
  command.outcomes.reserve(outcomes.size());
  const Place place("outcomes");
  for (unsigned i = 0; i < outcomes.size(); ++i) {
    command.outcomes.push_back(outcome(place.item(i), outcomes[i]));
  }
  return command;
}

Item<Outcome> BodyReader::outcome(const Place& at, protocol::Outcome::Reader said) const {
  Outcome outcome{
      .lease = {std::string(text_of(said.getLease().getJob())), said.getLease().getAttempt(), {}},
      .word = {}};
  if (auto wrong = take_text(at.field("lease").field("token"), said.getLease().getToken(),
                             limits_.lease_token_bytes_max, outcome.lease.token)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_job_of_path(at.field("lease").field("job"), outcome.lease.job)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_word(at, said, outcome)) {
    return *std::move(wrong);
  }
  return outcome;
}

std::optional<Refused> BodyReader::take_word(const Place& at, protocol::Outcome::Reader said,
                                             Outcome& outcome) const {
  auto& word = outcome.word;
  switch (said.which()) {
    case protocol::Outcome::COMPLETE:
      return take_json(at.field("complete"), said.getComplete(), limits_.response_bytes_max,
                       word.emplace<Completed>().response);
    case protocol::Outcome::FAIL:
      return take_failure(at.field("fail"), said.getFail(), word.emplace<Failed>().failure);
    case protocol::Outcome::RETRY:
      return take_retry(at.field("retry"), said.getRetry(), word.emplace<Retry>());
    case protocol::Outcome::RELEASE:
      return take_release(at.field("release"), said.getRelease(), word.emplace<Release>());
    case protocol::Outcome::FORBID:
      return take_failure(at.field("forbid"), said.getForbid(), word.emplace<Forbidden>().failure);
    case protocol::Outcome::CANCELLED: word.emplace<AckCancel>(); return std::nullopt;
    case protocol::Outcome::PROGRESS:
      return take_progress(at.field("progress"), said.getProgress(), word.emplace<Progress>());
    case protocol::Outcome::LOG:
      return take_log(at.field("log"), said.getLog(), word.emplace<WriteLog>());
    case protocol::Outcome::ACCEPTED:
      return take_accept_one(at.field("accepted"), said.getAccepted(), word.emplace<AcceptOne>());
  }
  return bad(at, "is of a kind that this store does not know");
}

std::optional<Refused> BodyReader::take_retry(const Place& at, protocol::Retry::Reader said,
                                              Retry& retry) const {
  if (auto wrong = take_failure(at.field("error"), said.getError(), retry.failure)) {
    return wrong;
  }
  return take_span(at.field("delayMs"), said.getDelayMs(), limits_.span_max, retry.delay);
}

std::optional<Refused> BodyReader::take_release(const Place& at, protocol::Release::Reader said,
                                                Release& release) const {
  if (auto wrong =
          take_span(at.field("delayMs"), said.getDelayMs(), limits_.span_max, release.delay)) {
    return wrong;
  }
  return take_text(at.field("message"), said.getMessage(), limits_.error_message_bytes_max,
                   release.message);
}

std::optional<Refused> BodyReader::take_progress(const Place& at, protocol::Progress::Reader said,
                                                 Progress& progress) const {
  // Said this way round, it refuses what is no number too.
  if (!(said.getValue() >= 0 && said.getValue() <= 1)) {
    return bad(at.field("value"), "0..1");
  }
  progress.value = static_cast<float>(said.getValue());
  return take_text(at.field("message"), said.getMessage(), limits_.progress_message_bytes_max,
                   progress.message);
}

std::optional<Refused> BodyReader::take_log(const Place& at, protocol::LogLines::Reader said,
                                            WriteLog& log) const {
  const auto lines = said.getLines();
  const Place place = at.field("lines");
  if (lines.size() == 0) {
    return bad(place, "must hold at least one");
  }
  if (auto wrong = check_count(place, lines.size(), limits_.items_max)) {
    return wrong;
  }
  log.lines.resize(lines.size());
  for (unsigned i = 0; i < lines.size(); ++i) {
    const Place line = place.item(i);
    const auto level = static_cast<unsigned>(lines[i].getLevel());
    if (level >= kLogLevelCount) {
      return bad(line.field("level"), "is none that exists");
    }
    log.lines[i].level = static_cast<LogLevel>(level);
    std::string& text = log.lines[i].text;
    if (auto wrong =
            take_text(line.field("text"), lines[i].getText(), limits_.log_text_bytes_max, text)) {
      return wrong;
    }
    if (text.empty()) {
      return bad(line.field("text"), "must not be empty");
    }
    if (text.find('\0') != std::string::npos) {
      return bad(line.field("text"), "may hold no NUL");
    }
  }
  // So that the last line has a number too.
  log.first = said.getFirst();
  return check_range(at.field("first"), log.first, 0, UINT32_MAX - lines.size() + 1);
}

std::optional<Refused> BodyReader::take_accept_one(const Place& at,
                                                   protocol::AcceptOne::Reader said,
                                                   AcceptOne& accept) const {
  accept.request_number = said.getRequestNumber();
  if (auto wrong = take_worker(at, said.getWorker(), accept.request_number, accept.worker)) {
    return wrong;
  }
  return take_lease(at.field("leaseMs"), said.getLeaseMs(), accept.lease);
}

BodyReader::Result BodyReader::peek(protocol::Peek::Reader body) const {
  Peek command{.datasource = std::string(route_.datasource), .functions = {}};
  if (auto wrong =
          take_names("functions", body.getFunctions(), limits_.functions_max, command.functions)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::read_requests_since(protocol::ListQuery::Reader body) const {
  ReadRequests command{.datasource = std::string(route_.datasource),
                       .since = {},
                       .client = {},
                       .function = {},
                       .tag = {}};
  if (route_.since_is_time) {
    command.since = Time(Span(route_.since));
  } else {
    command.cursor = route_.since;
  }
  if (auto wrong = take_name("client", body.getClient(), command.client)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name("function", body.getFunction(), command.function)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name("tag", body.getTag(), command.tag)) {
    return *std::move(wrong);
  }
  return command;
}

}  // namespace store
