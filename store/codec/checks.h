// Checks the values of one request and remembers the first thing that is wrong: what is checked
// after it changes nothing, so that whoever decodes asks once, at the end. The order of the calls
// is therefore the order of precedence that docs/protocol.md promises. Part of the codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "commands.h"
#include "json_check.h"
#include "operations.h"
#include "refusals.h"
#include "store_limits.h"

namespace store {

class Checks {
 public:
  // All must outlive this. A `pinned_client` that is not empty counts whatever the body says.
  Checks(const Limits& limits, JsonCheck& json_check, const Route& route,
         const std::string& pinned_client)
      : limits(limits), route(route), json_check_(json_check), pinned_client_(pinned_client) {}

  const Limits& limits;
  const Route& route;

  // The first that is wrong.
  const std::optional<Refused>& wrong() const { return wrong_; }
  // Takes it, so that the next item of a list is checked by itself.
  std::optional<Refused> take_wrong() { return std::exchange(wrong_, std::nullopt); }

  void refuse(const FieldPath& field, std::string_view what);
  void refuse_unless(bool is_right, const FieldPath& field, std::string_view what);
  // 400 unless it is within both, which the refusal names.
  void range(const FieldPath& field, std::uint64_t value, std::uint64_t min, std::uint64_t max);
  void span(const FieldPath& field, Span value, Span max) { range(field, raw(value), 0, raw(max)); }
  void time(const FieldPath& field, Time time) {
    span(field, time.time_since_epoch(), limits.not_before_max.time_since_epoch());
  }
  // 413 when there are more.
  void count(const FieldPath& field, std::size_t count, std::size_t max);
  void items(const FieldPath& field, std::size_t count);  // 1 .. items_max

  void text(const FieldPath& field, const std::string& text, std::size_t bytes_max);
  void json(const FieldPath& field, const std::string& text, std::size_t bytes_max);
  void job_id(const FieldPath& field, const std::string& id);
  void optional_job_id(const FieldPath& field, const std::string& id);
  void datasource_id(const FieldPath& field, const std::string& id);
  // Must be one; `optional_name` may be empty, which is: not said.
  void name(const FieldPath& field, const std::string& name);
  void optional_name(const FieldPath& field, const std::string& name);
  // A name in which "*" stands for any text, and "?" for one byte.
  void optional_pattern(const FieldPath& field, const std::string& pattern);
  void trace(const FieldPath& field, const std::string& trace);

  // Sets it to the pinned client, if there is one.
  void client(const FieldPath& field, std::string& client);
  void worker(const FieldPath& at, const std::string& worker, std::uint64_t request_number);
  // The path may name the job instead of the body; both must not differ.
  void job_of_path(const FieldPath& field, std::string& job);

  void lease(const FieldPath& field, Span lease);
  void wait(Span wait) { span("waitMs", wait, limits.wait_max); }
  // Zero becomes the default.
  void limit(std::size_t& limit);
  // Sorts the labels, and leaves none twice.
  void terms(const FieldPath& at, Terms& terms);
  void error(const FieldPath& at, const JobError& error);

 private:
  static std::uint64_t raw(Span span) { return static_cast<std::uint64_t>(span.count()); }
  bool is_wrong() const { return wrong_.has_value(); }

  JsonCheck& json_check_;
  const std::string& pinned_client_;
  std::optional<Refused> wrong_;
};

}  // namespace store
