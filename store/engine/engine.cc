#include "engine.h"

#include <algorithm>

#include "timers.h"
#include "turn.h"

namespace store {
namespace {

// An operation of the first kind is always answered at once; one of the second may wait.
struct Apply {
  Turn& turn;
  const Origin& origin;

  template <typename AnyCommand>
  void operator()(AnyCommand& command) const {
    if constexpr (requires { store::apply(turn, origin, command); }) {
      if (std::optional<Reply> reply = store::apply(turn, origin, command)) {
        turn.answer(origin, std::move(*reply));
      }
    } else {
      turn.answer(origin, store::apply(turn, command));
    }
  }
};

}  // namespace

Turn Engine::turn(Time now, std::uint64_t chance, Effects& effects, const Origin* asker) {
  return {limits_, now, chance, state_, waiters_, effects, scans_left_, asker, swept_token_};
}

void Engine::tick(Time now, std::uint64_t chance, Effects& effects) {
  scans_left_ = limits_.scan_per_turn_max;
  Turn turn = this->turn(now, chance, effects);
  // What is forgotten goes first: no reply of this turn can want its texts.
  for (const auto& [origin, removal] : std::exchange(removals_, {})) {
    turn.asker = &origin;
    turn.answer(origin, store::apply(turn, removal));
  }
  turn.asker = nullptr;
  forget_finished(turn);
  end_leases(turn);
  let_waiting_go_on(turn);
  turn.hand_out();
  answer_expired_waiters(turn);
}

void Engine::apply(Time now, std::uint64_t chance, const Origin& origin, Command command,
                   Effects& effects) {
  if (auto* removal = std::get_if<Remove>(&command)) {
    removals_.emplace_back(origin, std::move(*removal));
    return;
  }
  Turn turn = this->turn(now, chance, effects, &origin);
  std::visit(Apply{turn, origin}, command);
  turn.hand_out();
}

void Engine::take_back(Time now, const std::vector<JobView>& accepted, Effects& effects) {
  Turn turn = this->turn(now, 0, effects);
  for (const JobView& view : accepted) {
    if (const Job* job = leased_job(turn, view.key.datasource, {view.id, view.attempt})) {
      if (job->cancel_sequence != 0) {
        turn.record(view.key, Cancelled{});
      } else {
        turn.record(view.key, Returned{});
        expire_if_overdue(turn, *job);
      }
    }
  }
  turn.hand_out();
}

void Engine::end_tokens_of(Time now, const std::string& key, Effects& effects) {
  Turn turn = this->turn(now, 0, effects);
  const auto is_of_key = [&](std::string_view token) {
    return token.substr(0, token.find('.')) == key;
  };
  end_tokens(turn, is_of_key);
  std::vector<std::string> known;
  for (const auto& [token, use] : state_.tokens.uses()) {
    if (is_of_key(token)) {
      known.push_back(token);
    }
  }
  for (std::string& token : known) {
    turn.record({}, TokenForgotten{std::move(token)});
  }
  turn.hand_out();
}

void Engine::forget_events(Time now, DatasourceIndex datasource, Sequence oldest,
                           Effects& effects) {
  turn(now, 0, effects).record({.datasource = datasource}, EventsForgotten{oldest});
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
  if (state_.jobs.finished_count() > limits_.finished_max || !removals_.empty()) {
    return Time::min();
  }
  return std::min({state_.jobs.leases().next(), state_.jobs.waiting().next(),
                   state_.jobs.finished().next(), waiters_.next()});
}

}  // namespace store
