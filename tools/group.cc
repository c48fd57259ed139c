#include "group.h"

#include <algorithm>
#include <chrono>

#include "output.h"

namespace tools {

GroupTally GroupCalls::tally() {
  GroupTally tally;
  (void)each_page(
      std::uint64_t{0}, UINT64_MAX,
      [&](std::uint64_t cursor, unsigned limit) {
        return calls_.list({.cursor = cursor, .limit = limit, .group = group_});
      },
      [&](const jobq::JobPage& page) {
        for (const jobq::JobStatus& job : page.jobs) {
          ++tally.jobs;
          ++tally.of_status[job.status];
          if (!jobq::is_final(job.status)) tally.live.push_back(job.job);
        }
        return page.jobs.size();
      });
  if (tally.jobs == 0) throw UsageError("group: there is no job of '" + group_ + "'");
  return tally;
}

std::optional<GroupTally> GroupCalls::wait(jobq::Span timeout,
                                           const std::function<void(const GroupTally&)>& changed) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kToldAfter = 16;  // jobs that have ended, or an eighth
  const auto start = Clock::now();
  const auto left = [&] {
    return timeout - std::chrono::duration_cast<jobq::Span>(Clock::now() - start);
  };
  for (;;) {
    const GroupTally now = tally();
    changed(now);
    if (now.live.empty()) return now;
    const std::size_t next = std::max(kToldAfter, now.live.size() / 8);
    for (std::size_t i = 0; i < std::min(now.live.size(), next); ++i) {
      calls_.go_on_with(now.live[i]);
      if (!calls_.wait(std::max(left(), jobq::Span(1)))) return std::nullopt;
    }
  }
}

std::size_t GroupCalls::cancel(const GroupTally& tally) {
  std::size_t running = 0;
  for (const std::string& job : tally.live) {
    calls_.go_on_with(job);
    running += jobq::is_final(calls_.cancel().status) ? 0 : 1;
  }
  return running;
}

Json fields_of(const GroupTally& tally, const std::string& group) {
  Json fields{{"group", group}, {"jobs", tally.jobs}};
  for (const auto& [status, count] : tally.of_status) {
    fields[std::string(jobq::to_string(status))] = count;
  }
  return fields;
}

std::string text_of(const GroupTally& tally) {
  std::string text;
  for (const auto& [status, count] : tally.of_status) {
    text += (text.empty() ? "" : ", ") + fmt::format("{} {}", count, jobq::to_string(status));
  }
  return text;
}

}  // namespace tools
