#include "job_terms.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>
#include <type_traits>

#include "failure.h"
#include "field_tables.h"
#include "jobq/traceparent.h"
#include "json_text.h"
#include "json_values.h"
#include "options.h"
#include "printing.h"
#include "text_rules.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

// "2", "1.5": between the limits, times 100.
unsigned hundredths(const std::string& option, std::string_view text, double min, double max) {
  const double value = parse_decimal(text).value_or(min - 1);
  if (!(value >= min && value <= max)) {
    throw UsageError(fmt::format("{}: '{}' is no number from {} to {}", option, text, min, max));
  }
  return static_cast<unsigned>(std::lround(value * 100));
}

// "20%" or "20". A fraction could mean either.
unsigned percentage(const std::string& option, std::string_view text) {
  const std::string_view digits = text.substr(0, text.size() - (text.ends_with('%') ? 1 : 0));
  const auto number = jobq::parse_number(digits, 100);
  if (!number) {
    throw UsageError(
        fmt::format("{}: '{}' is no whole percentage from 0% to 100%, as in 20%", option, text));
  }
  return static_cast<unsigned>(*number);
}

void set_backoff_part(jobq::Backoff& backoff, const std::string& option, std::string_view name,
                      std::string_view value) {
  const std::string where = fmt::format("{} {}", option, name);
  if (name == "initial") {
    backoff.initial = span_of_option(where, value, kYear);
  } else if (name == "max") {
    backoff.max = span_of_option(where, value, kYear);
  } else if (name == "factor") {
    backoff.factor_percent = hundredths(where, value, 1, 100);
  } else if (name == "jitter") {
    backoff.jitter_percent = percentage(where, value);
  } else {
    throw UsageError(fmt::format(
        "{}: '{}' is none of its parts; write initial=1s,factor=2,max=1h,jitter=20% or none",
        option, name));
  }
}

[[noreturn]] void wrong_field(const std::string& name, const std::string& what) {
  throw UsageError(fmt::format("field {}: {}", name, what));
}

std::string text_of(const std::string& name, const Json& value) {
  if (!value.is_string()) wrong_field(name, "a text is expected");
  if (value.get_ref<const std::string&>().empty()) wrong_field(name, "it must not be empty");
  return value.get<std::string>();
}

std::int64_t number_of(const std::string& name, const Json& value, std::int64_t min,
                       std::int64_t max) {
  if (!value.is_number_integer() || (value.is_number_unsigned() && value > max) || value < min ||
      value > max) {
    wrong_field(name, fmt::format("a whole number from {} to {} is expected", min, max));
  }
  return value.get<std::int64_t>();
}

jobq::Time time_of(const std::string& name, const Json& value) {
  if (value.is_number()) {
    return jobq::Time(jobq::Span(number_of(name, value, 0, jobq::limits::kNotBeforeMax)));
  }
  return instant_of_option("field " + name, text_of(name, value), system_now(),
                           SpanMeans::kFromNow);
}

template <class T>
bool set_field(T& value, const std::string& where, const std::string& name, const Json& json);

template <class Member>
void set_member(Member& member, const std::string& where, const Json& json) {
  if constexpr (std::is_same_v<Member, std::string>) {
    member = text_of(where, json);
  } else if constexpr (std::is_same_v<Member, jobq::Span>) {
    // Zero means the default, but where it means at once.
    const bool may_be_zero = where == "delayMs" || where.starts_with("backoff.");
    member = Member(number_of(where, json, may_be_zero ? 0 : 1, jobq::kSpanMax.count()));
  } else if constexpr (std::is_same_v<Member, jobq::Time>) {
    member = time_of(where, json);
  } else if constexpr (std::is_enum_v<Member>) {
    member = enum_of_option(where, text_of(where, json), all_of<Member>());
  } else if constexpr (std::is_same_v<Member, unsigned>) {
    NumberLimits limits = limits_of_field(where);
    limits.min = std::max(limits.min, 1U);
    if (where == "backoff.factorPercent") limits = {100, 10'000};
    if (where == "backoff.jitterPercent") limits = {0, 100};
    member = static_cast<unsigned>(number_of(where, json, limits.min, limits.max));
  } else if constexpr (std::is_same_v<Member, std::vector<std::string>>) {
    if (!json.is_array()) wrong_field(where, "a list of texts is expected");
    member.clear();
    for (const Json& item : json) member.push_back(text_of(where, item));
  } else if constexpr (std::is_same_v<Member, std::vector<jobq::After>>) {
    if (!json.is_array()) wrong_field(where, "a list of objects is expected");
    member.clear();
    for (const Json& item : json) {
      const std::string at = fmt::format("{}[{}]", where, member.size());
      if (!item.is_object()) wrong_field(at, "an object is expected");
      auto& after = member.emplace_back();
      for (const auto& [name, part] : item.items()) {
        const std::string inner = fmt::format("{}.{}", at, name);
        if (!set_field(after, inner, name, part)) wrong_field(inner, "there is no such field");
      }
    }
  } else if constexpr (std::is_same_v<Member, std::vector<jobq::FollowUp>>) {
    // Its requests are kept as they were written: job_of_line() reads it.
  } else if constexpr (std::is_same_v<Member, bool>) {
    if (!json.is_boolean()) wrong_field(where, "true or false is expected");
    member = json.get<bool>();
  } else {  // an optional value with fields of its own
    if (!json.is_object()) wrong_field(where, "an object is expected");
    auto& nested = member.emplace();
    for (const auto& [name, part] : json.items()) {
      const std::string inner = fmt::format("{}.{}", where, name);
      if (!set_field(nested, inner, name, part)) wrong_field(inner, "there is no such field");
    }
  }
}

// False when the value has no field of that name. `where` is what messages call it.
template <class T>
bool set_field(T& value, const std::string& where, const std::string& name, const Json& json) {
  bool is_found = false;
  jobq::each_field(value, [&](auto& member, const auto& access) {
    if constexpr (std::is_same_v<decltype(access), const jobq::InlinedAccess&>) {
      is_found = is_found || set_field(member, where, name, json);
    } else if (jobq::schema_name(access.name) == name) {
      is_found = true;
      set_member(member, where, json);
    }
  });
  return is_found;
}

template <class T>
void add_names(std::string& text) {
  T value{};
  jobq::each_field(value, [&](auto& member, const auto& access) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<decltype(access), const jobq::InlinedAccess&>) {
      add_names<Member>(text);
    } else {
      text += (text.empty() || text.ends_with('{') ? "" : ", ") + jobq::schema_name(access.name);
      if constexpr (std::is_same_v<Member, std::optional<jobq::Backoff>>) {
        text += " {";
        add_names<jobq::Backoff>(text);
        text += '}';
      } else if constexpr (std::is_same_v<Member, std::vector<jobq::After>>) {
        text += " [{";
        add_names<jobq::After>(text);
        text += "}]";
      } else if constexpr (std::is_same_v<Member, std::vector<jobq::FollowUp>>) {
        text += " [{on, datasource, function, request, priority, job, then}]";
      }
    }
  });
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number ? std::optional(value) : std::nullopt;
}

NumberLimits limits_of_field(std::string_view field) {
  const std::string name = jobq::schema_name(field);
  for (const auto& [limit, max] : jobq::kLimits) {
    if (limit == name || limit == name + "Max") return {1, static_cast<unsigned>(max)};
  }
  return {0, UINT32_MAX};
}

std::string words_of_field(std::string_view field, char between) {
  std::string words;
  for (const char c : field) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital && !words.empty()) words += between;
    words += static_cast<char>(is_capital ? c | 0x20 : c);
  }
  return words;
}

std::string names_of_job_fields() {
  std::string text;
  add_names<jobq::NewJob>(text);
  return text;
}

jobq::Backoff backoff_of_option(const std::string& option, std::string_view text) {
  if (text == "none") return {.initial = {}, .max = {}, .jitter_percent = 0};
  jobq::Backoff backoff;
  bool has_max = false;
  std::string_view rest = text;
  do {
    std::string_view value = take_until(rest, ',');
    const std::string_view name = take_until(value, '=');
    has_max = has_max || name == "max";
    set_backoff_part(backoff, option, name, value);
  } while (!rest.empty());
  if (!has_max) backoff.max = std::max(backoff.max, backoff.initial);
  if (backoff.max < backoff.initial) {
    throw UsageError(fmt::format("{}: max is shorter than initial", option));
  }
  return backoff;
}

std::string backoff_text(const jobq::Backoff& backoff) {
  if (backoff.initial == jobq::Span{}) return "none";
  return fmt::format("initial={},factor={:g},max={},jitter={}%", exact_span_text(backoff.initial),
                     backoff.factor_percent / 100.0, exact_span_text(backoff.max),
                     backoff.jitter_percent);
}

jobq::After after_of_option(const std::string& option, std::string_view text) {
  const std::size_t slash = text.find('/');
  const bool is_near = slash == std::string_view::npos;
  jobq::After after{.datasource = std::string(is_near ? "" : text.substr(0, slash)),
                    .job = std::string(is_near ? text : text.substr(slash + 1))};
  const std::string wrong = jobq::wrong_with_job_id(after.job);
  const std::string other = is_near ? "" : jobq::wrong_with_datasource_id(after.datasource);
  if (!wrong.empty() || !other.empty()) {
    throw UsageError(fmt::format("{}: '{}': {}", option, text,
                                 wrong.empty() ? "the datasource " + other : "the job " + wrong));
  }
  return after;
}

jobq::FollowUp follow_up_of_option(const std::string& option, std::string_view text,
                                   jobq::FollowOn on) {
  const std::size_t colon = text.find(':');
  const bool has_function = colon != std::string_view::npos;
  jobq::FollowUp then{.on = on,
                      .datasource = std::string(text.substr(0, colon)),
                      .function = std::string(has_function ? text.substr(colon + 1) : "")};
  const std::string wrong = then.datasource.empty() && has_function
                                ? ""
                                : jobq::wrong_with_datasource_id(then.datasource);
  const std::string other =
      has_function ? jobq::wrong_with_name(then.function, jobq::limits::kIdBytesMax) : "";
  if (!wrong.empty() || !other.empty()) {
    throw UsageError(
        fmt::format("{}: '{}': {}", option, text,
                    wrong.empty() ? "the function " + other : "the datasource " + wrong));
  }
  return then;
}

std::string trace_of_environment() {
  const char* value = std::getenv("TRACEPARENT");
  if (value == nullptr || *value == '\0') return {};
  if (jobq::is_traceparent(value)) return value;
  say("jobq: TRACEPARENT in the environment is no W3C traceparent: left out\n");
  return {};
}

jobq::NewJob job_of_line(std::string_view line, const jobq::NewJob& otherwise) {
  if (const auto problem = json_problem(line)) throw UsageError("not JSON: " + *problem);
  const auto members = raw_members(line);
  if (!members) throw UsageError("not a JSON object");
  jobq::NewJob job = otherwise;
  std::set<std::string> seen;
  for (const auto& [name, value] : *members) {
    if (!seen.insert(name).second) wrong_field(name, "it stands there twice");
    if (name == "request") {
      job.request = value;
      continue;
    }
    if (name == "then") {
      try {
        jobq::json::read_member(value, job.then, {}, name);
      } catch (const jobq::WrongField& wrong) {
        wrong_field(wrong.field, wrong.wrong);
      }
      continue;
    }
    if (!set_field(job, name, name, Json::parse(value))) {
      wrong_field(name, "there is no such field");
    }
  }
  if (job.request.empty()) wrong_field("request", "it is missing");
  return job;
}

}  // namespace tools
