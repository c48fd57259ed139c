// Tokens of leases, as accepts told them, for outcomes that are written down without.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "messages.h"

namespace wire {

class LeaseTokens {
 public:
  const Answer& remember(const Answer& accepted) {
    if (accepted.body().isAccepted()) {
      for (const auto job : accepted.body().getAccepted()) {
        remember(job.getLease());
      }
    } else if (accepted.body().isUpdated()) {
      for (const auto result : accepted.body().getUpdated()) {
        remember(result.getAccepted().getLease());
      }
    }
    return accepted;
  }

  Outcome with_token(Outcome outcome) const {
    const auto found = tokens_.find({outcome.lease.job, outcome.lease.attempt});
    if (outcome.lease.token.empty() && found != tokens_.end()) {
      outcome.lease.token = found->second;
    }
    return outcome;
  }

 private:
  void remember(protocol::Lease::Reader lease) {
    tokens_[{lease.getJob(), lease.getAttempt()}] = lease.getToken();
  }

  std::map<std::pair<std::string, std::uint32_t>, std::string> tokens_;
};

}  // namespace wire
