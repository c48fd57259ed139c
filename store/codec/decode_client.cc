#include <algorithm>

#include "decode.h"

namespace store {
namespace {

using jobq::wire::view;

NewJob new_job(Checks& checks, const FieldPath& at, protocol::NewJob::Reader body) {
  auto job = taken<NewJob>(checks, body);
  checks.job_id(at.field("job"), job.job);
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
  return job;
}

// Which job is meant, and of which client it has to be.
template <typename T, typename Body>
T about_job(Checks& checks, Body body) {
  auto command = taken<T>(checks, body);
  checks.job_of_path("job", command.job);
  if (checks.route.access == Access::kClient) {
    checks.client("client", command.client.emplace(view(body.getClient())));
  }
  return command;
}

// A client's events, a job's, or, for drivers, all of the datasource.
template <typename T>
void check_scope(Checks& checks, capnp::Text::Reader client, T& command) {
  if (!checks.route.job.empty() || !command.job.empty()) {
    checks.job_of_path("job", command.job);
  }
  if (checks.route.access == Access::kClient || client.size() > 0) {
    checks.client("client", command.client.emplace(view(client)));
  }
}

ListJobs list_of(Checks& checks, protocol::ListQuery::Reader body) {
  auto command = taken<ListJobs>(checks, body);
  if (checks.route.access == Access::kClient || body.getClient().size() > 0) {
    checks.client("client", command.client.emplace(view(body.getClient())));
  }
  checks.limit(command.limit);
  constexpr std::uint8_t kAny = 0xff;
  const std::uint8_t statuses = statuses_of(checks, body.getStatuses(), kAny);
  command.statuses = statuses == 0 ? kAny : statuses;
  checks.optional_name("function", command.function);
  checks.optional_name("tag", command.tag);
  checks.text("text", command.text, checks.limits.search_text_bytes_max);
  return command;
}

}  // namespace

Command submit(Checks& checks, protocol::Submit::Reader body) {
  const auto jobs = body.getJobs();
  checks.items("jobs", jobs.size());
  Submit command{.datasource = std::string(checks.route.datasource),
                 .jobs = {},
                 .no_tickets = body.getNoTickets()};
  if (checks.wrong()) {
    return command;
  }
  command.jobs.reserve(jobs.size());
  const FieldPath place("jobs");
  for (unsigned i = 0; i < jobs.size(); ++i) {
    command.jobs.push_back(checked(checks, new_job(checks, place.item(i), jobs[i])));
  }
  return command;
}

Command get_job(Checks& checks, protocol::JobQuery::Reader body) {
  auto command = about_job<GetJob>(checks, body);
  checks.wait(command.wait);
  return command;
}

Command cancel(Checks& checks, protocol::JobQuery::Reader body) {
  return about_job<Cancel>(checks, body);
}

Command explain(Checks& checks, protocol::JobQuery::Reader body) {
  return about_job<Explain>(checks, body);
}

Command read_log(Checks& checks, protocol::LogQuery::Reader body) {
  auto command = about_job<ReadLog>(checks, body);
  checks.limit(command.limit);
  return command;
}

Command subscribe(Checks& checks, protocol::Subscribe::Reader body) {
  auto command = taken<Subscribe>(checks, body);
  check_scope(checks, body.getClient(), command);
  checks.limit(command.limit);
  return command;
}

Command read_events(Checks& checks, protocol::EventQuery::Reader body) {
  auto command = taken<ReadEvents>(checks, body);
  check_scope(checks, body.getClient(), command);
  checks.limit(command.limit);
  checks.wait(command.wait);
  return command;
}

Command list(Checks& checks, protocol::ListQuery::Reader body) { return list_of(checks, body); }

Command count(Checks& checks, protocol::ListQuery::Reader body) {
  return CountJobs{list_of(checks, body)};
}

std::vector<std::string> names_of(Checks& checks, const FieldPath& field,
                                  capnp::List<capnp::Text>::Reader list, std::size_t count_max) {
  checks.count(field, list.size(), count_max);
  std::vector<std::string> names;
  for (unsigned i = 0; i < list.size() && !checks.wrong(); ++i) {
    checks.name(field.item(i), names.emplace_back(view(list[i])));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::uint8_t statuses_of(Checks& checks, capnp::List<protocol::Status>::Reader statuses,
                         std::uint8_t allowed) {
  std::uint8_t bits = 0;
  for (const protocol::Status word : statuses) {
    const auto status = static_cast<unsigned>(word);
    if (status >= kCountOf<Status>) {
      checks.refuse("statuses", "holds a status that does not exist");
      return bits;
    }
    const auto bit = static_cast<std::uint8_t>(1u << status);
    if ((allowed & bit) == 0) {
      checks.refuse("statuses",
                    "may not hold " + std::string(to_string(static_cast<Status>(status))));
    }
    bits = static_cast<std::uint8_t>(bits | bit);
  }
  return bits;
}

}  // namespace store
