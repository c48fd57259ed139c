// What the server does with keys, tokens and topics: the engine knows nothing of them.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "server.h"

namespace store {

void Server::change_keys(Time now, const Route& route, const Origin& origin) {
  const std::vector<std::string> ids = parts_.rights.keys();
  const bool retires = route.operation == Operation::kRetireKey;
  if (retires && std::find(ids.begin(), ids.end(), route.job) == ids.end()) {
    return refuse(origin, {Code::kNotFound, "key: unknown"});
  }
  if (retires && ids.back() == route.job) {
    return refuse(origin, {Code::kConflict, "key: is the newest; make a new one first"});
  }
  try {
    if (retires) {
      parts_.rights.retire_key(route.job);
      parts_.engine.end_tokens_of(now, std::string(route.job), effects_);
      parts_.streams.end_all(now);
    } else {
      parts_.rights.add_key();
    }
    asked_.has_changed_keys = true;
    effects_.replies.push_back({origin, KeysReply{parts_.rights.keys()}});
  } catch (const auth::KeyFileError& failure) {
    spdlog::error("root keys are not changed: {}", failure.what());
    refuse(origin, {Code::kFull, "key: the file of the keys cannot be changed; see the log"});
  }
}

void Server::hand_tickets(const std::string& datasource, const auth::Grant& grant,
                          SubmitReply& reply) {
  for (auto& item : reply.items) {
    if (auto* taken = std::get_if<SubmitReply::Taken>(&item)) {
      taken->ticket = parts_.rights.ticket(grant, datasource, taken->job.client, taken->job.id);
    }
  }
}

void Server::hand_lease_token(JobView& view) {
  const JobTable& jobs = parts_.engine.jobs();
  const Job* job = jobs.find(view.key);
  if (job != nullptr && job->attempt == view.attempt) {
    view.lease_token = parts_.rights.lease_token(jobs.accept_token_of(*job),
                                                 jobs.datasource(view.key.datasource).name,
                                                 view.key.sequence, view.attempt);
  }
}

void Server::hand_lease_tokens(Reply& reply) {
  if (auto* accepted = std::get_if<AcceptReply>(&reply)) {
    for (JobView& job : accepted->jobs) {
      hand_lease_token(job);
    }
  } else if (auto* updated = std::get_if<UpdateReply>(&reply)) {
    for (auto& item : updated->items) {
      auto* taken = std::get_if<UpdateReply::Taken>(&item);
      if (taken != nullptr && taken->accepted) {
        hand_lease_token(*taken->accepted);
      }
    }
  }
}

void Server::hand_topic(Time now, const auth::Grant& grant, Outbound& answer) {
  auto* subscribed = std::get_if<SubscribeReply>(&answer.reply);
  if (subscribed == nullptr) {
    return;
  }
  const auto ticket =
      parts_.streams.buy(now, subscribed->scope, grant.expires.value_or(Time::max()));
  if (!ticket) {
    answer.reply = Streams::too_many();
    return;
  }
  subscribed->topic = ticket->topic;
  subscribed->endpoints = status_.status_endpoints;
  subscribed->heartbeat = parts_.streams.heartbeat();
  subscribed->expires_at = ticket->expires_at == Time::max() ? Time{} : ticket->expires_at;
}

}  // namespace store
