#include "function_rules.h"

#include <set>

#include "arguments.h"
#include "jobq/limits.h"
#include "tags.h"

namespace store {
namespace {

struct HoldTo {
  using Result = std::optional<Refused>;

  FunctionChecks& checks;
  const State& state;

  Result operator()(Submit& submit) const {
    for (std::size_t i = 0; i < submit.jobs.size(); ++i) {
      const auto* job = std::get_if<NewJob>(&submit.jobs[i]);
      if (job != nullptr && !job->then.empty()) {
        if (auto refused =
                wrong_with(job->then, submit.datasource, "jobs[" + std::to_string(i) + "].then")) {
          submit.jobs[i] = *std::move(refused);
        }
      }
    }
    const auto datasource = state.find_datasource(submit.datasource);
    if (datasource) {
      name_functions(*datasource, submit);
    }
    if (!datasource || state.registered.of(*datasource).empty()) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < submit.jobs.size(); ++i) {
      const auto* job = std::get_if<NewJob>(&submit.jobs[i]);
      // One that the store has is recognised, whatever its function says by now.
      if (job == nullptr || state.find(*datasource, job->job) != nullptr) {
        continue;
      }
      auto tags = tags_of(*datasource, *job, "jobs[" + std::to_string(i) + "]");
      if (auto* refused = std::get_if<Refused>(&tags)) {
        submit.jobs[i] = std::move(*refused);
      } else if (auto& made = std::get<std::vector<std::string>>(tags); !made.empty()) {
        submit.indexed.resize(submit.jobs.size());
        submit.indexed[i] = std::move(made);
      }
    }
    return std::nullopt;
  }

  Result operator()(PutSchedule& put) const {
    const auto datasource = state.find_datasource(put.datasource);
    if (!datasource) {
      return std::nullopt;
    }
    NewJob& job = put.schedule.job;
    if (auto refused = wrong_with(job.then, put.datasource, "job.then")) {
      return refused;
    }
    auto tags = tags_of(*datasource, job, "job");
    if (auto* refused = std::get_if<Refused>(&tags)) {
      return std::move(*refused);
    }
    add_tags(job.tags, std::get<std::vector<std::string>>(tags));
    return std::nullopt;
  }

  Result operator()(Edit& edit) const {
    const auto datasource = state.find_datasource(edit.datasource);
    const Job* job =
        datasource && !edit.request.empty() ? state.find(*datasource, edit.job) : nullptr;
    if (job != nullptr && job->has_code) {
      if (auto wrong = wrong_with_arguments(edit.request)) {
        return Refused{Code::kBadRequest, "request" + *wrong};
      }
    }
    const FunctionState* function = job == nullptr ? nullptr : function_of(*job);
    if (function == nullptr) {
      return std::nullopt;
    }
    auto tags = checks.tags_of(function->function, edit.request, "request");
    auto* refused = std::get_if<Refused>(&tags);
    return refused == nullptr ? std::nullopt : std::optional(std::move(*refused));
  }

  Result operator()(Update& update) const {
    const auto datasource = state.find_datasource(update.datasource);
    if (!datasource || state.registered.of(*datasource).empty()) {
      return std::nullopt;
    }
    for (Item<Outcome>& item : update.outcomes) {
      auto* outcome = std::get_if<Outcome>(&item);
      const auto* completed =
          outcome == nullptr ? nullptr : std::get_if<Completed>(&outcome->report);
      const Job* job = completed == nullptr ? nullptr : state.find(*datasource, outcome->lease.job);
      if (job == nullptr || job->attempt != outcome->lease.attempt ||
          job->status == Status::kComplete) {
        continue;
      }
      const FunctionState* function = function_of(*job);
      auto wrong = function == nullptr
                       ? std::nullopt
                       : checks.wrong_with_response(function->function, completed->response);
      if (wrong) {
        outcome->report =
            Retry{{"response-schema", "response: " + std::move(*wrong), {}}, Span::zero()};
        outcome->state.clear();  // it is of a run that went well
      }
    }
    return std::nullopt;
  }

  Result operator()(PutFunction& put) const {
    return FunctionChecks::refuse_to_register(put.function);
  }

  template <typename Other>
  Result operator()(Other&) const {
    return std::nullopt;
  }

 private:
  // A job that runs code and says no function is of that of its runtime.
  void name_functions(DatasourceIndex datasource, Submit& submit) const {
    for (Item<NewJob>& item : submit.jobs) {
      auto* job = std::get_if<NewJob>(&item);
      const CodeState* code = job == nullptr || job->code.empty() || !job->function.empty()
                                  ? nullptr
                                  : state.codes.find(datasource, job->code);
      if (code != nullptr) {
        job->function = label_of_runtime(code->runtime);
      }
    }
  }

  const FunctionState* function_of(const Job& job) const {
    return state.registered.find(job.key.datasource, state.names.function_of(job));
  }

  // With a request that is said, and what its function says of it now. What the store asks by
  // itself is held to no schema.
  Result wrong_with(const std::vector<jobq::FollowUp>& then, const std::string& datasource,
                    const std::string& field) const {
    for (std::size_t i = 0; i < then.size(); ++i) {
      const std::string at = field + "[" + std::to_string(i) + "]";
      const std::string& there = then[i].datasource.empty() ? datasource : then[i].datasource;
      const auto index = state.find_datasource(there);
      const FunctionState* function = index && !then[i].request.empty()
                                          ? state.registered.find(*index, then[i].function)
                                          : nullptr;
      if (function != nullptr) {
        auto tags = tags_of_request(function->function, {}, then[i].request, at + ".request");
        if (auto* refused = std::get_if<Refused>(&tags)) {
          return std::move(*refused);
        }
      }
      if (auto refused = wrong_with(then[i].then, there, at + ".then")) {
        return refused;
      }
    }
    return std::nullopt;
  }

  // With a job of the function that runs its code, for which that is called with the request, and
  // the tags that it makes of that; `field`: the request's.
  std::variant<std::vector<std::string>, Refused> tags_of_request(
      const std::shared_ptr<const jobq::Function>& function, const std::string& code,
      const std::string& request, const std::string& field) const {
    if (!function->code.empty() && code.empty()) {
      if (const auto wrong = wrong_with_arguments(request)) {
        return Refused{Code::kBadRequest, field + *wrong};
      }
    }
    return checks.tags_of(function, request, field);
  }

  // That its function makes of the request; `field`: the job's.
  std::variant<std::vector<std::string>, Refused> tags_of(DatasourceIndex datasource,
                                                          const NewJob& job,
                                                          const std::string& field) const {
    const FunctionState* function = state.registered.find(datasource, job.function);
    if (function == nullptr) {
      return std::vector<std::string>();
    }
    auto made = tags_of_request(function->function, job.code, job.request, field + ".request");
    if (const auto* tags = std::get_if<std::vector<std::string>>(&made)) {
      std::set<std::string_view> all(job.tags.begin(), job.tags.end());
      all.insert(tags->begin(), tags->end());
      if (all.size() > jobq::limits::kTagsMax) {
        return Refused{Code::kTooLarge, field + ".tags: " + std::to_string(all.size()) +
                                            " with those that the function makes, at most " +
                                            std::to_string(jobq::limits::kTagsMax)};
      }
    }
    return made;
  }
};

}  // namespace

std::optional<Refused> hold_to_functions(FunctionChecks& checks, const State& state,
                                         Command& command) {
  checks.begin_message();
  return std::visit(HoldTo{checks, state}, command);
}

}  // namespace store
