// Lists of jobs: which jobs, in what order, page by page; docs/protocol.md, 8.3.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/names.h"
#include "jobq/types.h"

namespace jobq {

// In which order a list is. kService: that in which jobs that may run now are handed out; the first
// 10,000.
enum class ListOrder : std::uint8_t {
  kSubmitted,
  kSubmittedDown,
  kStarted,
  kStartedDown,
  kEnded,
  kEndedDown,
  kChanged,
  kChangedDown,
  kPriority,
  kPriorityDown,
  kService
};
template <>
inline constexpr std::array<std::string_view, 11> kNames<ListOrder>{
    "submitted", "submitted-down", "started",  "started-down",  "ended",  "ended-down",
    "changed",   "changed-down",   "priority", "priority-down", "service"};

// In the others a page goes on behind a job alone (ListQuery::cursor).
constexpr bool is_by_value(ListOrder order) {
  return order >= ListOrder::kStarted && order <= ListOrder::kPriorityDown;
}
constexpr bool is_down(ListOrder order) {
  return order != ListOrder::kService && static_cast<int>(order) % 2 != 0;
}

// Where a job stands in an order by a value.
struct ListPlace {
  std::uint64_t value = 0;  // milliseconds, an event's number, or a priority
  std::uint64_t sequence = 0;
  auto operator<=>(const ListPlace&) const = default;
};
constexpr bool is_before(const ListPlace& a, const ListPlace& b, ListOrder order) {
  return is_down(order) ? b < a : a < b;
}
// What the job is ordered by; 0 where it is not by a value.
template <class Facts>
std::uint64_t list_value(const Facts& job, ListOrder order) {
  const auto ms = [](Time time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
  };
  switch (order) {
    case ListOrder::kStarted:
    case ListOrder::kStartedDown: return ms(job.accepted_at);
    case ListOrder::kEnded:
    case ListOrder::kEndedDown: return ms(job.finished_at);
    case ListOrder::kChanged:
    case ListOrder::kChangedDown: return job.changed;
    case ListOrder::kPriority:
    case ListOrder::kPriorityDown: return job.priority;
    case ListOrder::kSubmitted:
    case ListOrder::kSubmittedDown:
    case ListOrder::kService: break;
  }
  return 0;
}
inline ListPlace place_of(const JobStatus& job, ListOrder order) {
  return {list_value(job, order), job.sequence};
}

// One page of a list; `cursor` goes into the next query, 0 after the last page.
struct JobPage {
  std::vector<JobStatus> jobs;
  std::uint64_t cursor = 0;
  std::uint64_t last = 0;  // in exports: the datasource's last event when the page was made
  // In orders by a value: what goes into the next query as `behind`; none after the last page.
  std::optional<ListPlace> next{};
};

struct JobCount {
  std::uint64_t count = 0;
  std::uint64_t cursor = 0;
};

// From a time on, and up to another one, without that; zero: any.
struct ListTimes {
  Time submitted_since{};
  Time submitted_before{};
  Time started_since{};  // of the latest attempt
  Time started_before{};
  Time ended_since{};
  Time ended_before{};
  bool operator==(const ListTimes&) const = default;
};

struct ListQuery {
  std::string client{};  // as in NewJob; for a driver empty means all clients
  std::uint64_t cursor = 0;
  unsigned limit = 0;              // 1..1000; 0: the store's default, 100
  std::vector<Status> statuses{};  // empty: any
  // Empty: any. In both "*" stands for any text, and "?" for one byte.
  std::string function{};
  std::string tag{};
  // Only jobs whose request contains these bytes, up to 1024. Such pages come back short more
  // often.
  std::string text{};
  bool flagged = false;    // only those that are slow or stalled
  std::string turn_key{};  // empty: any
  std::string unique{};    // empty: any
  std::string group{};     // empty: any
  ListTimes times{};
  ListOrder order = ListOrder::kSubmitted;
  // In orders by a value: only what stands behind, or ahead of, such a place.
  std::optional<ListPlace> behind{};
  std::optional<ListPlace> ahead_of{};
};

}  // namespace jobq
