#include "whole_jobs.h"

#include <iterator>
#include <utility>

#include "jobq/connection.h"
#include "jobq/limits.h"
#include "refusal.h"

namespace gateway {
namespace {

using Jobs = std::vector<jobq::JobStatus>;
using JobsAnswer = jobq::Answer<Jobs>;

constexpr std::size_t kAtOnce = 16;
constexpr std::size_t kBytesMax = std::size_t{64} << 20;

bool is_gone(const jobq::Answer<jobq::JobStatus>& answer) {
  try {
    std::rethrow_exception(answer.error());
  } catch (const jobq::Refused& refused) {
    return refused.code() == 404;
  } catch (const jobq::Unreachable&) {
    return false;
  }
}

// As far as it has come.
struct Walk {
  StoreCalls& calls;
  const Asker& asker;
  HeldBytes::Share& share;
  Jobs jobs;
  Jobs done{};
  std::size_t next = 0;
  std::size_t bytes = 0;

  // Of one that has come. Throws Refusal.
  void take(jobq::JobStatus job) {
    const std::size_t size = sizeof(job) + job.request.size() + job.response.size() +
                             job.error.detail.size() + job.checkpoint.size();
    bytes += size;
    if (bytes > kBytesMax) throw Refusal(413, "list", "is too large: ask for fewer jobs at a time");
    share.grow(size);
    done.push_back(std::move(job));
  }

  kj::Promise<JobsAnswer> go_on();
};

kj::Promise<JobsAnswer> Walk::go_on() {
  const std::size_t end = std::min(next + kAtOnce, jobs.size());
  if (next == end) return JobsAnswer(std::move(done));
  auto asked = kj::heapArrayBuilder<kj::Promise<jobq::Answer<jobq::JobStatus>>>(end - next);
  for (; next < end; ++next) {
    asked.add(asker.ask_status(calls, jobs[next].job, {.options = {.with_request = true}}));
  }
  return kj::joinPromises(asked.finish())
      .then([this](kj::Array<jobq::Answer<jobq::JobStatus>> answers) -> kj::Promise<JobsAnswer> {
        try {
          for (auto& answer : answers) {
            if (answer.has_value()) {
              take(std::move(answer).value());
            } else if (!is_gone(answer)) {
              return JobsAnswer(answer.error());
            }
          }
        } catch (const Refusal& error) {
          return JobsAnswer(std::make_exception_ptr(jobq::Refused(error.code, error.what())));
        }
        return go_on();
      });
}

kj::Promise<JobsAnswer> pages(StoreCalls& calls, const Asker& asker, jobq::ListQuery query,
                              std::size_t max, Jobs jobs) {
  const auto request = jobq::list_request(asker.list_path(), query);
  return calls.ask(request, asker.token())
      .then([&calls, &asker, query, max, jobs = std::move(jobs)](
                jobq::Answer<jobq::JobPage> answer) mutable -> kj::Promise<JobsAnswer> {
        if (!answer.has_value()) return JobsAnswer(answer.error());
        jobq::JobPage page = std::move(answer).value();
        std::move(page.jobs.begin(), page.jobs.end(), std::back_inserter(jobs));
        if (jobs.size() > max) jobs.resize(max);
        if (page.cursor == 0 || jobs.size() == max) return JobsAnswer(std::move(jobs));
        query.cursor = page.cursor;
        return pages(calls, asker, std::move(query), max, std::move(jobs));
      });
}

}  // namespace

kj::Promise<JobsAnswer> whole_jobs(StoreCalls& calls, const Asker& asker, HeldBytes::Share& share,
                                   Jobs jobs) {
  auto walk = kj::heap<Walk>(Walk{calls, asker, share, std::move(jobs)});
  auto whole = walk->go_on();
  return whole.attach(kj::mv(walk));
}

kj::Promise<JobsAnswer> all_jobs(StoreCalls& calls, const Asker& asker, jobq::ListQuery query,
                                 std::size_t max) {
  query.client = asker.client();
  query.limit = jobq::limits::kListLimitMax;
  return pages(calls, asker, std::move(query), max, {});
}

}  // namespace gateway
