#include "budgets.h"

#include <map>

#include "apply.h"
#include "token_end.h"

namespace store {
namespace {

Refused beyond(Code code, const char* field, std::uint64_t wanted, const char* caveat,
               std::uint64_t max) {
  return {code, std::string(field) + ": " + std::to_string(wanted) + " is above the token's " +
                    caveat + " <= " + std::to_string(max)};
}

// Of several rates that are used up, the one that lets the job in last.
std::optional<Refused> refused_by(const Context& context, const std::vector<RateLimit>& rates,
                                  std::uint64_t cost, std::uint64_t ahead) {
  const auto text_of = [](const RateLimit& rate) {
    return "token: rate <= " + std::to_string(rate.count) + "/" + letter_of(rate.span);
  };
  for (const RateLimit& rate : rates) {
    if (cost + ahead > rate.count) {
      return Refused{Code::kForbidden, text_of(rate) + " never allows " +
                                           (ahead == 0 ? "a job that counts" : "jobs that count") +
                                           " for " + std::to_string(cost + ahead)};
    }
  }
  std::size_t fresh = 0;
  std::optional<Refused> last;
  for (const RateLimit& rate : rates) {
    const TokenUse* use = context.state.tokens.use_of(use_name(context.token(), rate.budget));
    fresh += use == nullptr ? 1 : 0;
    const std::uint64_t used = used_of(use, rate.span, context.now) + ahead;
    if (used + cost <= rate.count) {
      continue;
    }
    const auto* window =
        use == nullptr ? nullptr : &use->windows[static_cast<std::size_t>(rate.span)];
    const bool is_counted = window != nullptr && *window;
    const Span wait =
        (is_counted ? (*window)->time_of(rate.count - cost - ahead) : context.now) - context.now;
    if (!last || wait > last->retry_after) {
      last = Refused{Code::kTooMany, text_of(rate) + ", and " + std::to_string(used) + " are used",
                     wait};
    }
  }
  return last || fresh == 0 ? last : no_room_for_budgets(context, fresh);
}

}  // namespace

std::optional<Refused> refused_for_function(const Allowance& allowance,
                                            const std::string& function) {
  return fits_all(function, allowance.functions)
             ? std::nullopt
             : std::optional(Refused{Code::kForbidden,
                                     "function: " + not_for(allowance.functions, function)});
}

std::optional<Refused> refused_for_good(const Allowance& allowance, const NewJob& job) {
  if (auto refused = refused_for_function(allowance, job.function)) {
    return refused;
  }
  if (allowance.priority_max && job.priority > *allowance.priority_max) {
    return beyond(Code::kForbidden, "priority", job.priority, "priority", *allowance.priority_max);
  }
  if (allowance.bytes_max && job.request.size() > *allowance.bytes_max) {
    return beyond(Code::kTooLarge, "request", job.request.size(), "bytes", *allowance.bytes_max);
  }
  const Span max = allowance.valid_for_max;
  if (max != Span::zero() && job.terms.valid_for > max) {
    return Refused{Code::kForbidden, "validForMs: " + std::to_string(job.terms.valid_for.count()) +
                                         " is above the token's valid-for <= " +
                                         std::to_string(max.count() / 1000) + "s"};
  }
  return std::nullopt;
}

std::optional<Refused> refused_by(const Context& context, const Allowance& allowance,
                                  const NewJob& job, std::uint64_t cost, const Ahead& ahead) {
  if (auto refused = refused_for_good(allowance, job)) {
    return refused;
  }
  if (allowance.waiting_max) {
    const std::size_t waiting = context.state.tokens.waiting_of(context.token()) + ahead.jobs;
    if (waiting >= *allowance.waiting_max) {
      return Refused{Code::kTooMany,
                     "token: waiting <= " + std::to_string(*allowance.waiting_max) + ", and " +
                         std::to_string(waiting) + " jobs are waiting",
                     std::chrono::seconds(1)};
    }
  }
  return refused_by(context, allowance.rates, cost, ahead.cost);
}

void charge(Context& context, const Allowance& allowance, std::uint64_t cost) {
  std::map<std::uint64_t, std::uint8_t> spans;  // by budget
  for (const RateLimit& rate : allowance.rates) {
    spans[rate.budget] |= static_cast<std::uint8_t>(1 << static_cast<int>(rate.span));
  }
  for (const auto& [budget, of_budget] : spans) {
    context.record({}, Charged{use_name(context.token(), budget), cost, of_budget});
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    sweep_tokens(context);
  }
}

}  // namespace store
