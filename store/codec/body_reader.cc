#include "body_reader.h"

#include <simdjson.h>

#include "refusals.h"

namespace store {
namespace {

std::string_view text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

bool fits_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace

BodyReader::Result BodyReader::submit(protocol::Submit::Reader body) const {
  const auto jobs = body.getJobs();
  if (auto refused = check_count("jobs", jobs.size())) {
    return *refused;
  }
  Submit command{.datasource = std::string(route_.datasource), .jobs = {}};
  command.jobs.reserve(jobs.size());
  for (unsigned i = 0; i < jobs.size(); ++i) {
    command.jobs.push_back(new_job("jobs[" + std::to_string(i) + "].", jobs[i]));
  }
  return command;
}

BodyReader::Result BodyReader::get_job(protocol::JobQuery::Reader body) const {
  GetJob command{.datasource = std::string(route_.datasource),
                 .job = std::string(text_of(body.getJob())),
                 .client = {},
                 .wait = Span(body.getWaitMs()),
                 .seen = body.getSeen(),
                 .until_final = body.getUntilFinal()};
  if (auto refused = take_job_of_path("job", command.job)) {
    return *refused;
  }
  if (route_.access == Access::kClient) {
    command.client.emplace();
    if (auto refused = take_client("client", body.getClient(), *command.client)) {
      return *refused;
    }
  }
  if (auto refused = check_wait(command.wait)) {
    return *refused;
  }
  return command;
}

BodyReader::Result BodyReader::list(protocol::ListQuery::Reader body) const {
  ListJobs command{.datasource = std::string(route_.datasource),
                   .client = {},
                   .cursor = body.getCursor(),
                   .limit = body.getLimit()};
  if (route_.access == Access::kClient || body.getClient().size() > 0) {
    command.client.emplace();
    if (auto refused = take_client("client", body.getClient(), *command.client)) {
      return *refused;
    }
  }
  if (command.limit > limits_.list_limit_max) {
    return bad("limit", "1.." + std::to_string(limits_.list_limit_max) + ", or 0 for " +
                            std::to_string(limits_.list_limit_default));
  }
  if (command.limit == 0) {
    command.limit = limits_.list_limit_default;
  }
  for (const protocol::Status status : body.getStatuses()) {
    if (static_cast<unsigned>(status) >= kStatusCount) {
      return bad("statuses", "holds a status that does not exist");
    }
    command.statuses |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(status));
  }
  if (command.statuses == 0) {
    command.statuses = 0xff;
  }
  return command;
}

BodyReader::Result BodyReader::accept(protocol::Accept::Reader body) const {
  Accept command{.datasource = std::string(route_.datasource),
                 .worker = std::string(text_of(body.getWorker())),
                 .request_number = body.getRequestNumber(),
                 .max = body.getMax() == 0 ? 1 : body.getMax(),
                 .lease = {},
                 .wait = Span(body.getWaitMs())};
  if (const auto wrong = wrong_with_name(command.worker, limits_.id_bytes_max); !wrong.empty()) {
    return bad("worker", wrong);
  }
  if (command.request_number == 0) {
    return bad("requestNumber", "must be 1 or more");
  }
  if (command.max > limits_.items_max) {
    return bad("max", "1.." + std::to_string(limits_.items_max));
  }
  if (auto refused = take_lease(body.getLeaseMs(), command.lease)) {
    return *refused;
  }
  if (auto refused = check_wait(command.wait)) {
    return *refused;
  }
  return command;
}

BodyReader::Result BodyReader::renew(protocol::Renew::Reader body) const {
  const auto leases = body.getLeases();
  if (auto refused = check_count("leases", leases.size())) {
    return *refused;
  }
  Renew command{.datasource = std::string(route_.datasource), .leases = {}, .lease = {}};
  if (auto refused = take_lease(body.getLeaseMs(), command.lease)) {
    return *refused;
  }
  for (const auto lease : leases) {
    command.leases.push_back({std::string(text_of(lease.getJob())), lease.getAttempt()});
  }
  return command;
}

BodyReader::Result BodyReader::update(protocol::Update::Reader body) const {
  const auto outcomes = body.getOutcomes();
  if (auto refused = check_count("outcomes", outcomes.size())) {
    return *refused;
  }
  if (route_.operation == Operation::kUpdateOne && outcomes.size() != 1) {
    return bad("outcomes", "must be one, since the path names one job");
  }
  Update command{.datasource = std::string(route_.datasource), .outcomes = {}};
  command.outcomes.reserve(outcomes.size());
  for (unsigned i = 0; i < outcomes.size(); ++i) {
    command.outcomes.push_back(outcome("outcomes[" + std::to_string(i) + "].", outcomes[i]));
  }
  return command;
}

Item<Submitted> BodyReader::new_job(const std::string& at, protocol::NewJob::Reader job) const {
  Submitted submitted{.id = std::string(text_of(job.getJob())),
                      .client = {},
                      .request = {},
                      .priority = job.getPriority(),
                      .keep_for = Span(job.getKeepForMs())};
  if (const auto wrong = wrong_with_job_id(submitted.id, limits_.id_bytes_max); !wrong.empty()) {
    return bad(at + "job", wrong);
  }
  if (auto refused = take_client(at + "client", job.getClient(), submitted.client)) {
    return *refused;
  }
  if (auto refused = take_json(at + "request", job.getRequest(), limits_.request_bytes_max,
                               submitted.request)) {
    return *refused;
  }
  if (submitted.priority > limits_.priority_max) {
    return bad(at + "priority", "1.." + std::to_string(limits_.priority_max) + ", or 0 for " +
                                    std::to_string(limits_.priority_default));
  }
  if (submitted.priority == 0) {
    submitted.priority = limits_.priority_default;
  }
  if (job.getKeepForMs() > static_cast<std::uint64_t>(limits_.keep_for_max.count())) {
    return bad(at + "keepForMs", "at most " + std::to_string(limits_.keep_for_max.count()));
  }
  if (submitted.keep_for == Span::zero()) {
    submitted.keep_for = limits_.keep_for_default;
  }
  return submitted;
}

Item<Outcome> BodyReader::outcome(const std::string& at, protocol::Outcome::Reader reader) const {
  Outcome outcome{
      .lease = {std::string(text_of(reader.getLease().getJob())), reader.getLease().getAttempt()},
      .word = {}};
  if (auto refused = take_job_of_path(at + "lease.job", outcome.lease.job)) {
    return *refused;
  }
  switch (reader.which()) {
    case protocol::Outcome::COMPLETE: {
      Completed completed;
      if (auto refused = take_json(at + "complete", reader.getComplete(),
                                   limits_.response_bytes_max, completed.response)) {
        return *refused;
      }
      outcome.word = std::move(completed);
      return outcome;
    }
    case protocol::Outcome::FAIL: {
      Failed failed;
      if (auto refused = take_failure(at + "fail.", reader.getFail(), failed.failure)) {
        return *refused;
      }
      outcome.word = std::move(failed);
      return outcome;
    }
  }
  return bad(at, "is of a kind that this store does not know");
}

std::optional<Refused> BodyReader::take_failure(const std::string& at,
                                                protocol::JobError::Reader error,
                                                Failure& failure) const {
  struct Field {
    const char* name;
    capnp::Text::Reader text;
    std::size_t bytes_max;
    std::string& target;
  };
  for (const Field& field :
       {Field{"code", error.getCode(), limits_.error_code_bytes_max, failure.code},
        Field{"message", error.getMessage(), limits_.error_message_bytes_max, failure.message},
        Field{"detail", error.getDetail(), limits_.error_detail_bytes_max, failure.detail}}) {
    if (field.text.size() > field.bytes_max) {
      return too_large(at + field.name, field.text.size(), field.bytes_max);
    }
    if (!fits_utf8(text_of(field.text))) {
      return bad(at + field.name, "is not UTF-8");
    }
    field.target = text_of(field.text);
  }
  if (failure.code.empty()) {
    return bad(at + "code", "must not be empty");
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_json(const std::string& field, capnp::Text::Reader text,
                                             std::size_t bytes_max, std::string& target) const {
  if (text.size() > bytes_max) {
    return too_large(field, text.size(), bytes_max);
  }
  if (!is_json_(text_of(text))) {
    return bad(field, "is not JSON");
  }
  target = text_of(text);
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_client(const std::string& field, capnp::Text::Reader said,
                                               std::string& target) const {
  target = pinned_client_.empty() ? std::string(text_of(said)) : pinned_client_;
  const auto wrong = wrong_with_name(target, limits_.id_bytes_max);
  return wrong.empty() ? std::nullopt : std::optional(bad(field, wrong));
}

std::optional<Refused> BodyReader::take_job_of_path(const std::string& field,
                                                    std::string& job) const {
  if (job.empty()) {
    job = route_.job;
  } else if (!route_.job.empty() && job != route_.job) {
    return bad(field, "is not the job of the path");
  }
  const auto wrong = wrong_with_job_id(job, limits_.id_bytes_max);
  return wrong.empty() ? std::nullopt : std::optional(bad(field, wrong));
}

std::optional<Refused> BodyReader::take_lease(std::uint32_t lease_ms, Span& target) const {
  target = lease_ms == 0 ? limits_.lease_default : Span(lease_ms);
  if (target < limits_.lease_min || target > limits_.lease_max) {
    return bad("leaseMs", std::to_string(limits_.lease_min.count()) + ".." +
                              std::to_string(limits_.lease_max.count()));
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::check_wait(Span wait) const {
  if (wait > limits_.wait_max) {
    return bad("waitMs", "0.." + std::to_string(limits_.wait_max.count()));
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::check_count(const std::string& field, std::size_t count) const {
  if (count == 0) {
    return bad(field, "must hold at least one");
  }
  if (count > limits_.items_max) {
    return Refused{Code::kTooLarge, field + ": " + std::to_string(count) + ", at most " +
                                        std::to_string(limits_.items_max)};
  }
  return std::nullopt;
}

}  // namespace store
