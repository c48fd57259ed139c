#include <algorithm>

#include "decode.h"

namespace store {
namespace {

using jobq::wire::view;

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

}  // namespace

ListJobs list_of(Checks& checks, protocol::ListQuery::Reader body) {
  auto command = taken<ListJobs>(checks, body);
  if (checks.route.access == Access::kClient || body.getClient().size() > 0) {
    checks.client("client", command.client.emplace(view(body.getClient())));
  }
  checks.limit(command.limit);
  constexpr std::uint8_t kAny = 0xff;
  const std::uint8_t statuses = statuses_of(checks, body.getStatuses(), kAny);
  command.statuses = statuses == 0 ? kAny : statuses;
  checks.optional_pattern("function", command.function);
  checks.optional_pattern("tag", command.tag);
  checks.text("text", command.text, checks.limits.search_text_bytes_max);
  checks.optional_name("key", command.turn_key);
  checks.optional_name("unique", command.unique);
  checks.optional_name("group", command.group);
  jobq::each_field(command.times, [&](const Time& time, const auto& access) {
    checks.time(jobq::schema_name(access.name).c_str(), time);
  });
  checks.refuse_unless(static_cast<std::size_t>(body.getOrder()) < kCountOf<jobq::ListOrder>,
                       "order", "is none that exists");
  const bool is_by_value = jobq::is_by_value(command.order);
  checks.refuse_unless(is_by_value || !command.behind, "behind", "is of orders by a value alone");
  checks.refuse_unless(is_by_value || !command.ahead_of, "aheadOf",
                       "is of orders by a value alone");
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
  CountJobs command{list_of(checks, body)};
  command.list.order = jobq::ListOrder::kSubmitted;
  command.list.behind = command.list.ahead_of = std::nullopt;
  return command;
}

Command export_jobs(Checks& checks, protocol::ListQuery::Reader body) {
  ListJobs command = list_of(checks, body);
  checks.refuse_unless(command.text.empty(), "text", "is no filter of an export");
  checks.refuse_unless(command.order == jobq::ListOrder::kSubmitted, "order",
                       "must be submitted in an export");
  command.is_export = true;
  return command;
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

namespace {

// The schedule of the path; a client's, or any.
template <typename T>
T about_schedule(Checks& checks, protocol::ScheduleQuery::Reader body) {
  T command;
  command.datasource = checks.route.datasource;
  if constexpr (requires { command.name; }) {
    command.name = checks.route.job;
  }
  if (checks.route.access == Access::kClient) {
    checks.client("client", command.client.emplace(view(body.getClient())));
  }
  return command;
}

}  // namespace

Command get_schedule(Checks& checks, protocol::ScheduleQuery::Reader body) {
  auto command = about_schedule<GetSchedule>(checks, body);
  command.times = body.getTimes();
  checks.range("times", command.times, 0, checks.limits.schedule_times_max);
  return command;
}

Command list_schedules(Checks& checks, protocol::ScheduleQuery::Reader body) {
  auto command = about_schedule<ListSchedules>(checks, body);
  command.after = view(body.getAfter());
  command.limit = body.getLimit();
  checks.optional_name("after", command.after);
  checks.limit(command.limit);
  return command;
}

Command change_schedule(Checks& checks, protocol::ScheduleQuery::Reader body,
                        ChangeSchedule::How how) {
  auto command = about_schedule<ChangeSchedule>(checks, body);
  command.how = how;
  if (how == ChangeSchedule::How::kRun) {
    command.job = view(body.getJob());
    checks.job_id("job", command.job);
  }
  return command;
}

}  // namespace store
