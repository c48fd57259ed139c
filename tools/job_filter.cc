#include "job_filter.h"

#include "time_text.h"

namespace tools {
namespace {

void declare_time(Options& options, const char* name, jobq::Time& value, const char* about) {
  options.value(name, about, [&value, name](const std::string& text) {
    value = instant_of_option(Options::name_of(name), text, system_now(), SpanMeans::kAgo);
  });
}

}  // namespace

void declare_job_filter(Options& options, jobq::ListQuery& query) {
  options.text("--function NAME", query.function,
               "Only jobs with this function; * stands for any text, ? for one byte");
  options.text("--tag NAME", query.tag, "Only jobs with this tag; the same");
  options.text("--key NAME", query.turn_key, "Only jobs with this key");
  options.text("--unique NAME", query.unique, "Only jobs with this unique name");
  options.text("--group NAME", query.group, "Only jobs of this group");
  jobq::ListTimes& times = query.times;
  declare_time(options, "--submitted-since TIME", times.submitted_since,
               "Only jobs submitted then or later: 2026-11-23T10:00:00Z, seconds or milliseconds "
               "since 1970, or 15m ago; also below");
  declare_time(options, "--submitted-before TIME", times.submitted_before,
               "Only jobs submitted before");
  declare_time(options, "--started-since TIME", times.started_since,
               "Only jobs whose latest attempt began then or later");
  declare_time(options, "--started-before TIME", times.started_before,
               "Only jobs whose latest attempt began before");
  declare_time(options, "--ended-since TIME", times.ended_since,
               "Only jobs that have ended then or later");
  declare_time(options, "--ended-before TIME", times.ended_before,
               "Only jobs that have ended before");
}

bool is_narrowed(const jobq::ListQuery& query) {
  return !query.client.empty() || !query.statuses.empty() || !query.function.empty() ||
         !query.tag.empty() || !query.text.empty() || !query.turn_key.empty() ||
         !query.unique.empty() || !query.group.empty() || query.times != jobq::ListTimes{};
}

}  // namespace tools
