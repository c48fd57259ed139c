// What an operator asks and decides about tokens.
#include <algorithm>
#include <array>
#include <map>

#include "apply.h"
#include "token_end.h"

namespace store {
namespace {

using Running = std::map<std::string_view, std::uint64_t>;

// By the token that they were accepted with.
Running count_running(const Context& context) {
  Running running;
  for (const auto& [due, slot] : context.state.jobs.leases().rows()) {
    ++running[token_id_of(context.state.tokens.accept_token_of(context.state.jobs.at(slot)))];
  }
  return running;
}

// By span, of the budget of the token that is used most.
std::vector<jobq::RateUse> rates_of(const Context& context, const std::string& id) {
  std::array<std::optional<std::uint64_t>, kRateSpanCount> most;
  const Tokens::Uses& uses = context.state.tokens.uses();
  for (auto use = uses.lower_bound(id); use != uses.end() && token_id_of(use->first) == id; ++use) {
    for (std::size_t i = 0; i < kRateSpanCount; ++i) {
      if (const auto& window = use->second.windows[i]) {
        most[i] = std::max(most[i], std::optional(window->used(context.now)));
      }
    }
  }
  std::vector<jobq::RateUse> rates;
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    if (most[i]) {
      rates.push_back(
          {.unit = std::string(1, letter_of(static_cast<RateSpan>(i))), .used = *most[i]});
    }
  }
  return rates;
}

jobq::TokenUse use_of(const Context& context, const Running& running, const std::string& id) {
  const auto jobs = running.find(id);
  jobq::TokenUse told{.id = id,
                      .waiting = context.state.tokens.waiting_of(id),
                      .running = jobs == running.end() ? 0 : jobs->second,
                      .rates = rates_of(context, id)};
  if (const TokenUse* use = context.state.tokens.use_of(id)) {
    told.is_revoked = context.state.tokens.is_revoked(context.now, id);
    told.revoked_until = told.is_revoked ? use->revoked->until : Time{};
  }
  return told;
}

}  // namespace

Answer apply(Context& context, const ListTokens& command) {
  TokensReply reply;
  const Running running = count_running(context);
  const auto ids = context.state.tokens.ids_after(command.after, command.limit + 1);
  reply.is_end = ids.size() <= command.limit;
  for (std::size_t i = 0; i < std::min(ids.size(), command.limit); ++i) {
    reply.tokens.push_back(use_of(context, running, ids[i]));
  }
  return reply;
}

Answer apply(Context& context, const RevokeToken& command) {
  if (!command.revocation.holds(context.now)) {
    return Refused{Code::kBadRequest, "revoke.until: is over"};
  }
  const TokenUse* use = context.state.tokens.use_of(command.token);
  const std::size_t max = context.limits.revocations_max;
  if ((use == nullptr || !use->revoked) && context.state.tokens.revoked_count() >= max) {
    return Refused{.code = Code::kFull,
                   .detail = "revoke: revocationsMax = " + std::to_string(max) +
                             " are remembered already; retire their root key",
                   .limit = "revocationsMax"};
  }
  context.record({}, TokenRevoked{command.token, command.revocation});
  end_tokens(context, [&](std::string_view token) { return token == command.token; });
  TokensReply reply{{use_of(context, {}, command.token)}, true};
  sweep_tokens(context);
  return reply;
}

}  // namespace store
