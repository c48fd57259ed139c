// Submits what follows the jobs that have ended in this turn, as whoever submitted those.
#include <nlohmann/json.hpp>

#include "apply.h"
#include "field_tables.h"
#include "flows.h"
#include "raw_json.h"

namespace store {
namespace {

// What a follow-up is asked that says nothing itself. The response is left out where it would not
// fit.
std::string told_of(const Context& context, const Job& job, const FollowUps::End& end) {
  jobq::Json told = {{"datasource", context.state.datasource(job.key.datasource).name},
                     {"job", job.id},
                     {"status", to_string(job.status)}};
  if (const std::string_view function = context.state.names.function_of(job); !function.empty()) {
    told["function"] = function;
  }
  if (!jobq::says_nothing(end.error)) {
    told["error"] = {{"code", end.error.code}, {"message", end.error.message}};
    if (!end.error.detail.empty()) {
      told["error"]["detail"] = end.error.detail;
    }
  }
  std::string request = jobq::to_text(told, {{"response", end.response}});
  if (request.size() > context.limits.request_bytes_max) {
    told["leftOut"] = true;
    request = jobq::to_text(told);
  }
  return request;
}

std::string why_not(const FollowPlan& plan, Time now) {
  const bool is_over = plan.token_until != Time{} && plan.token_until <= now;
  return is_over ? "token: has expired" : "";
}

FollowResult follow(Context& context, const Job& job, const FollowPlan& plan,
                    const jobq::FollowUp& one, const FollowUps::End& end) {
  if (std::string why = why_not(plan, context.now); !why.empty()) {
    return {.refused = std::move(why)};
  }
  const std::string& own = context.state.datasource(job.key.datasource).name;
  NewJob made{.job = one.job.empty() ? context.new_guid() : one.job,
              .request = one.request.empty() ? told_of(context, job, end) : one.request,
              .client = context.state.names.client_of(job),
              .priority = one.priority,
              .function = one.function,
              .then = one.then};
  std::string id = made.job;
  auto reply = submit_as(context, plan.token, one.datasource.empty() ? own : one.datasource,
                         {plan.allowance, plan.token_until, own + "/" + job.id}, std::move(made));
  auto* refused = std::get_if<Refused>(&reply);
  return refused == nullptr ? FollowResult{.id = std::move(id)}
                            : FollowResult{.refused = std::move(refused->detail)};
}

}  // namespace

void run_follow_ups(Context& context) {
  const FollowUps& follow_ups = context.state.follow_ups;
  const Origin* const before = context.asker();
  context.set_asker(nullptr);
  while (!follow_ups.ended().empty()) {
    const auto [key, end] = *follow_ups.ended().begin();
    const std::shared_ptr<const FollowPlan> plan = follow_ups.of(*context.state.find(key))->plan;
    for (std::size_t place = 0; place < plan->then.size(); ++place) {
      // Valid until the next one is submitted.
      const Job& job = *context.state.find(key);
      if (is_made_at(plan->then[place].on, job.status) &&
          !follow_ups.of(job)->results[place].is_known()) {
        context.record(key, Followed{place, follow(context, job, *plan, plan->then[place], end)});
      }
    }
  }
  context.set_asker(before);
}

}  // namespace store
