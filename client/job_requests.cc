#include "job_requests.h"

#include <algorithm>
#include <iterator>

#include "jobq/limits.h"
#include "messages.h"

namespace jobq {
namespace {

std::string path_of(const JobAddress& address, const std::string& operation = {}) {
  return address.base + "/job/" + job_part(address.job) + "/" + operation;
}

void fill(protocol::JobQuery::Builder out, const JobAddress& address) {
  out.setJob(wire::text(address.job));
  out.setClient(wire::text(address.client));
}

}  // namespace

Request<JobStatus> status_request(const JobAddress& address, const StatusQuery& query) {
  return request<JobStatus>(
      {.path = path_of(address), .held = query.held, .fill = [address, query](RequestBody body) {
         auto out = body.initJobQuery();
         jobq::fill(out, address);
         out.setWaitMs(wire::narrowed<std::uint32_t>(wire::ms(query.held)));
         out.setSeen(query.seen);
         out.setUntilFinal(query.until_final);
         out.setWithAttempts(query.options.with_attempts);
         out.setWithRequest(query.options.with_request);
       }});
}

Request<JobStatus> cancel_request(const JobAddress& address) {
  return request<JobStatus>(
      {.method = Method::POST,
       .path = path_of(address, "cancel"),
       .fill = [address](RequestBody body) { jobq::fill(body.initJobQuery(), address); }});
}

Request<LogPage> log_request(const JobAddress& address, const LogQuery& query) {
  return request<LogPage>(
      {.path = path_of(address, "log"), .fill = [address, query](RequestBody body) {
         auto out = body.initLogQuery();
         out.setClient(wire::text(address.client));
         wire::write(query, out);
       }});
}

Request<Explanation> explain_request(const JobAddress& address) {
  return request<Explanation>(
      {.path = path_of(address, "explain"),
       .fill = [address](RequestBody body) { jobq::fill(body.initJobQuery(), address); }});
}

Request<JobPage> list_request(const std::string& path, const ListQuery& query) {
  return request<JobPage>({.path = path, .fill = [query](RequestBody body) {
                             wire::write(query, body.initListQuery());
                           }});
}

Request<JobCount> count_request(const std::string& path, const ListQuery& query) {
  return request<JobCount>({.path = path, .fill = [query](RequestBody body) {
                              wire::write(query, body.initListQuery());
                            }});
}

Request<std::vector<SubmitResult>> results_request(Question question, std::size_t count) {
  return request<std::vector<SubmitResult>>(
      std::move(question), [count](protocol::Reply::Reader reply) {
        const auto list = items_of(reply, Body::SUBMITTED).getSubmitted();
        require_size(list.size(), count);
        return to_vector<SubmitResult>(list);
      });
}

namespace {

std::size_t limit_of(const ListQuery& query) {
  return query.limit == 0 ? limits::kListLimitDefault : query.limit;
}

}  // namespace

void sort_in(JobPage& page, JobPage more, const ListQuery& query) {
  const auto is_first = [order = query.order](const JobStatus& a, const JobStatus& b) {
    return is_before(place_of(a, order), place_of(b, order), order);
  };
  const auto middle = static_cast<std::ptrdiff_t>(page.jobs.size());
  std::move(more.jobs.begin(), more.jobs.end(), std::back_inserter(page.jobs));
  std::inplace_merge(page.jobs.begin(), page.jobs.begin() + middle, page.jobs.end(), is_first);
  page.jobs.resize(std::min(page.jobs.size(), limit_of(query)));
  page.cursor = more.cursor;
}

bool ask_more(ListQuery& query, JobPage& page) {
  const bool is_full = page.jobs.size() >= limit_of(query);
  if (page.cursor == 0) {
    if (is_full) {
      page.next = place_of(page.jobs.back(), query.order);
    }
    return false;
  }
  query.cursor = page.cursor;
  if (is_full) {
    query.ahead_of = place_of(page.jobs.back(), query.order);
  }
  return true;
}

JobPage ask_list(StoreConnection& store, ListQuery query,
                 const std::function<Request<JobPage>(const ListQuery&)>& make) {
  JobPage page = store.ask(make(query));
  while (is_by_value(query.order) && ask_more(query, page)) {
    sort_in(page, store.ask(make(query)), query);
  }
  return page;
}

std::uint64_t ask_count(StoreConnection& store, ListQuery query,
                        const std::function<Request<JobCount>(const ListQuery&)>& make) {
  std::uint64_t count = 0;
  do {
    const auto counted = store.ask(make(query));
    count += counted.count;
    query.cursor = counted.cursor;
  } while (query.cursor != 0);
  return count;
}

}  // namespace jobq
