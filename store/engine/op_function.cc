// What is asked and said of functions.
#include <algorithm>
#include <charconv>

#include "apply.h"
#include "room.h"
#include "text_rules.h"

namespace store {
namespace {

jobq::FunctionStatus status_of(const Datasource& datasource, const FunctionState& state) {
  return {.function = *state.function,
          .registered_at = state.registered_at,
          .changed_at = state.changed_at,
          .cost = cost_of(&state, datasource.config, state.function->name)};
}

// What the token has used, and how many more such jobs it lets in. Nothing where it has no rate.
std::optional<jobq::Quota> quota_of(const Context& context, const std::vector<RateLimit>& rates,
                                    std::uint32_t cost) {
  if (rates.empty()) {
    return std::nullopt;
  }
  jobq::Quota quota{.left = UINT64_MAX};
  bool is_ever = true;
  for (const RateLimit& rate : rates) {
    const TokenUse* use = context.state.tokens.use_of(use_name(context.token(), rate.budget));
    const std::uint64_t used = used_of(use, rate.span, context.now);
    quota.left = std::min(quota.left, (rate.count - std::min(used, rate.count)) / cost);
    is_ever = is_ever && cost <= rate.count;
    if (is_ever && used + cost > rate.count) {
      const auto& window = use->windows[static_cast<std::size_t>(rate.span)];
      quota.left_at = std::max(quota.left_at, window->time_of(rate.count - cost));
    }
    quota.rates.push_back({rate.count, length_of(rate.span), used});
  }
  quota.left_at = is_ever ? quota.left_at : Time{};
  return quota;
}

// Where a page ends: when the function was changed last, and its name.
struct Place {
  Time changed_at{};
  std::string_view name;
};

std::string cursor_of(const FunctionState& state) {
  return std::to_string(state.changed_at.time_since_epoch().count()) + ":" + state.function->name;
}
std::optional<Place> place_of(std::string_view cursor) {
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), ms);
  const auto digits = static_cast<std::size_t>(end - cursor.data());
  if (error != std::errc() || ms < 0 || digits == cursor.size() || *end != ':') {
    return std::nullopt;
  }
  return Place{Time(Span(ms)), cursor.substr(digits + 1)};
}

bool is_before(const Place& a, const Place& b, jobq::FunctionOrder order) {
  using Order = jobq::FunctionOrder;
  switch (order) {
    case Order::kName: return a.name < b.name;
    case Order::kNameDown: return b.name < a.name;
    case Order::kChanged: return std::pair(a.changed_at, a.name) < std::pair(b.changed_at, b.name);
    case Order::kChangedDown: break;
  }
  return std::pair(b.changed_at, b.name) < std::pair(a.changed_at, a.name);
}

Place place_of(const FunctionState* state) { return {state->changed_at, state->function->name}; }

bool has_tag(const jobq::Function& function, const std::string& tag) {
  return tag.empty() || std::binary_search(function.tags.begin(), function.tags.end(), tag);
}

// Those that are asked for, in their order, behind the page before.
std::vector<const FunctionState*> matching(const Context& context,
                                           const RegisteredFunctions::OfDatasource& functions,
                                           const jobq::FunctionQuery& query,
                                           const std::optional<Place>& after) {
  std::vector<const FunctionState*> found;
  for (const auto& [name, state] : functions) {
    if (context.is_for(name) && (query.name.empty() || jobq::fits_pattern(name, query.name)) &&
        has_tag(*state.function, query.tag) &&
        (!after || is_before(*after, place_of(&state), query.order))) {
      found.push_back(&state);
    }
  }
  std::sort(found.begin(), found.end(), [&](const FunctionState* a, const FunctionState* b) {
    return is_before(place_of(a), place_of(b), query.order);
  });
  return found;
}

}  // namespace

Answer apply(Context& context, PutFunction& command) {
  const auto known = context.state.find_datasource(command.datasource);
  const Datasource* there = known ? &context.state.datasource(*known) : nullptr;
  const FunctionState* old =
      known ? context.state.registered.find(*known, command.function.name) : nullptr;
  if (old != nullptr && *old->function == command.function) {
    return status_of(*there, *old);
  }
  const std::string& code = command.function.code;
  if (!code.empty() && (!known || context.state.codes.find(*known, code) == nullptr)) {
    return Refused{Code::kNotFound, "code: unknown; it is to be added before its functions"};
  }
  if (auto refused = no_room_for_function(context, there, old, command.function)) {
    return std::move(*refused);
  }
  const auto datasource = context.find_or_add_datasource(command.datasource);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  const Time registered_at = old == nullptr ? context.now : old->registered_at;
  const std::string name = command.function.name;
  context.record({.datasource = *datasource},
                 FunctionSet{{std::make_shared<const jobq::Function>(std::move(command.function)),
                              registered_at, context.now}});
  return status_of(context.state.datasource(*datasource),
                   *context.state.registered.find(*datasource, name));
}

Answer apply(Context& context, const Datasource& datasource, const ListFunctions& command) {
  const jobq::FunctionQuery& query = command.query;
  const std::optional<Place> after = place_of(query.cursor);
  if (!query.cursor.empty() && !after) {
    return Refused{Code::kBadRequest, "cursor: is none that a list of functions has told"};
  }
  const auto found = matching(context, context.state.registered.of(datasource.index), query, after);
  jobq::FunctionPage page;
  std::size_t bytes = 0;
  for (const FunctionState* state : found) {
    jobq::FunctionStatus status = status_of(datasource, *state);
    if (!query.is_whole) {
      status.function.documentation.clear();
      status.function.request_schema.clear();
      status.function.response_schema.clear();
    }
    bytes += bytes_of(status.function);
    if (page.functions.size() == query.limit ||
        (bytes > context.limits.accept_bytes_max && !page.functions.empty())) {
      page.cursor = cursor_of(*found[page.functions.size() - 1]);
      break;
    }
    if (command.allowance) {
      status.quota = quota_of(context, command.allowance->rates, status.cost);
    }
    page.functions.push_back(std::move(status));
  }
  return page;
}

Answer apply(Context& context, const Datasource& datasource, const RemoveFunction& command) {
  const FunctionState* known = context.state.registered.find(datasource.index, command.name);
  if (known == nullptr) {
    return Refused{Code::kNotFound, "function: unknown"};
  }
  jobq::FunctionStatus status = status_of(datasource, *known);
  context.record({.datasource = datasource.index}, FunctionRemoved{command.name});
  return status;
}

}  // namespace store
