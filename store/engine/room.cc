#include "room.h"

#include <algorithm>

namespace store {
namespace {

std::string limit(const char* name, std::size_t value) {
  return std::string(name) + " = " + std::to_string(value);
}

Refused too_many_wait(const char* name, std::size_t max, const char* whose) {
  return {Code::kTooMany,
          "waitMs: " + limit(name, max) + " requests" + whose +
              " are waiting already; ask again without",
          std::chrono::seconds(1)};
}

}  // namespace

Refused too_many_datasources(const Limits& limits) {
  return {Code::kFull,
          "the store holds " + limit("datasourcesMax", limits.datasources_max) + " datasources"};
}

std::optional<Refused> no_room_to_wait(const Context& context) {
  const std::size_t max = context.limits.waiters_max;
  return context.waiters.size() < max ? std::nullopt
                                      : std::optional(too_many_wait("waitersMax", max, ""));
}

std::optional<Refused> no_room_to_wait(const Context& context, const std::string& client) {
  const std::size_t max = context.limits.waiters_per_client_max;
  auto refused = no_room_to_wait(context);
  return refused || context.waiters.count_of_client(client) < max
             ? refused
             : too_many_wait("waitersPerClientMax", max, " of this client");
}

std::optional<Refused> no_room_for_job(const Context& context, const Datasource* datasource,
                                       const std::string& client) {
  constexpr Span kRetryAfterMin = std::chrono::milliseconds(100);
  constexpr Span kRetryAfterMax = std::chrono::minutes(1);
  const Limits& limits = context.limits;
  if (context.state.jobs.live_count() >= limits.jobs_live_max) {
    return Refused{Code::kFull, "the store holds " + limit("jobsLiveMax", limits.jobs_live_max) +
                                    " jobs that are not finished"};
  }
  if (datasource == nullptr) {
    return std::nullopt;
  }
  if (datasource->is_draining()) {
    return Refused{Code::kUnavailable, "datasource: is draining and takes no new jobs"};
  }
  const auto too_many = [&](const char* whose, const char* name, std::size_t max) {
    return Refused{Code::kTooMany, whose + limit(name, max) + " jobs are waiting",
                   std::clamp(datasource->accept_interval, kRetryAfterMin, kRetryAfterMax)};
  };
  const DatasourceConfig& config = datasource->config;
  const std::size_t waiting_max = first_set(config.waiting_max, limits.defaults.waiting_max);
  if (waiting_max != 0 && datasource->waiting >= waiting_max) {
    return too_many("datasource: ", "waitingMax", waiting_max);
  }
  const std::size_t of_client_max =
      first_set(config.waiting_per_client_max, limits.defaults.waiting_per_client_max);
  const ClientJobs* of_client =
      of_client_max == 0 ? nullptr : context.state.jobs_of_client(*datasource, client);
  if (of_client != nullptr && of_client->waiting >= of_client_max) {
    return too_many("client: ", "waitingPerClientMax", of_client_max);
  }
  return std::nullopt;
}

}  // namespace store
