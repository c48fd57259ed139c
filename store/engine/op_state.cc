// What functions keep between runs: asked for, and changed by drivers. Workers change it with the
// words that end their attempts (op_update.cc).
#include <charconv>
#include <limits>
#include <map>
#include <optional>

#include "apply.h"
#include "room.h"
#include "state_changes.h"

namespace store {
namespace {

using jobq::ChangeHow;
using jobq::StateChange;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

// Nothing: the sum is beyond what a number can say.
std::optional<std::int64_t> sum(std::int64_t a, std::int64_t b) {
  using Limits = std::numeric_limits<std::int64_t>;
  const bool fits = b >= 0 ? a <= Limits::max() - b : a >= Limits::min() - b;
  return fits ? std::optional(a + b) : std::nullopt;
}

Refused wrong_number(std::size_t place, std::string_view what) {
  std::string detail = "state[" + std::to_string(place) + "].number: ";
  return {Code::kBadRequest, detail.append(what)};
}

// `there`: empty where there is none.
std::variant<std::string, Refused> changed_value(std::size_t place, const StateChange& change,
                                                 const std::string& there) {
  if (change.how == ChangeHow::kSet) {
    return change.value;
  }
  if (change.how == ChangeHow::kRemove) {
    return std::string();
  }
  const auto old = there.empty() ? std::optional<std::int64_t>() : whole_number(there);
  if (!there.empty() && !old) {
    return wrong_number(place, change.name + " is no whole number of 64 bits");
  }
  std::int64_t number = change.number;
  if (change.how == ChangeHow::kAdd) {
    const auto added = sum(old.value_or(0), change.number);
    if (!added) {
      return wrong_number(place, change.name + " would be beyond 64 bits");
    }
    number = *added;
  } else if (old) {
    number = change.how == ChangeHow::kMin ? std::min(*old, number) : std::max(*old, number);
  }
  return std::to_string(number);
}

jobq::StateOfFunction told(const std::string& function, const FunctionValues* state,
                           bool with_values) {
  jobq::StateOfFunction told{.function = function};
  if (state != nullptr) {
    told.changed_at = state->changed_at;
    told.count = static_cast<unsigned>(state->values.size());
    told.values = with_values ? state->values : std::vector<jobq::StateValue>();
  }
  return told;
}

jobq::StatePage page_of_one(const Context& context, DatasourceIndex datasource,
                            const std::string& function) {
  return {{told(function, context.state.function_states.find(datasource, function), true)}, true};
}

Refused refused_for(const Context& context, const std::string& function) {
  return {Code::kForbidden, "function: " + not_for(context.asker()->functions, function)};
}

}  // namespace

std::variant<std::vector<jobq::StateValue>, Refused> judge_changes(
    const Context& context, DatasourceIndex datasource, std::string_view function,
    const std::vector<StateChange>& changes, bool removes_all, std::string_view payer) {
  const FunctionValues* old = context.state.function_states.find(datasource, function);
  std::map<std::string, std::string, std::less<>> before;
  for (const auto& [name, value] : old == nullptr ? std::vector<jobq::StateValue>() : old->values) {
    before.emplace(name, value);
  }
  std::map<std::string, std::string, std::less<>> after;
  if (!removes_all) {
    after = before;
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    std::string& value = after[changes[i].name];
    auto changed = changed_value(i, changes[i], value);
    if (auto* refused = std::get_if<Refused>(&changed)) {
      return std::move(*refused);
    }
    value = std::move(std::get<std::string>(changed));
  }
  std::vector<jobq::StateValue> changed;
  for (const auto& [name, value] : before) {
    if (!after.contains(name)) {
      changed.push_back({name, {}});
    }
  }
  for (const auto& [name, value] : after) {
    const auto known = before.find(name);
    if (value != (known == before.end() ? std::string_view() : known->second)) {
      changed.push_back({name, value});
    }
  }
  const std::vector<jobq::StateValue> values = values_after(old, changed);
  if (const std::size_t max = context.limits.state_values_max; values.size() > max) {
    return Refused{.code = Code::kTooLarge,
                   .detail = "state: " + std::to_string(values.size()) +
                             " values, at most stateValuesMax = " + std::to_string(max),
                   .limit = "stateValuesMax"};
  }
  auto refused = values.empty() || changed.empty()
                     ? std::nullopt
                     : no_room_for_state(context, old, bytes_of(values), payer);
  if (refused) {
    return std::move(*refused);
  }
  return changed;
}

Answer apply(Context& context, const Datasource& datasource, const ReadState& command) {
  const jobq::StateQuery& query = command.query;
  if (!query.function.empty()) {
    return context.is_for(query.function)
               ? Answer(page_of_one(context, datasource.index, query.function))
               : Answer(refused_for(context, query.function));
  }
  jobq::StatePage page{.is_end = true};
  const auto& states = context.state.function_states.of(datasource.index);
  for (auto one = states.upper_bound(query.after); one != states.end(); ++one) {
    if (!context.is_for(one->first)) {
      continue;
    }
    if (page.states.size() == query.limit) {
      page.is_end = false;
      break;
    }
    page.states.push_back(told(one->first, &one->second, false));
  }
  return page;
}

Answer apply(Context& context, ChangeState& command) {
  jobq::ChangeState& change = command.change;
  if (!context.is_for(change.function)) {
    return refused_for(context, change.function);
  }
  const auto datasource = context.state.find_datasource(command.datasource);
  if (!datasource) {
    return unknown_datasource();
  }
  const std::string payer(context.token());
  auto judged = judge_changes(context, *datasource, change.function, change.changes,
                              change.removes_all, payer);
  if (auto* refused = std::get_if<Refused>(&judged)) {
    return std::move(*refused);
  }
  if (auto& values = std::get<0>(judged); !values.empty()) {
    context.record({.datasource = *datasource},
                   StateChanged{change.function, std::move(values), payer});
  }
  return page_of_one(context, *datasource, change.function);
}

}  // namespace store
