// What a client can ask, for jobq::AsyncClient (async.h): the calls of jobq::Client (client.h) that
// are one question, with the same arguments and answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobq/client.h"
#include "jobq/request.h"
#include "jobq/types.h"

namespace jobq::requests {

// Jobs without id get one here, so that a request that is started again means the same jobs.
Request<std::vector<SubmitResult>> submit_many(const std::string& datasource,
                                               std::vector<NewJob> jobs,
                                               const SubmitOptions& options = {});
Request<JobStatus> status(const std::string& datasource, const std::string& job,
                          const std::string& client = {}, const StatusOptions& options = {});
// Answered when the job has changed from `seen`, or when it was held so long (a minute at most);
// with `seen` 0 what counts as known is the job as it is when the question arrives.
Request<JobStatus> wait_for_change(const std::string& datasource, const std::string& job,
                                   const std::string& client, std::uint64_t seen, Span held);
// Answered when the job is final, or when it was held so long (a minute at most).
Request<JobStatus> wait(const std::string& datasource, const std::string& job,
                        const std::string& client, Span held);
// In an order by a value a page with a cursor is of a part of the jobs: the rest is asked for with
// that cursor, and sorted in.
Request<JobPage> list(const std::string& datasource, const ListQuery& query);
// Where there are very many it counts a part of them, and names the cursor to go on with.
Request<JobCount> count(const std::string& datasource, const ListQuery& query);
Request<JobStatus> cancel(const std::string& datasource, const std::string& job,
                          const std::string& client = {});
Request<LogPage> log(const std::string& datasource, const std::string& job,
                     const std::string& client, const LogQuery& query);
Request<Explanation> explain(const std::string& datasource, const std::string& job,
                             const std::string& client = {});
Request<StoreStatus> store_status();
// Needs an operator's token.
Request<StoreStats> store_stats();

}  // namespace jobq::requests
