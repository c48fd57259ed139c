// Jobs of a datasource that match what a list asks for, looked at in steps, so that a filter that
// matches little holds up nobody else.
#pragma once

#include <algorithm>

#include "hand_out.h"
#include "job_view.h"
#include "text_rules.h"

namespace store {

// Whether a job is in the list, as far as the engine can see: not for the text in its request.
class JobFilter {
 public:
  // Both must outlive this.
  JobFilter(const Context& context, const ListJobs& list)
      : context_(context),
        list_(list),
        has_pattern_(is_pattern(list.function) || is_pattern(list.tag)) {}

  bool matches(const Job& job) const {
    const JobNames& names = context_.state.names;
    return is_in(list_.statuses, job.status) && fits(names.function_of(job), list_.function) &&
           has_tag(names.tags_of(job)) &&
           (list_.turn_key.empty() || list_.turn_key == names.turn_key_of(job)) &&
           (list_.unique.empty() || list_.unique == names.unique_of(job)) &&
           (list_.group.empty() || list_.group == names.group_of(job)) && is_in_time(job) &&
           is_in_place(job) && (!list_.flagged || job.is_slow || job.is_stalled) &&
           context_.is_for(names.function_of(job));
  }

  // What it costs to look at the job, in jobs: patterns compare each byte with many.
  std::size_t cost_of(const Job& job) const {
    constexpr std::size_t kComparedAtOnce = 256;
    if (!has_pattern_) {
      return 1;
    }
    const JobNames& names = context_.state.names;
    std::size_t compared = names.function_of(job).size() * list_.function.size();
    for (const std::string& tag : names.tags_of(job)) {
      compared += tag.size() * list_.tag.size();
    }
    return 1 + compared / kComparedAtOnce;
  }

 private:
  static bool is_pattern(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
  }
  static bool fits(std::string_view name, std::string_view pattern) {
    return pattern.empty() || name == pattern || jobq::fits_pattern(name, pattern);
  }
  bool has_tag(const std::vector<std::string>& tags) const {
    return list_.tag.empty() ||
           (is_pattern(list_.tag) ? std::any_of(tags.begin(), tags.end(),
                                                [&](const std::string& tag) {
                                                  return jobq::fits_pattern(tag, list_.tag);
                                                })
                                  : std::binary_search(tags.begin(), tags.end(), list_.tag));
  }
  static bool is_within(Time time, Time since, Time before) {
    return (since == Time{} || time >= since) &&
           (before == Time{} || (time != Time{} && time < before));
  }
  bool is_in_time(const Job& job) const {
    const jobq::ListTimes& times = list_.times;
    return is_within(job.submitted_at, times.submitted_since, times.submitted_before) &&
           is_within(job.accepted_at, times.started_since, times.started_before) &&
           is_within(job.finished_at, times.ended_since, times.ended_before);
  }
  bool is_in_place(const Job& job) const {
    if (!list_.behind && !list_.ahead_of) {
      return true;
    }
    const jobq::ListPlace place{jobq::list_value(job, list_.order), job.key.sequence};
    return (!list_.behind || jobq::is_before(*list_.behind, place, list_.order)) &&
           (!list_.ahead_of || jobq::is_before(place, *list_.ahead_of, list_.order));
  }

  const Context& context_;
  const ListJobs& list_;
  const bool has_pattern_;
};

// Takes what a walk costs off what is left for the turn of the store.
class WalkCosts {
 public:
  WalkCosts(Context& context, const ListJobs& list)
      : has_text_(!list.text.empty()),
        left_(context.take_scans(has_text_ ? context.limits.search_scan_max
                                           : context.limits.list_scan_max)),
        bytes_left_(context.progression.search_bytes_left) {}

  // Whether the job can be looked at. Whoever asks gets through one at least.
  bool take(const Job& job, std::size_t cost) {
    const std::size_t bytes = has_text_ ? kSearchedBytesMin + job.request_bytes : 0;
    if (!is_first_ && (left_ < cost || bytes > bytes_left_)) {
      return false;
    }
    is_first_ = false;
    left_ -= std::min(left_, cost);
    bytes_left_ -= std::min(bytes, bytes_left_);
    return true;
  }

 private:
  // What it costs to search a job whose request is empty, in bytes that are searched meanwhile.
  static constexpr std::size_t kSearchedBytesMin = 1024;

  const bool has_text_;
  std::size_t left_;
  std::size_t& bytes_left_;
  bool is_first_ = true;
};

// Jobs that may run now, in the order in which they would be served, behind the one with that
// sequence if it is among them.
template <typename Visit>
void walk_in_service(Context& context, const Datasource& datasource, const ListJobs& list,
                     const Visit& visit) {
  const Slot behind = list.cursor == 0 ? kNoSlot : datasource.jobs.find(list.cursor);
  bool is_behind = behind == kNoSlot || !is_ready(context.state.jobs.at(behind));
  std::size_t walked = 0;
  datasource.ready.walk(weights_of(context.state, datasource), [&](Slot slot) {
    if (walked++ == context.limits.ahead_counted_max) {
      return false;
    }
    if (!is_behind) {
      is_behind = slot == behind;
      return true;
    }
    const Job& job = context.state.jobs.at(slot);
    const bool is_asked_for = !list.client || *list.client == context.state.names.client_of(job);
    return !is_asked_for || visit(slot);
  });
  std::size_t& left = context.progression.scans_left;
  left -= std::min(left, walked);
}

// Shows the jobs that match to `take`, which says whether it has room for more; those of an order
// by a value as they were submitted. Returns where to go on, 0 at the end.
template <typename Take>
Sequence walk_matching(Context& context, const ListJobs& list, const Take& take) {
  const auto datasource = context.state.find_datasource(list.datasource);
  if (!datasource) {
    return 0;
  }
  const Datasource& there = context.state.datasource(*datasource);
  const ClientJobs* of_client =
      list.client ? context.state.jobs_of_client(there, *list.client) : nullptr;
  if (list.client && of_client == nullptr) {
    return 0;
  }
  const JobNames& names = context.state.names;
  const GroupJobs* of_group =
      list.client ? there.find_group(names.find_client(*list.client), names.find_key(list.group))
                  : nullptr;
  if (list.client && !list.group.empty() && of_group == nullptr) {
    return 0;
  }
  const SequenceIndex& index = of_group != nullptr    ? of_group->jobs
                               : of_client == nullptr ? there.jobs
                                                      : of_client->jobs;
  const JobFilter filter(context, list);
  WalkCosts costs(context, list);
  Sequence last = 0;
  Sequence cursor = 0;
  bool has_room = true;
  const auto visit = [&](Slot slot) {
    const Job& job = context.state.jobs.at(slot);
    if (!has_room || !costs.take(job, filter.cost_of(job))) {
      cursor = last;
      return false;
    }
    last = job.key.sequence;
    if (filter.matches(job)) {
      has_room = take(job);
    }
    return true;
  };
  if (list.order == jobq::ListOrder::kService) {
    walk_in_service(context, there, list, visit);
  } else if (list.order == jobq::ListOrder::kSubmittedDown) {
    index.walk_down(list.cursor == 0 ? UINT64_MAX : list.cursor, visit);
  } else {
    index.walk(list.cursor, visit);
  }
  return cursor;
}

}  // namespace store
