#include "submit_rules.h"

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
