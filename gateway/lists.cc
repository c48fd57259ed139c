#include "lists.h"

#include <utility>

#include "job_requests.h"
#include "jobq/connection.h"

namespace gateway {
namespace {

using PageAnswer = jobq::Answer<jobq::JobPage>;
using CountAnswer = jobq::Answer<jobq::JobCount>;

constexpr int kRoundsMax = 1000;

template <class T>
jobq::Answer<T> too_long() {
  return jobq::Answer<T>(std::make_exception_ptr(
      jobq::Refused(503, "list: takes more than " + std::to_string(kRoundsMax) + " answers")));
}

kj::Promise<PageAnswer> page_from(StoreCalls& calls, ListQuestion question, jobq::JobPage page,
                                  int rounds) {
  if (rounds == kRoundsMax) return too_long<jobq::JobPage>();
  const auto request = jobq::list_request(question.path, question.query);
  const std::string token = question.token;
  return calls.ask(request, token)
      .then([&calls, question = std::move(question), page = std::move(page),
             rounds](PageAnswer answer) mutable -> kj::Promise<PageAnswer> {
        if (!answer.has_value()) return answer;
        jobq::sort_in(page, std::move(answer).value(), question.query);
        if (!jobq::ask_more(question.query, page)) return PageAnswer(std::move(page));
        return page_from(calls, std::move(question), std::move(page), rounds + 1);
      });
}

kj::Promise<CountAnswer> count_from(StoreCalls& calls, ListQuestion question, std::uint64_t count,
                                    int rounds) {
  if (rounds == kRoundsMax) return too_long<jobq::JobCount>();
  const auto request = jobq::count_request(question.path, question.query);
  const std::string token = question.token;
  return calls.ask(request, token)
      .then([&calls, question = std::move(question), count,
             rounds](CountAnswer answer) mutable -> kj::Promise<CountAnswer> {
        if (!answer.has_value()) return answer;
        const auto [counted, cursor] = answer.value();
        if (cursor == 0) return CountAnswer(jobq::JobCount{count + counted, 0});
        question.query.cursor = cursor;
        return count_from(calls, std::move(question), count + counted, rounds + 1);
      });
}

}  // namespace

kj::Promise<PageAnswer> ordered_page(StoreCalls& calls, ListQuestion question) {
  return page_from(calls, std::move(question), {}, 0);
}

kj::Promise<CountAnswer> total_of(StoreCalls& calls, ListQuestion question) {
  question.query.cursor = 0;
  question.query.behind.reset();
  // The other word for the same list: "/scan/job/count", "/jobs/scan/count".
  question.path.replace(question.path.rfind("list"), 4, "count");
  return count_from(calls, std::move(question), 0, 0);
}

}  // namespace gateway
