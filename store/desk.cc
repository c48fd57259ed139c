#include "desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace store {

Reply Desk::change_keys(Time now, const Route& route, Effects& effects) {
  const std::vector<std::string> ids = rights_.keys();
  try {
    if (route.operation == Operation::kNewKey) {
      rights_.add_key();
    } else if (route.operation == Operation::kRetireKey) {
      if (std::find(ids.begin(), ids.end(), route.job) == ids.end()) {
        return Refused{Code::kNotFound, "key: unknown"};
      }
      if (ids.back() == route.job) {
        return Refused{Code::kConflict, "key: is the newest; make a new one first"};
      }
      rights_.retire_key(route.job);
      engine_.end_tokens_of(now, std::string(route.job), effects);
      streams_.end_all(now);
    }
  } catch (const auth::KeyFileError& failure) {
    spdlog::error("root keys are not changed: {}", failure.what());
    return Refused{Code::kFull, "key: the file of the keys cannot be changed; see the log"};
  }
  return KeysReply{rights_.keys()};
}

void Desk::serve(Time now, std::uint64_t chance, Request& request, Effects& effects) {
  const auto* submit = std::get_if<Submit>(&*request.command);
  const bool wants_tickets = submit != nullptr && !submit->no_tickets;
  const std::size_t answers = effects.replies.size();
  engine_.apply(now, chance, request.origin, *std::move(request.command), effects);
  if (request.route.operation == Operation::kRevokeToken) {
    streams_.end_all(now);
  }
  // The command's own answer is one of those that were added.
  for (std::size_t i = answers; i < effects.replies.size(); ++i) {
    Reply& reply = effects.replies[i].reply;
    if (auto* submitted = std::get_if<SubmitReply>(&reply); submitted && wants_tickets) {
      hand_tickets(request, *submitted);
    } else {
      hand_topic(now, request.grant, reply);
    }
  }
}

void Desk::hand_tickets(const Request& request, SubmitReply& reply) {
  const std::string datasource(request.route.datasource);
  for (auto& item : reply.items) {
    if (auto* taken = std::get_if<SubmitReply::Result>(&item)) {
      taken->ticket = rights_.ticket(request.grant, datasource, taken->job.client, taken->job.job);
    }
  }
}

void Desk::hand_lease_tokens(Reply& reply) {
  const State& state = engine_.state();
  for_jobs_handed_out(reply, [&](AcceptedView& view) {
    const Job* job = state.find(view.key);
    if (job != nullptr && job->attempt == view.lease.attempt) {
      view.lease.token = rights_.lease_token(state.tokens.accept_token_of(*job),
                                             state.datasource(view.key.datasource).name,
                                             view.key.sequence, view.lease.attempt);
    }
  });
}

void Desk::hand_topic(Time now, const auth::Grant& grant, Reply& reply) {
  auto* subscribed = std::get_if<SubscribeReply>(&reply);
  if (subscribed == nullptr) {
    return;
  }
  const auto ticket = streams_.buy(now, subscribed->scope, grant.expires.value_or(Time::max()));
  if (!ticket) {
    reply = Streams::too_many();
    return;
  }
  subscribed->topic = ticket->topic;
  subscribed->endpoints = status_endpoints_;
  subscribed->heartbeat = streams_.heartbeat();
  subscribed->expires_at = ticket->expires_at == Time::max() ? Time{} : ticket->expires_at;
}

}  // namespace store
