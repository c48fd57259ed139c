// One function for each command: checks first, changes second. An empty answer is held back. Those
// about one job or an existing datasource are given it, found and permitted; see engine.cc.
#pragma once

#include <optional>

#include "commands.h"
#include "context.h"
#include "room.h"

namespace store {

using Answer = std::optional<Reply>;

// ---------------------------------------------------------------------------------------- clients
Answer apply(Context& context, Submit& command);
Answer apply(Context& context, const Job& job, const GetJob& command);
Answer apply(Context& context, const ListJobs& command);
Answer apply(Context& context, const CountJobs& command);
Answer apply(Context& context, const Job& job, const Cancel& command);
Answer apply(Context& context, const Job& job, const ReadLog& command);
Answer apply(Context& context, const Job& job, const Explain& command);
Answer apply(Context& context, const Subscribe& command);
Answer apply(Context& context, const ReadEvents& command);
Answer apply(Context& context, PutSchedule& command);
Answer apply(Context& context, const Datasource& datasource, const GetSchedule& command);
Answer apply(Context& context, const Datasource& datasource, const ListSchedules& command);
Answer apply(Context& context, const Datasource& datasource, const ChangeSchedule& command);
Answer apply(Context& context, const Datasource& datasource, const ListFunctions& command);
Answer apply(Context& context, AddCode& command);
Answer apply(Context& context, const Datasource& datasource, const ReadCode& command);
Answer apply(Context& context, const Datasource& datasource, const ListCode& command);

// ---------------------------------------------------------------------------------------- drivers
// REQUIRES: no reply of this turn still has to read its bytes.
Answer apply(Context& context, const Datasource& datasource, const RemoveCode& command);
Answer apply(Context& context, PutFunction& command);
Answer apply(Context& context, const Datasource& datasource, const RemoveFunction& command);
Answer apply(Context& context, const Datasource& datasource, const ReadState& command);
Answer apply(Context& context, ChangeState& command);
Answer apply(Context& context, Accept& command);
Answer apply(Context& context, const Renew& command);
Answer apply(Context& context, Update& command);
Answer apply(Context& context, const Peek& command);
Answer apply(Context& context, const ReadRequests& command);

// --------------------------------------------------------------------------------- who minds them
Answer apply(Context& context, const Datasource& datasource, const GetConfig& command);
Answer apply(Context& context, const ListConfigs& command);
Answer apply(Context& context, Configure& command);
Answer apply(Context& context, const Datasource& datasource, const SetMode& command);
// REQUIRES: no reply of this turn still has to read its events.
Answer apply(Context& context, const Datasource& datasource, const DropDatasource& command);
Answer apply(Context& context, const GetDatasourceStats& command);
Answer apply(Context& context, const Datasource& datasource, const ListWorkers& command);
Answer apply(Context& context, const Datasource& datasource, const GetHistory& command);
// REQUIRES: no reply of this turn still has to read the job's texts.
Answer apply(Context& context, const Job& job, const Remove& command);
Answer apply(Context& context, const Job& job, const Restart& command);
Answer apply(Context& context, const Job& job, Edit& command);
Answer apply(Context& context, const Datasource& datasource, const Redrive& command);
// Of kRemove REQUIRES: no reply of this turn still has to read the jobs' texts.
Answer apply(Context& context, const Datasource& datasource, const Bulk& command);
Answer apply(Context& context, const OrderWorkers& command);
Answer apply(Context& context, const SetStorePause& command);
Answer apply(Context& context, Import& command);

// ------------------------------------------------------------------------------- keys and tokens
Answer apply(Context& context, const ListTokens& command);
Answer apply(Context& context, const RevokeToken& command);

// What a cancel does, an edit, and a restart of a final job: its child, made if there is none yet.
void cancel(Context& context, const Job& job);
std::optional<Refused> edit(Context& context, const Job& job, const Edit& change);
std::variant<SubmitReply::Result, Refused> restart(Context& context, const Job& parent,
                                                   std::string id);
// Of a job that has not ended: it is cancelled, whatever its worker says, and forgotten soon.
void remove_live(Context& context, const Job& job);

// What holds for a job that is submitted besides what it says itself.
struct SubmitBy {
  const Allowance& allowance;
  Time token_until{};        // zero: the token does not end by time
  std::string follows = {};  // whose follow-up it is
  std::string caveats = {};  // of the token; empty: are not known
  Ahead ahead = {};
  bool admits = false;  // it decides about another one, and is not decided about
};
// What a submit of one job with that token does.
std::variant<SubmitReply::Result, Refused> submit_as(Context& context, const std::string& token,
                                                     const std::string& datasource,
                                                     const SubmitBy& by, NewJob job);
// Of a schedule: a job was made for that time; and how it goes on.
void note_made(const Context& context, ScheduleRun& run, const JobView& job, Time slot);
void record_run(Context& context, const Schedules::Key& schedule, ScheduleRun run);
// Why the token never lets such a job in.
std::optional<Refused> refused_for_good(const Allowance& allowance, const NewJob& job);

// Where the asker's token is not for jobs of its function.
std::optional<Refused> refused_for_function(const Context& context, const Job& job);

// Finds a job for whoever asks: 404 when there is none, 403 when it is another client's.
std::variant<const Job*, Refused> find_job(const State& state, const std::string& datasource,
                                           const std::string& job,
                                           const std::optional<std::string>& client);

inline Refused unknown_datasource() { return {Code::kNotFound, "datasource: unknown"}; }

}  // namespace store
