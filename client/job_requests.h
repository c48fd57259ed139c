// Questions about jobs, which clients ask below /<DSID> and drivers below /jobs/<DSID>.
// Internal to the client and driver libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "connection.h"
#include "jobq/lists.h"
#include "jobq/request.h"
#include "jobq/types.h"
#include "question.h"

namespace jobq {

// Which job, and where it is asked for.
struct JobAddress {
  std::string base;    // "/scan", "/jobs/scan"
  std::string job;     // id
  std::string client;  // may be empty
};

struct StatusQuery {
  Span held{};  // while there is nothing new
  std::uint64_t seen = 0;
  bool until_final = false;
  StatusOptions options{};
};

Request<JobStatus> status_request(const JobAddress& address, const StatusQuery& query);
Request<JobStatus> cancel_request(const JobAddress& address);
Request<LogPage> log_request(const JobAddress& address, const LogQuery& query);
Request<Explanation> explain_request(const JobAddress& address);
// `path`: "/scan/job/list", "/jobs/scan/list"
Request<JobPage> list_request(const std::string& path, const ListQuery& query);
// `path`: "/scan/job/count", "/jobs/scan/count"
Request<JobCount> count_request(const std::string& path, const ListQuery& query);
// One page. In orders by a value: of all jobs, however many answers it takes.
JobPage ask_list(StoreConnection& store, ListQuery query,
                 const std::function<Request<JobPage>(const ListQuery&)>& make);
// The parts of that, for who asks by himself. In orders by a value each answer has some of the jobs
// that it has looked at: sorts them in, and keeps as many as the query wants.
void sort_in(JobPage& page, JobPage more, const ListQuery& query);
// Has the query ask for what the page may lack. false: it lacks nothing, and says where the next
// one begins.
bool ask_more(ListQuery& query, JobPage& page);
// A question about a list of jobs, answered with one result for each.
Request<std::vector<SubmitResult>> results_request(Question question, std::size_t count);
// All of them, however many answers it takes. `make`: the request for the rest behind a cursor.
std::uint64_t ask_count(StoreConnection& store, ListQuery query,
                        const std::function<Request<JobCount>(const ListQuery&)>& make);

}  // namespace jobq
