// What the server does with keys, tokens and topics, of which the engine knows nothing: answers
// operators who ask about keys, and adds to the engine's answers what only the server can make.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "admission.h"
#include "effects.h"
#include "engine.h"
#include "observers.h"
#include "rights.h"
#include "streams.h"

namespace store {

// Calls `each` for every job that the reply hands to a worker.
template <typename AnyReply, typename Each>
void for_jobs_handed_out(AnyReply& reply, const Each& each) {
  if (auto* accepted = std::get_if<AcceptReply>(&reply)) {
    for (auto& job : accepted->jobs) {
      each(job);
    }
  } else if (auto* updated = std::get_if<UpdateReply>(&reply)) {
    for (auto& item : updated->items) {
      auto* taken = std::get_if<UpdateReply::Result>(&item);
      if (taken != nullptr && taken->accepted) {
        each(*taken->accepted);
      }
    }
  }
}

// Answers that are not the engine's, to be sent with its own.
struct ServerAnswer {
  Origin origin;
  ServerReply reply;
};

class Desk {
 public:
  // All must outlive this. `status_endpoints` are where topics are to be subscribed to.
  // `observers`: nullptr where there is no observe endpoint.
  Desk(Rights& rights, Engine& engine, Streams& streams, Observers* observers,
       std::vector<std::string> status_endpoints)
      : rights_(rights),
        engine_(engine),
        streams_(streams),
        observers_(observers),
        status_endpoints_(std::move(status_endpoints)) {}

  // What tokens of databox's arbiter have that it signed with a secret which is no more.
  void end_tokens_of_old_arbiter(Time now, std::uint64_t chance, Effects& effects);

  // Lists, makes or retires root keys. REQUIRES: that is what the request asks.
  std::variant<ServerReply, Refused> change_keys(Time now, std::uint64_t chance, const Route& route,
                                                Effects& effects);

  // Has the engine do what the request asks, and completes the answers to it; those that become its
  // own go to `answers`. REQUIRES: it has a command.
  void serve(Time now, std::uint64_t chance, Request& request, Effects& effects,
             std::vector<ServerAnswer>& answers);

  // Those who watch are told if the turn has dropped a datasource; all, for they watch anew.
  void end_watching_of_dropped(Time now, const Effects& effects);

  // Adds the tokens of the leases in it to an answer that is about to be sent, which is when the
  // jobs in it were accepted.
  void hand_lease_tokens(Reply& reply);

 private:
  // Whether the caller may do itself all that a ticket of the job allows.
  bool may_follow(const Request& request, const std::string& job) const;
  void hand_tickets(const Request& request, SubmitReply& reply);
  // For what the job's function calls; empty: nothing, or it is not known with what it was
  // submitted.
  std::string acting_token(const Job& job);
  void end_watching(Time now);
  std::variant<ServerReply, Refused> observe(Time now, const Request& request,
                                             const SubscribeReply& reply);
  std::variant<ServerReply, Refused> hand_topic(Time now, const auth::Grant& grant,
                                                SubscribeReply reply);

  Rights& rights_;
  Engine& engine_;
  Streams& streams_;
  Observers* const observers_;
  const std::vector<std::string> status_endpoints_;
};

}  // namespace store
