#include "desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "arbiter.h"

namespace store {

std::variant<ServerReply, Refused> Desk::change_keys(Time now, std::uint64_t chance,
                                                     const Route& route, Effects& effects) {
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
      engine_.end_tokens_of(now, chance, std::string(route.job), effects);
      end_watching(now);
    }
  } catch (const auth::KeyFileError& failure) {
    spdlog::error("root keys are not changed: {}", failure.what());
    return Refused{Code::kFull, "key: the file of the keys cannot be changed; see the log"};
  }
  return RootKeysReply{rights_.keys()};
}

void Desk::end_tokens_of_old_arbiter(Time now, std::uint64_t chance, Effects& effects) {
  if (rights_.take_arbiter_change()) {
    engine_.end_tokens_of(now, chance, std::string(auth::kArbiterKeyId), effects);
  }
}

void Desk::serve(Time now, std::uint64_t chance, Request& request, Effects& effects,
                 std::vector<ServerAnswer>& answers) {
  const auto* submit = std::get_if<Submit>(&*request.command);
  // A ticket would be good for longer than the lease.
  const bool wants_tickets =
      submit != nullptr && !submit->no_tickets && !request.grant.bounds.acting;
  const std::size_t before = effects.replies.size();
  engine_.apply(now, chance, request.origin, *std::move(request.command), effects);
  if (request.route.operation == Operation::kRevokeToken) {
    end_watching(now);
  }
  // The command's own answer is one of those that were added.
  for (std::size_t i = before; i < effects.replies.size(); ++i) {
    Outbound& outbound = effects.replies[i];
    if (auto* submitted = std::get_if<SubmitReply>(&outbound.reply); submitted && wants_tickets) {
      hand_tickets(request, *submitted);
    } else if (auto* subscribed = std::get_if<SubscribeReply>(&outbound.reply)) {
      auto handed = request.zest != nullptr
                        ? observe(now, request, *subscribed)
                        : hand_topic(now, request.grant, std::move(*subscribed));
      if (auto* refused = std::get_if<Refused>(&handed)) {
        outbound.reply = std::move(*refused);
      } else {
        answers.push_back({std::move(outbound.origin), std::get<ServerReply>(std::move(handed))});
        effects.replies.erase(effects.replies.begin() + static_cast<std::ptrdiff_t>(i--));
      }
    }
  }
}

bool Desk::may_follow(const Request& request, const std::string& job) const {
  const std::string of_job = "/" + std::string(request.route.datasource) + "/job/" + job;
  constexpr std::string_view kOfJob = "/*/job/+";
  const auto rows = path_rows();
  return std::all_of(rows.begin(), rows.end(), [&](const PathRow& row) {
    if (!row.pattern.starts_with(kOfJob)) {
      return true;
    }
    const std::string path = of_job + std::string(row.pattern.substr(kOfJob.size()));
    auth::Facts facts = request.facts;
    facts.method = to_string(row.method);
    facts.path = path;
    facts.alias_of = {};
    facts.job = job;
    facts.is_status = traits_of(row.operation).effect == Effect::kReads;
    return std::holds_alternative<auth::Grant>(
        rights_.authorize(request.token, auth::Access::kClient, facts));
  });
}

void Desk::hand_tickets(const Request& request, SubmitReply& reply) {
  const std::string datasource(request.route.datasource);
  for (auto& item : reply.items) {
    auto* taken = std::get_if<SubmitReply::Result>(&item);
    // To have submitted a job that was there already proves nothing.
    if (taken != nullptr && (taken->created || may_follow(request, taken->job.job))) {
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
      view.acting_token = acting_token(*job);
    }
  });
}

std::string Desk::acting_token(const Job& job) {
  const State& state = engine_.state();
  const FunctionState* function =
      job.caveats == kNoSlot
          ? nullptr
          : state.registered.find(job.key.datasource, state.names.function_of(job));
  if (function == nullptr || function->function->calls.empty()) {
    return {};
  }
  std::string submitted_with(state.tokens.submit_token_of(job));
  submitted_with += state.names.caveats_of(job);
  return rights_.acting_token(
      submitted_with, state.names.client_of(job), calls_text(function->function->calls),
      state.datasource(job.key.datasource).name, job.key.sequence, job.attempt);
}

void Desk::end_watching_of_dropped(Time now, const Effects& effects) {
  const auto& entries = effects.entries;
  if (std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
        return std::holds_alternative<DatasourceDropped>(entry.change);
      })) {
    end_watching(now);
  }
}

void Desk::end_watching(Time now) {
  streams_.end_all(now);
  if (observers_ != nullptr) {
    observers_->end_all();
  }
}

std::variant<ServerReply, Refused> Desk::observe(Time now, const Request& request,
                                                 const SubscribeReply& reply) {
  if (observers_ == nullptr) {
    return Refused{Code::kUnavailable, "observe: this store has no observe endpoint"};
  }
  auto added = observers_->add(now, request, reply);
  if (auto* refused = std::get_if<Refused>(&added)) {
    return std::move(*refused);
  }
  return std::get<Observed>(std::move(added));
}

std::variant<ServerReply, Refused> Desk::hand_topic(Time now, const auth::Grant& grant,
                                                    SubscribeReply reply) {
  auto sold = streams_.buy(now, reply.scope, grant.expires.value_or(Time::max()), grant.token_id);
  if (auto* refused = std::get_if<Refused>(&sold)) {
    return std::move(*refused);
  }
  const auto& ticket = std::get<Streams::Ticket>(sold);
  return Subscribed{.reply = std::move(reply),
                    .topic = ticket.topic,
                    .endpoints = status_endpoints_,
                    .heartbeat = streams_.heartbeat(),
                    .expires_at = ticket.expires_at == Time::max() ? Time{} : ticket.expires_at,
                    .key = ticket.key};
}

}  // namespace store
