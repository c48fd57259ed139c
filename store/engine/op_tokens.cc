// What an operator asks and decides about tokens.
#include <algorithm>
#include <map>

#include "turn.h"

namespace store {
namespace {

using Running = std::map<std::string_view, std::uint64_t>;

// By the token that they were accepted with.
Running count_running(const Turn& turn) {
  Running running;
  for (const Slot slot : turn.state.jobs.leases().slots()) {
    ++running[token_id_of(turn.state.tokens.accept_token_of(turn.state.jobs.at(slot)))];
  }
  return running;
}

TokensReply::Token token_of(const Turn& turn, const Running& running, const std::string& id) {
  const auto jobs = running.find(id);
  TokensReply::Token token{.id = id,
                           .waiting = turn.state.tokens.waiting_of(id),
                           .running = jobs == running.end() ? 0 : jobs->second,
                           .used = {},
                           .revoked = {}};
  if (const TokenUse* use = turn.state.tokens.use_of(id)) {
    for (std::size_t i = 0; i < kRateSpanCount; ++i) {
      if (use->windows[i]) {
        token.used[i] = use->windows[i]->used(turn.now);
      }
    }
    if (turn.state.tokens.is_revoked(turn.now, id)) {
      token.revoked = use->revoked;
    }
  }
  return token;
}

}  // namespace

Reply apply(Turn& turn, const ListTokens& command) {
  TokensReply reply;
  const Running running = count_running(turn);
  const auto ids = turn.state.tokens.ids_after(command.after, command.limit + 1);
  reply.is_end = ids.size() <= command.limit;
  for (std::size_t i = 0; i < std::min(ids.size(), command.limit); ++i) {
    reply.tokens.push_back(token_of(turn, running, ids[i]));
  }
  return reply;
}

Reply apply(Turn& turn, const RevokeToken& command) {
  if (!command.revocation.holds(turn.now)) {
    return Refused{Code::kBadRequest, "revoke.until: is over"};
  }
  turn.record({}, TokenRevoked{command.token, command.revocation});
  end_tokens(turn, [&](std::string_view token) { return token == command.token; });
  sweep_tokens(turn);
  return TokensReply{{token_of(turn, {}, command.token)}, true};
}

void end_tokens(Turn& turn, const std::function<bool(std::string_view)>& is_over) {
  std::vector<JobKey> held;
  for (const Slot slot : turn.state.jobs.leases().slots()) {
    const Job& job = turn.state.jobs.at(slot);
    if (is_over(token_id_of(turn.state.tokens.accept_token_of(job)))) {
      held.push_back(job.key);
    }
  }
  std::sort(held.begin(), held.end());  // the heap's order is no matter of the state
  // First those who wait, or they would get the jobs.
  for (const Waiters::Waiter& waiter : turn.waiters.take_of_tokens(is_over)) {
    std::visit(
        [&](const auto& parked) {
          turn.answer(parked.origin, Refused{Code::kUnauthorized, "token: is revoked"});
        },
        waiter);
  }
  for (const JobKey key : held) {
    const Job& job = *turn.state.find(key);
    if (job.cancel_sequence != 0) {
      turn.record(key, Cancelled{});
      continue;
    }
    // However often it was released: that its worker lost its rights is not the job's fault.
    turn.record(key, Released{.message = "the worker's token was revoked",
                              .not_before = turn.now,
                              .outcome = {}});
    expire_if_overdue(turn, job);
  }
}

void sweep_tokens(Turn& turn) {
  constexpr int kAtOnce = 2;
  const auto& uses = turn.state.tokens.uses();
  for (int left = kAtOnce; left > 0; --left) {
    const auto next = uses.upper_bound(turn.swept_token);
    if (next == uses.end()) {
      turn.swept_token.clear();
      return;
    }
    turn.swept_token = next->first;
    if (next->second.is_over(turn.now)) {
      turn.record({}, TokenForgotten{next->first});
    }
  }
}

}  // namespace store
