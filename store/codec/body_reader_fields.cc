#include <simdjson.h>

#include <algorithm>

#include "body_reader.h"
#include "jobq/traceparent.h"

namespace store {
namespace {

std::optional<Refused> bad_unless_empty(const Place& field, const std::string& wrong) {
  return wrong.empty() ? std::nullopt : std::optional(bad(field, wrong));
}

}  // namespace

std::optional<Refused> BodyReader::take_failure(const Place& at, protocol::JobError::Reader error,
                                                Failure& failure) const {
  if (auto wrong = take_text(at.field("code"), error.getCode(), limits_.error_code_bytes_max,
                             failure.code)) {
    return wrong;
  }
  if (failure.code.empty()) {
    return bad(at.field("code"), "must not be empty");
  }
  if (auto wrong = take_text(at.field("message"), error.getMessage(),
                             limits_.error_message_bytes_max, failure.message)) {
    return wrong;
  }
  return take_text(at.field("detail"), error.getDetail(), limits_.error_detail_bytes_max,
                   failure.detail);
}

std::optional<Refused> BodyReader::take_text(const Place& field, capnp::Text::Reader text,
                                             std::size_t bytes_max, std::string& target) const {
  if (text.size() > bytes_max) {
    return too_large(field, text.size(), bytes_max);
  }
  if (!simdjson::validate_utf8(text.begin(), text.size())) {
    return bad(field, "is not UTF-8");
  }
  target = text_of(text);
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_json(const Place& field, capnp::Text::Reader text,
                                             std::size_t bytes_max, std::string& target) const {
  if (text.size() > bytes_max) {
    return too_large(field, text.size(), bytes_max);
  }
  if (!is_json_(text_of(text))) {
    return bad(field, "is not JSON");
  }
  target = text_of(text);
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_name(const Place& field, capnp::Text::Reader name,
                                             std::string& target) const {
  target = text_of(name);
  return target.empty() ? std::nullopt
                        : bad_unless_empty(field, wrong_with_name(target, limits_.id_bytes_max));
}

std::optional<Refused> BodyReader::take_names(const Place& field, Names names,
                                              std::size_t count_max,
                                              std::vector<std::string>& target) const {
  if (auto wrong = check_count(field, names.size(), count_max)) {
    return wrong;
  }
  target.reserve(names.size());
  for (unsigned i = 0; i < names.size(); ++i) {
    const std::string& name = target.emplace_back(text_of(names[i]));
    if (const auto wrong = wrong_with_name(name, limits_.id_bytes_max); !wrong.empty()) {
      return bad(field.item(i), wrong);
    }
  }
  std::sort(target.begin(), target.end());
  target.erase(std::unique(target.begin(), target.end()), target.end());
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_client(const Place& field, capnp::Text::Reader said,
                                               std::string& target) const {
  target = pinned_client_.empty() ? text_of(said) : pinned_client_;
  return bad_unless_empty(field, wrong_with_name(target, limits_.id_bytes_max));
}

std::optional<Refused> BodyReader::take_worker(const Place& at, capnp::Text::Reader worker,
                                               std::uint64_t request_number,
                                               std::string& target) const {
  target = text_of(worker);
  if (const auto wrong = wrong_with_name(target, limits_.id_bytes_max); !wrong.empty()) {
    return bad(at.field("worker"), wrong);
  }
  if (request_number == 0) {
    return bad(at.field("requestNumber"), "must be 1 or more");
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_job_of_path(const Place& field, std::string& job) const {
  if (job.empty()) {
    job = route_.job;
  } else if (!route_.job.empty() && job != route_.job) {
    return bad(field, "is not the job of the path");
  }
  return bad_unless_empty(field, wrong_with_job_id(job, limits_.id_bytes_max));
}

std::optional<Refused> BodyReader::take_trace(const Place& field, capnp::Text::Reader trace,
                                              std::string& target) const {
  target = text_of(trace);
  if (!target.empty() && !jobq::is_traceparent(target)) {
    return bad(field, "is no W3C traceparent of " + std::to_string(jobq::kTraceparentBytes) +
                          " bytes: 2, 32, 16 and 2 lower-case hex digits joined by -");
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_span(const Place& field, std::uint64_t ms, Span max,
                                             Span& target) const {
  target = Span(ms);
  return check_range(field, ms, 0, static_cast<std::uint64_t>(max.count()));
}

std::optional<Refused> BodyReader::take_lease(const Place& field, std::uint32_t lease_ms,
                                              Span& target) const {
  target = Span(lease_ms);
  if (lease_ms != 0 && (target < limits_.lease_min || target > limits_.lease_max)) {
    return bad(field, std::to_string(limits_.lease_min.count()) + ".." +
                          std::to_string(limits_.lease_max.count()) + ", or 0");
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_wait(std::uint32_t wait_ms, Span& target) const {
  return take_span("waitMs", wait_ms, limits_.wait_max, target);
}

std::optional<Refused> BodyReader::take_limit(std::uint32_t limit, std::size_t& target) const {
  target = limit == 0 ? limits_.list_limit_default : limit;
  if (target > limits_.list_limit_max) {
    return bad("limit", "1.." + std::to_string(limits_.list_limit_max) + ", or 0 for " +
                            std::to_string(limits_.list_limit_default));
  }
  return std::nullopt;
}

std::optional<Refused> BodyReader::take_statuses(Statuses statuses, std::uint8_t allowed,
                                                 std::uint8_t& target) const {
  for (const protocol::Status said : statuses) {
    const auto status = static_cast<unsigned>(said);
    if (status >= kStatusCount) {
      return bad("statuses", "holds a status that does not exist");
    }
    const auto bit = static_cast<std::uint8_t>(1u << status);
    if ((allowed & bit) == 0) {
      return bad("statuses", "may not hold " + std::string(to_string(static_cast<Status>(status))));
    }
    target = static_cast<std::uint8_t>(target | bit);
  }
  return std::nullopt;
}

template <typename Said>
std::optional<Refused> BodyReader::take_terms(const Place& at, const Said& said,
                                              SaidTerms& terms) const {
  if (auto wrong = take_span(at.field("validForMs"), said.getValidForMs(), limits_.delay_max,
                             terms.valid_for)) {
    return wrong;
  }
  if (auto wrong =
          take_span(at.field("timeoutMs"), said.getTimeoutMs(), limits_.span_max, terms.timeout)) {
    return wrong;
  }
  terms.failures_max = said.getFailuresMax();
  if (auto wrong =
          check_range(at.field("failuresMax"), terms.failures_max, 0, limits_.failures_max)) {
    return wrong;
  }
  terms.lost_leases_max = said.getLostLeasesMax();
  if (auto wrong = check_range(at.field("lostLeasesMax"), terms.lost_leases_max, 0,
                               limits_.lost_leases_max)) {
    return wrong;
  }
  terms.releases_max = said.getReleasesMax();
  if (auto wrong =
          check_range(at.field("releasesMax"), terms.releases_max, 0, limits_.releases_max)) {
    return wrong;
  }
  if (!said.hasBackoff()) {
    return std::nullopt;
  }
  return take_backoff(at.field("backoff"), said.getBackoff(), terms.backoff.emplace());
}

template std::optional<Refused> BodyReader::take_terms(const Place&,
                                                       const protocol::NewJob::Reader&,
                                                       SaidTerms&) const;
template std::optional<Refused> BodyReader::take_terms(const Place&, const protocol::Terms::Reader&,
                                                       SaidTerms&) const;

std::optional<Refused> BodyReader::take_backoff(const Place& at, protocol::Backoff::Reader said,
                                                Backoff& backoff) const {
  constexpr std::uint32_t kPercent = 100;
  if (auto wrong = take_span(at.field("initialMs"), said.getInitialMs(), limits_.span_max,
                             backoff.initial)) {
    return wrong;
  }
  backoff.factor_percent = said.getFactorPercent();
  if (auto wrong = check_range(at.field("factorPercent"), backoff.factor_percent, kPercent,
                               limits_.backoff_factor_percent_max)) {
    return wrong;
  }
  backoff.max = Span(said.getMaxMs());
  if (auto wrong = check_range(at.field("maxMs"), said.getMaxMs(), said.getInitialMs(),
                               static_cast<std::uint64_t>(limits_.span_max.count()))) {
    return wrong;
  }
  backoff.jitter_percent = said.getJitterPercent();
  return check_range(at.field("jitterPercent"), backoff.jitter_percent, 0, kPercent);
}

}  // namespace store
