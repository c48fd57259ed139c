// What follows jobs that have ended, by docs/flows.md. The ids that the store makes for it are
// told.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

constexpr const char* kRevoked = "token: was revoked";

bool is_due(const ModelJob& job, std::size_t place) {
  const jobq::FollowOn on = job.plan.then.at(place).on;
  const Status end = job.status();
  return is_final(end) && job.results.at(place).id.empty() && job.results[place].refused.empty() &&
         (on == jobq::FollowOn::kAny ||
          (on == jobq::FollowOn::kComplete ? end == Status::kComplete
                                           : end == Status::kFailed || end == Status::kForbidden));
}

}  // namespace

void plan_follow_ups(ModelJob& job, FollowPlan plan) {
  job.results.assign(plan.then.size(), {});
  job.plan = std::move(plan);
}

void require_allowed_then(const Allowance& allowance, const std::vector<jobq::FollowUp>& then) {
  for (const jobq::FollowUp& one : then) {
    if (allowance.priority_max && one.priority > *allowance.priority_max) {
      throw Refused{Code::kForbidden, "priority", {}};
    }
    if (allowance.bytes_max && one.request.size() > *allowance.bytes_max) {
      throw Refused{Code::kTooLarge, "bytes", {}};
    }
    require_allowed_then(allowance, one.then);
  }
}

std::vector<jobq::FollowUp> shown_then(const ModelJob& job) {
  std::vector<jobq::FollowUp> then = job.plan.then;
  for (std::size_t i = 0; i < then.size(); ++i) {
    then[i].made = !job.results[i].id.empty();
    then[i].job = then[i].made ? job.results[i].id : then[i].job;
    then[i].refused = job.results[i].refused;
  }
  return then;
}

std::string Model::told_of(const ModelJob& job) {
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string told = R"({"datasource":)" + quoted(of(job).name) + R"(,"job":)" +
                     quoted(job.facts.job) + R"(,"status":)" +
                     quoted(std::string(to_string(job.status())));
  if (!job.facts.function.empty()) {
    told += R"(,"function":)" + quoted(job.facts.function);
  }
  if (job.status() == Status::kFailed || job.status() == Status::kForbidden) {
    const JobError& error = job.texts.failure;
    told += R"(,"error":{"code":)" + quoted(error.code) + R"(,"message":)" + quoted(error.message);
    told += error.detail.empty() ? "" : R"(,"detail":)" + quoted(error.detail);
    told += '}';
  }
  return told + (job.status() == Status::kComplete ? R"(,"response":)" + job.texts.response : "") +
         '}';
}

// In the order of the jobs, of each in that of its list.
void Model::run_follow_ups() {
  std::vector<std::pair<JobKey, std::size_t>> due;
  for (const ModelDatasource& datasource : datasources_) {
    for (const ModelJob& job : datasource.jobs) {
      for (std::size_t place = 0; place < job.plan.then.size(); ++place) {
        if (is_due(job, place)) {
          due.emplace_back(job.facts.key, place);
        }
      }
    }
  }
  std::size_t read = 0;
  for (const Entry& entry : told_->entries) {
    const auto* followed = std::get_if<Followed>(&entry.change);
    if (followed == nullptr || followed->result.refused == kRevoked) {
      continue;  // which end_follow_ups_of() looks at
    }
    if (read == due.size() || due[read] != std::pair(entry.job, followed->place)) {
      throw Mismatch("should not be followed now: " + describe(entry));
    }
    ++read;
    follow(entry.job, followed->place, followed->result);
  }
  if (read != due.size()) {
    throw Mismatch("a job has ended, and what is to follow it is not made");
  }
}

void Model::follow(JobKey key, std::size_t place, const FollowResult& told) {
  const ModelJob& job = known(key);
  const FollowPlan plan = job.plan;
  const jobq::FollowUp& one = plan.then.at(place);
  if (!one.job.empty() && told.refused.empty() && told.id != one.job) {
    throw Mismatch("a follow-up has the id " + told.id + " instead of " + one.job);
  }
  const std::string name = of(job).name;
  const NewJob made{.job = told.refused.empty() ? told.id : one.job,
                    .request = one.request.empty() ? told_of(job) : one.request,
                    .client = job.facts.client,
                    .priority = one.priority,
                    .function = one.function,
                    .then = one.then};
  const std::string before = std::exchange(token_, plan.token);
  follows_ = name + "/" + job.facts.job;
  bool is_refused = false;
  try {
    (void)submit(one.datasource.empty() ? name : one.datasource, plan.allowance, made, kNotTold);
  } catch (const Refused&) {
    is_refused = true;
  }
  follows_.clear();
  token_ = before;
  if (is_refused != !told.refused.empty()) {
    throw Mismatch("a follow-up of " + job.facts.job + " is " +
                   (is_refused ? "made" : "refused: " + told.refused));
  }
  known(key).results.at(place) = told;
}

void Model::end_follow_ups_of(const std::function<bool(const std::string&)>& is_over) {
  for (ModelDatasource& datasource : datasources_) {
    for (ModelJob& job : datasource.jobs) {
      for (FollowResult& result : job.results) {
        if (!is_final(job.status()) && is_over(job.plan.token) && result.id.empty() &&
            result.refused.empty()) {
          result.refused = kRevoked;
        }
      }
    }
  }
}

}  // namespace store::sim
