#include "engine.h"

#include <algorithm>

#include "apply.h"
#include "attempt_end.h"
#include "flows.h"
#include "hand_out.h"
#include "invariant.h"
#include "timers.h"
#include "token_end.h"

namespace store {
namespace {

// Who asks as a client may see its own jobs alone.
template <typename AnyCommand>
std::optional<std::string> client_of(const AnyCommand& command) {
  if constexpr (requires { command.client; }) {
    return command.client;
  } else {
    return std::nullopt;
  }
}

struct Apply {
  Context& context;

  template <typename AnyCommand>
  Answer operator()(AnyCommand& command) const {
    if constexpr (requires(const Job& job) { store::apply(context, job, command); }) {
      const auto found =
          find_job(context.state, command.datasource, command.job, client_of(command));
      if (const auto* refused = std::get_if<Refused>(&found)) {
        return *refused;
      }
      const Job& job = *std::get<const Job*>(found);
      auto refused = refused_for_function(context, job);
      return refused ? std::move(*refused) : store::apply(context, job, command);
    } else if constexpr (requires(const Datasource& there) {
                           store::apply(context, there, command);
                         }) {
      const auto index = context.state.find_datasource(command.datasource);
      return index ? store::apply(context, context.state.datasource(*index), command)
                   : unknown_datasource();
    } else {
      return store::apply(context, command);
    }
  }
};

// It waits for the next tick.
bool is_removal(const Command& command) {
  const auto* bulk = std::get_if<Bulk>(&command);
  return std::holds_alternative<Remove>(command) ||
         std::holds_alternative<DropDatasource>(command) ||
         std::holds_alternative<RemoveCode>(command) ||
         (bulk != nullptr && bulk->how == Bulk::How::kRemove);
}

}  // namespace

std::variant<const Job*, Refused> find_job(const State& state, const std::string& datasource,
                                           const std::string& job,
                                           const std::optional<std::string>& client) {
  const auto index = state.find_datasource(datasource);
  const Job* found = index ? state.find(*index, job) : nullptr;
  if (found == nullptr) {
    return Refused{Code::kNotFound, "job: unknown"};
  }
  if (client && *client != state.names.client_of(*found)) {
    return Refused{Code::kForbidden, "job: belongs to another client"};
  }
  return found;
}

std::optional<Refused> refused_for_function(const Context& context, const Job& job) {
  const std::string_view function = context.state.names.function_of(job);
  return context.is_for(function)
             ? std::nullopt
             : std::optional(
                   Refused{Code::kForbidden,
                           "job: of function " + not_for(context.asker()->functions, function)});
}

Context Engine::context(Time now, std::uint64_t chance, Effects& effects, const Origin* asker) {
  return {limits_, now, chance, state_, waiters_, effects, progression_, asker};
}

void Engine::extend_leases(Time now, Time since, Span grace, Effects& effects) {
  Context context = this->context(now, 0, effects);
  store::extend_leases(context, since, grace);
}

void Engine::tick(Time now, std::uint64_t chance, Effects& effects) {
  begin_searches();
  Context context = this->context(now, chance, effects);
  // What is forgotten goes first: no reply of this turn can want its texts.
  for (auto& [origin, removal] : std::exchange(removals_, {})) {
    context.set_asker(&origin);
    context.answer(origin, *std::visit(Apply{context}, removal));
  }
  context.set_asker(nullptr);
  forget_finished(context);
  forget_codes(context);
  end_leases(context);
  end_leases_of_gone(context);
  forget_silent_workers(context);
  let_waiting_go_on(context);
  run_schedules(context);
  run_flows(context);
  context.note_opened();
  context.hand_out();
  answer_expired_waiters(context);
}

void Engine::end_waits(Time now, Effects& effects) {
  begin_searches();
  Context context = this->context(now, 0, effects);
  answer_expired_waiters(context);
}

void Engine::begin_searches() {
  progression_.scans_left = limits_.scan_per_turn_max;
  progression_.flow_steps_left = limits_.flow_steps_per_turn_max;
  progression_.bulk_left = limits_.bulk_per_turn_max;
  progression_.search_bytes_left = limits_.search_bytes_per_turn_max;
}

void Engine::apply(Time now, std::uint64_t chance, const Origin& origin, Command command,
                   Effects& effects) {
  if (is_removal(command)) {
    removals_.emplace_back(origin, std::move(command));
    return;
  }
  Context context = this->context(now, chance, effects, &origin);
  if (Answer answer = std::visit(Apply{context}, command)) {
    context.answer(origin, std::move(*answer));
  }
  run_flows(context);
  context.hand_out();
}

void Engine::take_back(Time now, std::uint64_t chance, const std::vector<AcceptedView>& accepted,
                       Effects& effects) {
  Context context = this->context(now, chance, effects);
  for (const AcceptedView& view : accepted) {
    if (const Job* job = leased_job(context, view.key.datasource, view.lease)) {
      store::take_back(context, *job, Returned{});
    }
  }
  run_flows(context);
  context.hand_out();
}

void Engine::end_tokens_of(Time now, std::uint64_t chance, const std::string& key,
                           Effects& effects) {
  Context context = this->context(now, chance, effects);
  const auto is_of_key = [&](std::string_view token) {
    return token.substr(0, token.find('.')) == key;
  };
  end_tokens(context, is_of_key);
  std::vector<std::string> known;
  for (const auto& [token, use] : state_.tokens.uses()) {
    if (is_of_key(token)) {
      known.push_back(token);
    }
  }
  for (std::string& token : known) {
    context.record({}, TokenForgotten{std::move(token)});
  }
  run_flows(context);
  context.hand_out();
}

void Engine::forget_events(Time now, DatasourceIndex datasource, Sequence oldest,
                           Effects& effects) {
  INVARIANT(effects.events.empty(), datasource, oldest);
  context(now, 0, effects).record({.datasource = datasource}, EventsForgotten{oldest});
}

void Engine::forget_waiters(const std::function<bool(const Origin&)>& is_gone) {
  (void)waiters_.take_if(is_gone);
}

void Engine::note_gone(Time now, const std::function<bool(const std::string&)>& is_gone) {
  forget_waiters([&](const Origin& origin) { return is_gone(origin.identity); });
  for (const auto& datasource : state_.datasources) {
    datasource->workers.note_gone(now, is_gone, [&](const std::string& name, const Worker& worker) {
      progression_.gone.emplace(now + worker.gone_after, std::pair(datasource->index, name));
    });
  }
}

void Engine::give_up_waiting(const Refused& refused, Effects& effects) {
  for (const Waiters::Waiter& waiter : waiters_.take_expired(Time::max(), waiters_.size())) {
    std::visit(
        [&](const auto& parked) {
          effects.replies.push_back({parked.origin, refused});
        },
        waiter);
  }
  for (const auto& [origin, removal] : std::exchange(removals_, {})) {
    effects.replies.push_back({origin, refused});
  }
}

Time Engine::next_deadline() const {
  if (state_.jobs.finished_count() > limits_.finished_max || !removals_.empty() ||
      state_.dependencies.next_ended() || state_.group_waits.next() || state_.held_back.next()) {
    return Time::min();
  }
  Time next = std::min({state_.jobs.leases().next(), state_.jobs.waiting().next(),
                        state_.jobs.finished().next(), state_.schedules.next(), waiters_.next(),
                        state_.codes.next_idle(limits_.code_idle_max)});
  for (const auto& [datasource, opens] : progression_.openings) {
    next = std::min(next, opens);
  }
  if (!progression_.gone.empty()) {
    next = std::min(next, progression_.gone.begin()->first);
  }
  return next;
}

}  // namespace store
