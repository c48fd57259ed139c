// The driver's side of a store: take jobs of a datasource, work on them, say how they ended.
//
// Driver has the single calls; jobq/worker.h, which this includes, the loop that most programs
// want.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobq/connection.h"
#include "jobq/datasources.h"
#include "jobq/history.h"
#include "jobq/lists.h"
#include "jobq/outcomes.h"
#include "jobq/worker.h"

namespace jobq {

// Single calls. One object serves one thread at a time. Throws Refused and Unreachable.
class Driver {
 public:
  explicit Driver(Connection connection);
  ~Driver();
  Driver(Driver&&) noexcept;
  Driver& operator=(Driver&&) noexcept;

  // Empty when none came within `wait`, or because a job of this worker is to be cancelled.
  // `cancels`, unless null, is set to what the answer says of those. Repeats itself under one
  // request number until answered, so that no lease is lost with a reply.
  std::vector<AcceptedJob> accept(const std::string& datasource, const AcceptQuery& query,
                                  std::vector<CancelRequest>* cancels = nullptr);

  // Takes this one waiting job out of turn. Throws Refused: 409 when it does not wait or may not
  // run yet, 429 when too many run, 503 while the datasource is paused.
  AcceptedJob accept_one(const std::string& datasource, const std::string& job,
                         const std::string& worker, Span lease = {});

  // New deadlines, and what is to be cancelled.
  Renewal renew(const std::string& datasource, const RenewQuery& query);

  // Results in order; up to 1024 outcomes and 8 MiB in one message and one sync.
  std::vector<UpdateResult> update(const std::string& datasource,
                                   const std::vector<Outcome>& outcomes);

  // What functions keep between runs: one of them with its values, or a page of those that have
  // some. To change it returns what one has then; 400 for a number where there is none, and for
  // kAdd, which comes with outcomes alone.
  StatePage state(const std::string& datasource, const StateQuery& query);
  StateOfFunction change_state(const std::string& datasource, const ChangeState& change);

  // Any client's job; all clients' jobs.
  JobStatus status(const std::string& datasource, const std::string& job,
                   const StatusOptions& options = {});
  JobPage list(const std::string& datasource, const ListQuery& query);
  // As Client's of the same names.
  std::uint64_t count(const std::string& datasource, const ListQuery& query);
  JobStatus cancel(const std::string& datasource, const std::string& job);
  LogPage log(const std::string& datasource, const std::string& job, const LogQuery& query);
  Explanation explain(const std::string& datasource, const std::string& job);

  // The job that the next accept would get, without taking it; empty when there is none.
  std::optional<RequestRecord> peek(const std::string& datasource,
                                    const std::vector<std::string>& functions = {});
  // The newest request; empty when there is none.
  std::optional<RequestRecord> latest(const std::string& datasource);
  // Requests in order: after a cursor, or from a time on. Those for jobs that the store has
  // forgotten are left out.
  RequestPage since(const std::string& datasource, std::uint64_t cursor,
                    const RequestQuery& query = {});
  RequestPage since(const std::string& datasource, Time time, const RequestQuery& query = {});

  DatasourceConfig config(const std::string& datasource);
  // Registers config.datasource if it is new, and replaces its whole configuration except the
  // mode. Returns what holds then.
  DatasourceConfig configure(const DatasourceConfig& config);
  // Puts the datasource of config.item (docs/protocol-admin.md, A.1) into databox's catalogue, and
  // makes it if it is new. What neither the item nor the rest of `config` says stays. Needs a token
  // for /cat. Returns what holds then.
  DatasourceConfig register_datasource(const DatasourceConfig& config);
  // How all datasources are configured.
  std::vector<DatasourceConfig> configs();
  DatasourceStats stats(const std::string& datasource);
  std::vector<WorkerStatus> workers(const std::string& datasource);
  // What was counted in the latest minutes or hours, oldest first.
  HistoryPage history(const std::string& datasource, const HistoryQuery& query = {});

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
