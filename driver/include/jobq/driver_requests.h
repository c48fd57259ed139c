// What a driver can ask, for jobq::AsyncClient (async.h): the calls of jobq::Driver (driver.h) that
// are one question, with the same arguments and answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobq/driver.h"
#include "jobq/lists.h"
#include "jobq/request.h"

namespace jobq {

struct Accepted {
  std::vector<AcceptedJob> jobs{};
  std::vector<CancelRequest> cancels{};  // of jobs that the worker has
  WorkerOrder order = WorkerOrder::kUnsaid;
};

// To number accepts with: rises within the program, and across its restarts as long as it is called
// less often than once per microsecond. Any thread.
std::uint64_t next_request_number();

namespace driver_requests {

// A worker has one accept at a time: the store takes a higher number for the end of the one before,
// and gives the same leases again under the same number. So an accept that ended without an answer
// (Unreachable) is to be started again as it was; several at once need several names of workers.
Request<Accepted> accept(const std::string& datasource, const AcceptQuery& query,
                         std::uint64_t number = next_request_number());
// Refused as Driver::accept_one says.
Request<AcceptedJob> accept_one(const std::string& datasource, const std::string& job,
                                const std::string& worker, Span lease = {},
                                std::uint64_t number = next_request_number());
Request<Renewal> renew(const std::string& datasource, RenewQuery query);
Request<std::vector<UpdateResult>> update(const std::string& datasource,
                                          std::vector<Outcome> outcomes);

Request<StatePage> state(const std::string& datasource, const StateQuery& query);
// A page of one, as it is then.
Request<StatePage> change_state(const std::string& datasource, const ChangeState& change);

Request<JobStatus> status(const std::string& datasource, const std::string& job,
                          const StatusOptions& options = {});
Request<JobPage> list(const std::string& datasource, const ListQuery& query);
// Where there are very many it counts a part of them, and names the cursor to go on with.
Request<JobCount> count(const std::string& datasource, const ListQuery& query);
Request<JobStatus> cancel(const std::string& datasource, const std::string& job);
Request<LogPage> log(const std::string& datasource, const std::string& job, const LogQuery& query);
Request<Explanation> explain(const std::string& datasource, const std::string& job);

// One request, or none.
Request<RequestPage> peek(const std::string& datasource,
                          const std::vector<std::string>& functions = {});
Request<RequestPage> latest(const std::string& datasource);
Request<RequestPage> since(const std::string& datasource, std::uint64_t cursor,
                           const RequestQuery& query = {});
Request<RequestPage> since(const std::string& datasource, Time time,
                           const RequestQuery& query = {});

Request<DatasourceConfig> config(const std::string& datasource);
Request<DatasourceConfig> configure(const DatasourceConfig& config);
Request<DatasourceConfig> register_datasource(const DatasourceConfig& config);
Request<std::vector<DatasourceConfig>> configs();
Request<DatasourceStats> stats(const std::string& datasource);
Request<std::vector<WorkerStatus>> workers(const std::string& datasource);
Request<HistoryPage> history(const std::string& datasource, const HistoryQuery& query);

}  // namespace driver_requests
}  // namespace jobq
