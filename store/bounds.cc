#include "bounds.h"

#include <sodium.h>

#include <algorithm>

namespace store {
namespace {

Refused forbidden(const char* detail) { return {Code::kForbidden, detail}; }

RateSpan span_of(const auth::Rate& rate) {
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    if (length_of(static_cast<RateSpan>(i)) >= rate.span) {
      return static_cast<RateSpan>(i);
    }
  }
  return RateSpan::kDay;
}

Allowance allowance_of(const auth::Bounds& bounds) {
  Allowance allowance;
  if (bounds.priority_max) {
    allowance.priority_max = static_cast<std::uint8_t>(*bounds.priority_max);
  }
  allowance.bytes_max = bounds.bytes_max;
  allowance.waiting_max = bounds.waiting_max;
  allowance.running_max = static_cast<std::uint32_t>(bounds.running_max.value_or(0));
  allowance.functions = bounds.functions;
  allowance.valid_for_max = bounds.valid_for_max.value_or(std::chrono::seconds());
  for (const auth::Rate& rate : bounds.rates) {
    allowance.rates.push_back({rate.count, span_of(rate), rate.budget});
  }
  return allowance;
}

// The signature, which is all that is secret of a token and stands at its end, is compared in a
// time that says nothing about where it differs.
bool is_same(const std::string& a, const std::string& b) {
  constexpr std::size_t kSecret = 64;  // of base64, at least 32 bytes and what follows them
  if (a.size() != b.size() || a.size() < kSecret) {
    return false;
  }
  const std::size_t open = a.size() - kSecret;
  return a.compare(0, open, b, 0, open) == 0 &&
         sodium_memcmp(a.data() + open, b.data() + open, kSecret) == 0;
}

struct HoldTo {
  using Result = std::optional<Refused>;

  const auth::Bounds& bounds;
  const State& state;
  Rights& rights;

  Result operator()(Submit& submit) const {
    submit.allowance = allowance_of(bounds);
    return std::nullopt;
  }

  // Its jobs are held to the same, each when it is made.
  Result operator()(PutSchedule& put) const {
    put.allowance = allowance_of(bounds);
    return std::nullopt;
  }

  Result operator()(ListFunctions& list) const {
    if (list.allowance) {
      list.allowance = allowance_of(bounds);
    }
    return std::nullopt;
  }

  Result operator()(Renew& renew) const {
    if (!bounds.lease) {
      return std::nullopt;
    }
    if (!renew.worker.empty()) {
      return forbidden("worker: a caveat 'lease' allows renewals of that lease only");
    }
    const bool fits =
        std::all_of(renew.leases.begin(), renew.leases.end(),
                    [&](const Lease& lease) { return is_the_one(renew.datasource, lease); });
    return fits ? std::nullopt : Result(another_lease());
  }

  Result operator()(Update& update) const {
    for (Item<Outcome>& item : update.outcomes) {
      if (auto* outcome = std::get_if<Outcome>(&item)) {
        if (auto refused = refused_outcome(update.datasource, *outcome)) {
          item = *std::move(refused);
        }
      }
    }
    return std::nullopt;
  }

  Result operator()(const Edit& edit) const {
    if (bounds.priority_max && edit.priority > *bounds.priority_max) {
      return forbidden("priority: is above what the token allows");
    }
    if (bounds.valid_for_max && edit.valid_for > *bounds.valid_for_max) {
      return forbidden("validForMs: is above what the token allows");
    }
    if (bounds.bytes_max && edit.request.size() > *bounds.bytes_max) {
      return Refused{Code::kTooLarge, "request: is above what the token allows"};
    }
    return std::nullopt;
  }

  // Either there is nothing to hold, or the table of operations says that it is not held to any
  // limit, and a token that has one was denied.
  template <typename Other>
  Result operator()(const Other&) const {
    return std::nullopt;
  }

  Result refused_outcome(const std::string& datasource, const Outcome& outcome) const {
    if (bounds.lease) {
      const bool is_accept = std::holds_alternative<AcceptOne>(outcome.report);
      return !is_accept && is_the_one(datasource, outcome.lease) ? std::nullopt
                                                                 : Result(another_lease());
    }
    if (std::holds_alternative<AcceptOne>(outcome.report)) {
      return std::nullopt;
    }
    const Job* job = find(datasource, outcome.lease);
    if (job == nullptr || job->accept_token == kNoSlot) {
      return std::nullopt;  // the engine refuses it, or it was accepted without
    }
    const std::string expected = rights.lease_token(state.tokens.accept_token_of(*job), datasource,
                                                    job->key.sequence, job->attempt);
    return !expected.empty() && is_same(outcome.lease.token, expected)
               ? std::nullopt
               : Result(forbidden("lease.token: is not what the accept of this attempt answered"));
  }

  // The job, if the lease is of its latest attempt.
  const Job* find(const std::string& datasource, const Lease& lease) const {
    const auto index = state.find_datasource(datasource);
    const Job* job = index ? state.find(*index, lease.job) : nullptr;
    return job != nullptr && job->attempt == lease.attempt ? job : nullptr;
  }
  bool is_the_one(const std::string& datasource, const Lease& lease) const {
    const Job* job = find(datasource, lease);
    return job != nullptr && job->key.sequence == bounds.lease->sequence &&
           lease.attempt == bounds.lease->attempt;
  }
  static Refused another_lease() {
    return {Code::kConflict, "lease: is not the token's, or is over"};
  }
};

}  // namespace

std::optional<Refused> hold_to(const auth::Bounds& bounds, const State& state, Rights& rights,
                               Command& command) {
  return std::visit(HoldTo{bounds, state, rights}, command);
}

}  // namespace store
