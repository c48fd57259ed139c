// Which value each member of the unions of protocol.capnp is: of Request.body, and of Reply.body.
// What is missing does not compile where a switch is made of them.
#pragma once

#include "values.h"

// Of requests.
#define GATEWAY_BODIES(ROW)                               \
  ROW(SUBMIT, Submit, Submit)                             \
  ROW(JOB_QUERY, JobQuery, JobQuery)                      \
  ROW(LIST_QUERY, ListQuery, jobq::ListQuery)             \
  ROW(ACCEPT, Accept, Accept)                             \
  ROW(RENEW, Renew, Renew)                                \
  ROW(UPDATE, Update, Update)                             \
  ROW(LOG_QUERY, LogQuery, LogQuery)                      \
  ROW(PEEK, Peek, Peek)                                   \
  ROW(CONFIG, Config, jobq::DatasourceConfig)             \
  ROW(EDIT, Edit, jobq::Edit)                             \
  ROW(RESTART, Restart, Restart)                          \
  ROW(REDRIVE, Redrive, jobq::RedriveQuery)               \
  ROW(SUBSCRIBE, Subscribe, Subscribe)                    \
  ROW(EVENT_QUERY, EventQuery, EventQuery)                \
  ROW(TOKEN_QUERY, TokenQuery, TokenQuery)                \
  ROW(REVOKE, Revoke, Revoke)                             \
  ROW(IMPORT_JOBS, ImportJobs, ImportJobs)                \
  ROW(SCHEDULE, Schedule, jobq::Schedule)                 \
  ROW(SCHEDULE_QUERY, ScheduleQuery, ScheduleQuery)       \
  ROW(FUNCTION, Function, jobq::Function)                 \
  ROW(FUNCTION_QUERY, FunctionQuery, jobq::FunctionQuery) \
  ROW(STATE_QUERY, StateQuery, jobq::StateQuery)          \
  ROW(CHANGE_STATE, ChangeState, jobq::ChangeState)       \
  ROW(BULK, Bulk, jobq::BulkQuery)                        \
  ROW(HISTORY_QUERY, HistoryQuery, jobq::HistoryQuery)    \
  ROW(ORDER_WORKERS, OrderWorkers, OrderWorkers)          \
  ROW(NEW_CODE, NewCode, NewCode)                         \
  ROW(CODE_QUERY, CodeQuery, jobq::CodeQuery)

// Of replies.
#define GATEWAY_VALUES(ROW)                        \
  ROW(JOB, Job, jobq::JobStatus)                   \
  ROW(JOBS, Jobs, jobq::JobPage)                   \
  ROW(STORE, Store, jobq::StoreStatus)             \
  ROW(STATS, Stats, jobq::StoreStats)              \
  ROW(LOG, Log, jobq::LogPage)                     \
  ROW(EXPLANATION, Explanation, jobq::Explanation) \
  ROW(REQUESTS, Requests, jobq::RequestPage)       \
  ROW(CONFIG, Config, jobq::DatasourceConfig)      \
  ROW(REDRIVEN, Redriven, Redriven)                \
  ROW(SUBSCRIPTION, Subscription, Subscription)    \
  ROW(EVENTS, Events, EventPage)                   \
  ROW(SNAPSHOT, Snapshot, Snapshot)                \
  ROW(TOKENS, Tokens, TokenPage)                   \
  ROW(COUNT, Count, jobq::JobCount)                \
  ROW(BACKUP, Backup, jobq::Backup)                \
  ROW(SCHEDULE, Schedule, jobq::ScheduleStatus)    \
  ROW(SCHEDULES, Schedules, jobq::SchedulePage)    \
  ROW(FUNCTION, Function, jobq::FunctionStatus)    \
  ROW(FUNCTIONS, Functions, jobq::FunctionPage)    \
  ROW(STATES, States, jobq::StatePage)             \
  ROW(BULK_STEP, BulkStep, jobq::BulkStep)         \
  ROW(STORE_MODE, StoreMode, jobq::StoreMode)      \
  ROW(HISTORY, History, jobq::HistoryPage)         \
  ROW(CODE, Code, WholeCode)                       \
  ROW(CODES, Codes, jobq::CodePage)
// And lists of them, with the name that they have as JSON.
#define GATEWAY_LISTS(ROW)                                            \
  ROW(SUBMITTED, Submitted, "submitted", jobq::SubmitResult)          \
  ROW(ACCEPTED, Accepted, "accepted", jobq::AcceptedJob)              \
  ROW(RENEWED, Renewed, "renewed", jobq::RenewResult)                 \
  ROW(UPDATED, Updated, "updated", jobq::UpdateResult)                \
  ROW(CONFIGS, Configs, "configs", jobq::DatasourceConfig)            \
  ROW(DATASOURCES, Datasources, "datasources", jobq::DatasourceStats) \
  ROW(WORKERS, Workers, "workers", jobq::WorkerStatus)                \
  ROW(KEYS, Keys, "keys", RootKey)
