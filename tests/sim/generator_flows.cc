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

}  // namespace store::sim
