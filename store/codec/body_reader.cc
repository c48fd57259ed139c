#include "body_reader.h"

namespace store {
BodyReader::Result BodyReader::submit(protocol::Submit::Reader body) const {
  const auto jobs = body.getJobs();
  if (jobs.size() == 0) {
    return bad("jobs", "must hold at least one");
  }
  if (auto wrong = check_count("jobs", jobs.size(), limits_.items_max)) {
    return *std::move(wrong);
  }
  Submit command{
      .datasource = std::string(route_.datasource), .jobs = {}, .no_tickets = body.getNoTickets()};
  command.jobs.reserve(jobs.size());
  const Place place("jobs");
  for (unsigned i = 0; i < jobs.size(); ++i) {
    command.jobs.push_back(new_job(place.item(i), jobs[i]));
  }
  return command;
}

Item<NewJob> BodyReader::new_job(const Place& at, protocol::NewJob::Reader said) const {
  NewJob job{.id = std::string(text_of(said.getJob())),
             .client = {},
             .function = {},
             .request = {},
             .trace = {},
             .tags = {},
             .priority = said.getPriority(),
             .terms = {}};
  if (const auto wrong = wrong_with_job_id(job.id, limits_.id_bytes_max); !wrong.empty()) {
    return bad(at.field("job"), wrong);
  }
  if (auto wrong = take_client(at.field("client"), said.getClient(), job.client)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_json(at.field("request"), said.getRequest(), limits_.request_bytes_max,
                             job.request)) {
    return *std::move(wrong);
  }
  if (auto wrong = check_range(at.field("priority"), job.priority, 0, limits_.priority_max)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_span(at.field("keepForMs"), said.getKeepForMs(), limits_.span_max,
                             job.terms.keep_for)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name(at.field("function"), said.getFunction(), job.function)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_start(at, said, job)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_terms(at, said, job.terms)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_names(at.field("tags"), said.getTags(), limits_.tags_max, job.tags)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_trace(at.field("trace"), said.getTrace(), job.trace)) {
    return *std::move(wrong);
  }
  return job;
}

// When the first worker may have it.
std::optional<Refused> BodyReader::take_start(const Place& at, protocol::NewJob::Reader said,
                                              NewJob& job) const {
  Span not_before{};
  if (auto wrong = take_span(at.field("notBefore"), said.getNotBefore(),
                             limits_.not_before_max.time_since_epoch(), not_before)) {
    return wrong;
  }
  job.not_before = Time(not_before);
  if (auto wrong =
          take_span(at.field("delayMs"), said.getDelayMs(), limits_.delay_max, job.delay)) {
    return wrong;
  }
  if (job.not_before != Time() && job.delay != Span::zero()) {
    return bad(at.field("delayMs"), "must be 0, since notBefore is given");
  }
  return std::nullopt;
}

BodyReader::Result BodyReader::get_job(protocol::JobQuery::Reader body) const {
  GetJob command{.datasource = std::string(route_.datasource),
                 .job = std::string(text_of(body.getJob())),
                 .client = {},
                 .seen = body.getSeen(),
                 .until_final = body.getUntilFinal(),
                 .with_attempts = body.getWithAttempts(),
                 .with_request = body.getWithRequest()};
  if (auto wrong = take_whose_job(body.getClient(), command)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_wait(body.getWaitMs(), command.wait)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::cancel(protocol::JobQuery::Reader body) const {
  Cancel command{.datasource = std::string(route_.datasource),
                 .job = std::string(text_of(body.getJob())),
                 .client = {}};
  if (auto wrong = take_whose_job(body.getClient(), command)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::explain(protocol::JobQuery::Reader body) const {
  Explain command{.datasource = std::string(route_.datasource),
                  .job = std::string(text_of(body.getJob())),
                  .client = {}};
  if (auto wrong = take_whose_job(body.getClient(), command)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::read_log(protocol::LogQuery::Reader body) const {
  ReadLog command{.datasource = std::string(route_.datasource),
                  .job = {},
                  .client = {},
                  .after = body.getAfter()};
  if (auto wrong = take_whose_job(body.getClient(), command)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  return command;
}

// Which job is meant, and of which client it has to be.
template <typename JobCommand>
std::optional<Refused> BodyReader::take_whose_job(capnp::Text::Reader client,
                                                  JobCommand& command) const {
  if (auto wrong = take_job_of_path("job", command.job)) {
    return wrong;
  }
  if (route_.access != Access::kClient) {
    return std::nullopt;
  }
  return take_client("client", client, command.client.emplace());
}

BodyReader::Result BodyReader::subscribe(protocol::Subscribe::Reader body) const {
  Subscribe command{.datasource = std::string(route_.datasource),
                    .job = std::string(text_of(body.getJob())),
                    .client = {},
                    .no_snapshot = body.getNoSnapshot()};
  if (auto wrong = take_scope(body.getClient(), command)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  return command;
}

BodyReader::Result BodyReader::read_events(protocol::EventQuery::Reader body) const {
  ReadEvents command{.datasource = std::string(route_.datasource),
                     .job = std::string(text_of(body.getJob())),
                     .client = {},
                     .after = body.getAfter(),
                     .is_repair = body.getIsRepair()};
  if (auto wrong = take_scope(body.getClient(), command)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_wait(body.getWaitMs(), command.wait)) {
    return *std::move(wrong);
  }
  return command;
}

// A client's, a job's, or, for drivers, all of the datasource.
template <typename EventCommand>
std::optional<Refused> BodyReader::take_scope(capnp::Text::Reader client,
                                              EventCommand& command) const {
  if (!route_.job.empty() || !command.job.empty()) {
    if (auto wrong = take_job_of_path("job", command.job)) {
      return wrong;
    }
  }
  if (route_.access != Access::kClient && client.size() == 0) {
    return std::nullopt;
  }
  return take_client("client", client, command.client.emplace());
}

BodyReader::Result BodyReader::list(protocol::ListQuery::Reader body) const {
  ListJobs command{.datasource = std::string(route_.datasource),
                   .client = {},
                   .cursor = body.getCursor(),
                   .function = {},
                   .tag = {},
                   .text = {}};
  if (route_.access == Access::kClient || body.getClient().size() > 0) {
    if (auto wrong = take_client("client", body.getClient(), command.client.emplace())) {
      return *std::move(wrong);
    }
  }
  if (auto wrong = take_limit(body.getLimit(), command.limit)) {
    return *std::move(wrong);
  }
  constexpr std::uint8_t kAny = 0xff;
  if (auto wrong = take_statuses(body.getStatuses(), kAny, command.statuses)) {
    return *std::move(wrong);
  }
  if (command.statuses == 0) {
    command.statuses = kAny;
  }
  if (auto wrong = take_name("function", body.getFunction(), command.function)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_name("tag", body.getTag(), command.tag)) {
    return *std::move(wrong);
  }
  if (auto wrong = take_text("text", body.getText(), limits_.search_text_bytes_max, command.text)) {
    return *std::move(wrong);
  }
  return command;
}

}  // namespace store
