// Jobs that wait for others, of chance of their own: lives without any are as they were.
#include "generator.h"

namespace store::sim {

void Generator::add_after(Submit& made, const Model& model) {
  // Close to its limit, names are counted more than once in a list that is looked at as a whole.
  made.is_atomic =
      has_flows_ && limits_.name_bytes_max == Limits().name_bytes_max && flows_.percent(40);
  for (std::size_t i = 0; has_flows_ && i < made.jobs.size(); ++i) {
    auto* job = std::get_if<NewJob>(&made.jobs[i]);
    if (job == nullptr || !job->after.empty() || !flows_.percent(50)) {
      continue;
    }
    for (int count = 1 + flows_.below(3); count > 0; --count) {
      const auto* before = i == 0 ? nullptr : std::get_if<NewJob>(&made.jobs[i - 1]);
      const ModelDatasource* there =
          find(model, flows_.percent(70) ? made.datasource : flows_.one_of(datasources_));
      jobq::After after{.any_end = flows_.percent(30)};
      if (before != nullptr && flows_.percent(40)) {
        after.job = before->job;
        job->client = before->client;
      } else if (there != nullptr && !there->jobs.empty() && flows_.percent(95)) {
        // One that has not ended, mostly.
        const ModelJob* awaited = nullptr;
        for (int tries = 0; tries < 4 && (awaited == nullptr || is_final(awaited->status()));
             ++tries) {
          awaited = &there->jobs[flows_.below(there->jobs.size())];
        }
        after.datasource = there->name == made.datasource ? "" : there->name;
        after.job = awaited->facts.job;
        job->client = flows_.percent(90) ? awaited->facts.client : job->client;
      } else {
        after.job = "unknown";
      }
      job->after.push_back(after);
    }
  }
}

std::vector<jobq::FollowUp> Generator::some_follow_ups(int depth) {
  std::vector<jobq::FollowUp> then;
  for (int count = 1 + flows_.below(2); count > 0; --count) {
    jobq::FollowUp& one = then.emplace_back();
    one.on = static_cast<jobq::FollowOn>(flows_.below(3));
    one.datasource = flows_.percent(40) ? flows_.one_of(datasources_) : "";
    one.function = flows_.percent(30) ? "f0" : "";
    one.request = flows_.percent(30) ? "\"then\"" : "";
    one.priority = flows_.percent(30) ? static_cast<unsigned>(1 + flows_.below(100)) : 0;
    one.job = flows_.percent(20) ? "t" + std::to_string(flows_.below(9)) : "";
    if (depth > 0 && flows_.percent(30)) {
      one.then = some_follow_ups(depth - 1);
    }
  }
  return then;
}

void Generator::add_then(Submit& made) {
  // What they take of the names is not in the model.
  const bool may = has_flows_ && limits_.name_bytes_max == Limits().name_bytes_max;
  for (std::size_t i = 0; may && i < made.jobs.size(); ++i) {
    auto* job = std::get_if<NewJob>(&made.jobs[i]);
    if (job != nullptr && flows_.percent(30)) {
      job->then = some_follow_ups(2);
    }
  }
}

}  // namespace store::sim
