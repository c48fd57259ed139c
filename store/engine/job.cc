#include "job.h"

#include <algorithm>
#include <cmath>

#include "terms.h"

namespace store {
namespace {

Time or_never(Time time) { return time == Time{} ? Time::max() : time; }

}  // namespace

Time due_at(const Job& job) {
  if (job.status == Status::kAccepted) {
    return std::min({job.deadline, or_never(job.attempt_until), or_never(job.cancel_until)});
  }
  if (is_final(job.status)) {
    return job.finished_at + job.keep_for;
  }
  return std::min(job.is_delayed ? job.not_before : Time::max(), or_never(job.expires_at));
}

Span backoff_delay(const Backoff& backoff, std::uint32_t failures, std::uint64_t chance) {
  if (backoff.initial == Span::zero()) {
    return Span::zero();  // and not that times infinity
  }
  const double factor = std::pow(backoff.factor_percent / 100.0, failures - 1.0);
  const double grown = std::min(static_cast<double>(backoff.initial.count()) * factor,
                                static_cast<double>(backoff.max.count()));
  const auto delay = static_cast<std::uint64_t>(grown);
  const std::uint64_t jitter = delay * backoff.jitter_percent / 100;
  return Span(delay - chance % (jitter + 1));
}

}  // namespace store
