#include "submit_rules.h"

#include <algorithm>

#include "apply.h"
#include "budgets.h"
#include "field_tables.h"

namespace store {

// Most specific wins: the job's own, else the function's, else the datasource's, else the store's.
static Terms settle(const Terms& job, const Terms& function, const Terms& datasource,
                    const Terms& store) {
  Terms terms;
  visit_fields(jobq::FieldsOf<Terms>(), [&](auto field, auto&&) {
    terms.*field = first_set(job.*field, function.*field, datasource.*field, store.*field);
  });
  return terms;
}

// What the job does not say itself, the token may lower. Zero: for ever.
static Span within(Span max, Span valid_for) {
  return max == Span::zero() || (valid_for != Span::zero() && valid_for < max) ? valid_for : max;
}

Terms terms_of(const Context& context, const Datasource* there, const FunctionState* function,
               const Allowance& allowance, const NewJob& job) {
  Terms terms =
      settle(job.terms, function == nullptr ? Terms() : function->function->terms,
             there == nullptr ? Terms() : there->config.terms, context.limits.defaults.terms);
  terms.valid_for = within(allowance.valid_for_max, terms.valid_for);
  return terms;
}

std::optional<Refused> refused_by_strict(const DatasourceConfig& config,
                                         const FunctionState* function, const NewJob& job) {
  if (!config.is_strict || function != nullptr) {
    return std::nullopt;
  }
  return Refused{
      Code::kNotFound,
      "function: the datasource is strict, and " +
          (job.function.empty() ? "none is said" : "'" + job.function + "' is not registered")};
}

CodeOfJob code_of(const NewJob& job, const FunctionState* function) {
  return job.code.empty() && function != nullptr
             ? CodeOfJob{function->function->code, function->function->method}
             : CodeOfJob{job.code, job.method};
}

std::optional<Refused> settle_code(const Context& context,
                                   std::optional<DatasourceIndex> datasource,
                                   const std::string& hash, std::vector<std::string>& labels) {
  if (hash.empty()) {
    return std::nullopt;
  }
  const CodeState* code = datasource ? context.state.codes.find(*datasource, hash) : nullptr;
  if (code == nullptr) {
    return Refused{Code::kNotFound, "code: unknown; it is to be added before its jobs"};
  }
  const std::string label = label_of_runtime(code->runtime);
  const auto place = std::lower_bound(labels.begin(), labels.end(), label);
  if (place != labels.end() && *place == label) {
    return std::nullopt;
  }
  if (labels.size() >= context.limits.labels_max) {
    return Refused{Code::kTooLarge, "labels: " + std::to_string(labels.size() + 1) + " with " +
                                        label + ", at most " +
                                        std::to_string(context.limits.labels_max)};
  }
  labels.insert(place, label);
  return std::nullopt;
}

// What the token would never let in when the job has ended, of whatever depth.
std::optional<Refused> refused_then(const Allowance& allowance,
                                    const std::vector<jobq::FollowUp>& then,
                                    const std::string& field) {
  for (std::size_t i = 0; i < then.size(); ++i) {
    const std::string at = field + "[" + std::to_string(i) + "].";
    auto refused = refused_for_function(allowance, then[i].function);
    if (!refused) {
      refused =
          refused_for_good(allowance, {.request = then[i].request, .priority = then[i].priority});
    }
    if (refused) {
      refused->detail.insert(0, at);
      return refused;
    }
    if (auto deeper = refused_then(allowance, then[i].then, at + "then")) {
      return deeper;
    }
  }
  return std::nullopt;
}

}  // namespace store
