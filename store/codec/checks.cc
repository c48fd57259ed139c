#include "checks.h"

#include <simdjson.h>

#include <algorithm>

#include "jobq/traceparent.h"
#include "text_rules.h"

namespace store {

void Checks::refuse(const FieldPath& field, std::string_view what) {
  if (!is_wrong()) {
    wrong_ = bad(field, what);
  }
}

void Checks::refuse_unless(bool is_right, const FieldPath& field, std::string_view what) {
  if (!is_right) {
    refuse(field, what);
  }
}

void Checks::range(const FieldPath& field, std::uint64_t value, std::uint64_t min,
                   std::uint64_t max) {
  if (value < min || value > max) {
    refuse(field, std::to_string(min) + ".." + std::to_string(max));
  }
}

void Checks::count(const FieldPath& field, std::size_t count, std::size_t max) {
  if (!is_wrong() && count > max) {
    wrong_ = Refused{Code::kTooLarge, field.spelled() + ": " + std::to_string(count) +
                                          ", at most " + std::to_string(max)};
  }
}

void Checks::items(const FieldPath& field, std::size_t size) {
  refuse_unless(size > 0, field, "must hold at least one");
  count(field, size, limits.items_max);
}

void Checks::text(const FieldPath& field, const std::string& text, std::size_t bytes_max) {
  if (is_wrong()) {
    return;
  }
  if (text.size() > bytes_max) {
    wrong_ = too_large(field, text.size(), bytes_max);
  } else if (!simdjson::validate_utf8(text)) {
    refuse(field, "is not UTF-8");
  }
}

void Checks::json(const FieldPath& field, const std::string& text, std::size_t bytes_max) {
  if (is_wrong()) {
    return;
  }
  if (text.size() > bytes_max) {
    wrong_ = too_large(field, text.size(), bytes_max);
  } else {
    const std::string wrong = json_check_.wrong_with(text);
    refuse_unless(wrong.empty(), field, wrong);
  }
}

void Checks::job_id(const FieldPath& field, const std::string& id) {
  const std::string wrong = jobq::wrong_with_job_id(id, limits.id_bytes_max);
  refuse_unless(wrong.empty(), field, wrong);
}

void Checks::optional_job_id(const FieldPath& field, const std::string& id) {
  if (!id.empty()) {
    job_id(field, id);
  }
}

void Checks::datasource_id(const FieldPath& field, const std::string& id) {
  const std::string wrong = jobq::wrong_with_datasource_id(id, limits.id_bytes_max);
  refuse_unless(wrong.empty(), field, wrong);
}

void Checks::name(const FieldPath& field, const std::string& name) {
  const std::string wrong = jobq::wrong_with_name(name, limits.id_bytes_max);
  refuse_unless(wrong.empty(), field, wrong);
}

void Checks::optional_name(const FieldPath& field, const std::string& text) {
  if (!text.empty()) {
    name(field, text);
  }
}

void Checks::optional_pattern(const FieldPath& field, const std::string& pattern) {
  std::string text = pattern;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '*' || c == '?'; }, 'x');
  optional_name(field, text);
}

void Checks::trace(const FieldPath& field, const std::string& trace) {
  if (!trace.empty() && !jobq::is_traceparent(trace)) {
    refuse(field, "is no W3C traceparent of " + std::to_string(jobq::kTraceparentBytes) +
                      " bytes: 2, 32, 16 and 2 lower-case hex digits joined by -");
  }
}

void Checks::client(const FieldPath& field, std::string& client) {
  if (!pinned_client_.empty()) {
    client = pinned_client_;
  }
  name(field, client);
}

void Checks::worker(const FieldPath& at, const std::string& worker, std::uint64_t request_number) {
  name(at.field("worker"), worker);
  refuse_unless(request_number != 0, at.field("requestNumber"), "must be 1 or more");
}

void Checks::job_of_path(const FieldPath& field, std::string& job) {
  if (job.empty()) {
    job = route.job;
  }
  refuse_unless(route.job.empty() || job == route.job, field, "is not the job of the path");
  job_id(field, job);
}

void Checks::lease(const FieldPath& field, Span lease) {
  if (lease != Span::zero() && (lease < limits.lease_min || lease > limits.lease_max)) {
    refuse(field, std::to_string(limits.lease_min.count()) + ".." +
                      std::to_string(limits.lease_max.count()) + ", or 0");
  }
}

void Checks::limit(std::size_t& limit) {
  limit = limit == 0 ? limits.list_limit_default : limit;
  if (limit > limits.list_limit_max) {
    refuse("limit", "1.." + std::to_string(limits.list_limit_max) + ", or 0 for " +
                        std::to_string(limits.list_limit_default));
  }
}

void Checks::terms(const FieldPath& at, Terms& terms) {
  constexpr std::uint32_t kPercent = 100;
  const FieldPath labels = at.field("labels");
  count(labels, terms.labels.size(), limits.labels_max);
  for (std::size_t i = 0; i < terms.labels.size() && !is_wrong(); ++i) {
    name(labels.item(i), terms.labels[i]);
  }
  std::sort(terms.labels.begin(), terms.labels.end());
  terms.labels.erase(std::unique(terms.labels.begin(), terms.labels.end()), terms.labels.end());
  span(at.field("keepFailedForMs"), terms.keep_failed_for, limits.span_max);
  span(at.field("keepCancelledForMs"), terms.keep_cancelled_for, limits.span_max);
  span(at.field("keepForbiddenForMs"), terms.keep_forbidden_for, limits.span_max);
  span(at.field("validForMs"), terms.valid_for, limits.delay_max);
  span(at.field("timeoutMs"), terms.timeout, limits.span_max);
  span(at.field("slowAfterMs"), terms.slow_after, limits.span_max);
  span(at.field("stallAfterMs"), terms.stall_after, limits.span_max);
  span(at.field("deferMaxMs"), terms.defer_max, limits.span_max);
  range(at.field("failuresMax"), terms.failures_max, 0, limits.failures_max);
  range(at.field("lostLeasesMax"), terms.lost_leases_max, 0, limits.lost_leases_max);
  range(at.field("releasesMax"), terms.releases_max, 0, limits.releases_max);
  if (terms.backoff) {
    const FieldPath backoff = at.field("backoff");
    span(backoff.field("initialMs"), terms.backoff->initial, limits.span_max);
    range(backoff.field("factorPercent"), terms.backoff->factor_percent, kPercent,
          limits.backoff_factor_percent_max);
    range(backoff.field("maxMs"), raw(terms.backoff->max), raw(terms.backoff->initial),
          raw(limits.span_max));
    range(backoff.field("jitterPercent"), terms.backoff->jitter_percent, 0, kPercent);
  }
}

void Checks::error(const FieldPath& at, const JobError& error) {
  text(at.field("code"), error.code, limits.error_code_bytes_max);
  refuse_unless(!error.code.empty(), at.field("code"), "must not be empty");
  text(at.field("message"), error.message, limits.error_message_bytes_max);
  text(at.field("detail"), error.detail, limits.error_detail_bytes_max);
}

}  // namespace store
