#include "job.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "attempt_end.h"
#include "changes.h"
#include "terms.h"

namespace store {
namespace {

Time or_never(Time time) { return time == Time{} ? Time::max() : time; }

// By name, as they are sorted.
template <typename Items, typename Name>
auto find_named(const Items& items, Name name_of, std::string_view name) {
  const auto found = std::lower_bound(
      items.begin(), items.end(), name,
      [&](const auto& item, std::string_view wanted) { return item.*name_of < wanted; });
  return found != items.end() && (*found).*name_of == name ? &*found : nullptr;
}

}  // namespace

std::string spelled(const Hash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

std::optional<Hash> hash_spelled(std::string_view text) {
  Hash hash{};
  for (std::size_t i = 0; i < hash.size() && text.size() == 2 * hash.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, hash[i], 16);
    if (error != std::errc() || end != digits + 2) {
      return std::nullopt;
    }
  }
  return text.size() == 2 * hash.size() ? std::optional(hash) : std::nullopt;
}

Time due_at(const Job& job) {
  if (job.status == Status::kAccepted) {
    return std::min({job.deadline, or_never(job.attempt_until), or_never(job.cancel_until)});
  }
  if (is_final(job.status)) {
    return job.finished_at + job.keep_for;
  }
  return std::min(job.is_delayed ? job.not_before : Time::max(), or_never(job.expires_at));
}

Time timer_at(const Job& job) {
  return std::min({due_at(job), or_never(job.slow_at), or_never(job.stall_at)});
}

Terms keeping(Terms terms, Span span) {
  terms.keep_for = terms.keep_failed_for = span;
  terms.keep_cancelled_for = terms.keep_forbidden_for = span;
  return terms;
}

Span kept_for(const Terms& terms, Status status) {
  switch (status) {
    case Status::kFailed: return first_set(terms.keep_failed_for, terms.keep_for);
    case Status::kCancelled: return first_set(terms.keep_cancelled_for, terms.keep_for);
    case Status::kForbidden: return first_set(terms.keep_forbidden_for, terms.keep_for);
    case Status::kSubmitted:
    case Status::kAccepted:
    case Status::kRetrying:
    case Status::kComplete: break;
  }
  return terms.keep_for;
}

Job imported_job(JobKey key, const jobq::JobStatus& from) {
  Job made{.id = from.job, .key = key};
  made.priority = static_cast<std::uint8_t>(from.priority);
  made.has_failure = !from.error.code.empty();
  made.has_message = !from.progress_message.empty();
  made.attempt = from.attempt;
  made.failures = from.failures;
  made.lost_leases = from.lost_leases;
  made.releases = from.releases;
  made.request_bytes = static_cast<std::uint32_t>(from.request.size());
  made.response_bytes = static_cast<std::uint32_t>(from.response.size());
  made.progress = static_cast<float>(from.progress);
  made.submitted_at = from.submitted_at;
  made.started_at = from.started_at;
  made.accepted_at = from.accepted_at;
  made.content = hash_spelled(from.content).value_or(Hash{});
  return made;
}

void start_attempt(Job& job, Time now, const Accepted& accepted, const Terms& terms) {
  job.status = Status::kAccepted;
  ++job.attempt;
  job.request_number = accepted.request_number;
  job.is_out_of_turn = accepted.out_of_turn;
  job.started_at = first_start_of(job);
  job.accepted_at = now;
  job.slow_at = after(now, terms.slow_after);
  job.stall_at = after(now, terms.stall_after);
  job.deadline = accepted.deadline;
  job.attempt_until = after(now, terms.timeout);
  job.attempt_log_lines = 0;
  job.progress = 0;
  job.has_message = false;
  job.outcome = {};
}

Time forgotten_at(const jobq::JobStatus& job) {
  return job.finished_at + kept_for(*job.terms, job.status);
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

std::uint32_t weight_of(const DatasourceConfig& config, std::string_view client) {
  const auto* weight = find_named(config.weights, &jobq::Weight::client, client);
  return weight == nullptr ? 1 : weight->weight;
}

std::uint32_t cost_of(const DatasourceConfig& config, std::string_view function) {
  const auto* cost = find_named(config.costs, &jobq::Cost::function, function);
  return cost == nullptr ? 1 : cost->cost;
}

std::uint32_t running_max_of(const DatasourceConfig& config, std::string_view function) {
  const auto* limit = find_named(config.function_limits, &jobq::FunctionLimit::function, function);
  return limit == nullptr ? 0 : limit->running_max;
}

}  // namespace store
