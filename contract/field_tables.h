// What each value that store, client and driver share is made of, in the words of
// schema/protocol.capnp. The order is that in which JSON and tables show the fields.
#pragma once

#include "fields.h"
#include "jobq/code.h"
#include "jobq/datasources.h"
#include "jobq/events.h"
#include "jobq/function_state.h"
#include "jobq/functions.h"
#include "jobq/history.h"
#include "jobq/lists.h"
#include "jobq/operators.h"
#include "jobq/outcomes.h"
#include "jobq/schedules.h"
#include "jobq/types.h"

namespace jobq {

FIELDS(Backoff) {
  FIELD(initial, InitialMs);
  FIELD(factor_percent, FactorPercent);
  FIELD(max, MaxMs);
  FIELD(jitter_percent, JitterPercent);
}

template <>
inline constexpr bool kMayBeLeftOut<Terms> = true;
FIELDS(Terms) {
  FIELD(keep_for, KeepForMs);
  FIELD(valid_for, ValidForMs);
  FIELD(timeout, TimeoutMs);
  FIELD(failures_max, FailuresMax);
  FIELD(lost_leases_max, LostLeasesMax);
  FIELD(releases_max, ReleasesMax);
  FIELD(backoff, Backoff);
  FIELD(keep_failed_for, KeepFailedForMs);
  FIELD(keep_cancelled_for, KeepCancelledForMs);
  FIELD(keep_forbidden_for, KeepForbiddenForMs);
  FIELD(slow_after, SlowAfterMs);
  FIELD(stall_after, StallAfterMs);
  FIELD(stall_fails, StallFails);
  FIELD(defer_max, DeferMaxMs);
  FIELD(labels, Labels);
}

FIELDS(Lease) {
  FIELD(job, Job);
  FIELD(attempt, Attempt);
  FIELD(token, Token);
}

template <>
inline constexpr bool kMayBeLeftOut<JobError> = true;
FIELDS(JobError) {
  FIELD(code, Code);
  FIELD(message, Message);
  FIELD(detail, Detail);
}

FIELDS(Attempt) {
  FIELD(attempt, Attempt);
  FIELD(worker, Worker);
  FIELD(accepted_at, AcceptedAt);
  FIELD(ended_at, EndedAt);
  FIELD(ending, Ending);
  FIELD(error, Error);
}

FIELDS(After) {
  FIELD(datasource, Datasource);
  FIELD(job, Job);
  FIELD(any_end, AnyEnd);
}

FIELDS(AwaitedJob) {
  FIELD(datasource, Datasource);
  FIELD(job, Job);
  FIELD(any_end, AnyEnd);
  FIELD(status, Status);
  FIELD(left_out, LeftOut);
  FIELD(response, Response);
}

FIELDS(FollowUp) {
  FIELD(on, On);
  FIELD(datasource, Datasource);
  FIELD(function, Function);
  FIELD(priority, Priority);
  FIELD(job, Job);
  FIELD(made, Made);
  FIELD(refused, Refused);
  FIELD(request, Request);
  FIELD(then, Then);
}

FIELDS(JobStatus) {
  FIELD(job, Job);
  FIELD(client, Client);
  FIELD(status, Status);
  FIELD(sequence, Sequence);
  FIELD(changed, Changed);
  FIELD(priority, Priority);
  FIELD(function, Function);
  FIELD(tags, Tags);
  FIELD(attempt, Attempt);
  FIELD(failures, Failures);
  FIELD(lost_leases, LostLeases);
  FIELD(releases, Releases);
  FIELD(worker, Worker);
  FIELD(submitted_at, SubmittedAt);
  FIELD(not_before, NotBefore);
  FIELD(expires_at, ExpiresAt);
  FIELD(started_at, StartedAt);
  FIELD(accepted_at, AcceptedAt);
  FIELD(is_slow, IsSlow);
  FIELD(is_stalled, IsStalled);
  FIELD(lease_until, LeaseUntil);
  FIELD(attempt_until, AttemptUntil);
  FIELD(cancel_requested_at, CancelRequestedAt);
  FIELD(cancel_until, CancelUntil);
  FIELD(finished_at, FinishedAt);
  FIELD(progress, Progress);
  FIELD(progress_message, ProgressMessage);
  FIELD(parent, Parent);
  FIELD(child, Child);
  FIELD(log_lines, LogLines);
  FIELD(request_bytes, RequestBytes);
  FIELD(trace, Trace);
  FIELD(terms, Terms);
  FIELD(after, After);
  FIELD(attempts, Attempts);
  FIELD(error, Error);
  FIELD(content, Content);
  FIELD(turn_key, Key);
  FIELD(unique, Unique);
  FIELD(group, Group);
  FIELD(checkpoint_bytes, CheckpointBytes);
  FIELD(checkpoint, Checkpoint);
  FIELD(follows, Follows);
  FIELD(after_group, AfterGroup);
  FIELD(code, Code);
  FIELD(method, Method);
  FIELD(then, Then);
  FIELD(request, Request);
  FIELD(response, Response);
}

FIELDS(JobPage) {
  FIELD(jobs, Jobs);
  FIELD(cursor, Cursor);
  FIELD(last, Last);
}

FIELDS(JobCount) {
  FIELD(count, Count);
  FIELD(cursor, Cursor);
}

FIELDS(NewJob) {
  FIELD(job, Job);
  FIELD(client, Client);
  FIELD(request, Request);
  FIELD(priority, Priority);
  FIELD(function, Function);
  FIELD(not_before, NotBefore);
  FIELD(delay, DelayMs);
  INLINED(terms);
  FIELD(tags, Tags);
  FIELD(trace, Trace);
  FIELD(after, After);
  FIELD(turn_key, Key);
  FIELD(unique, Unique);
  FIELD(if_unique, IfUnique);
  FIELD(group, Group);
  FIELD(after_group, AfterGroup);
  FIELD(then, Then);
  FIELD(grants, Grants);
  FIELD(code, Code);
  FIELD(method, Method);
}

FIELDS(Schedule) {
  FIELD(cron, Cron);
  FIELD(zone, Zone);
  FIELD(every, EveryMs);
  FIELD(catch_up, CatchUp);
  FIELD(overlap, Overlap);
  FIELD(jitter, JitterMs);
  FIELD(job, Job);
}

FIELDS(ScheduledTime) { FIELD(at, At); }

FIELDS(ScheduleStatus) {
  FIELD(name, Name);
  FIELD(schedule, Schedule);
  FIELD(added_at, AddedAt);
  FIELD(next_at, NextAt);
  FIELD(is_paused, IsPaused);
  FIELD(paused_why, PausedWhy);
  FIELD(runs, Runs);
  FIELD(last_job, LastJob);
  FIELD(last_slot, LastSlot);
  FIELD(last_at, LastAt);
  FIELD(last_status, LastStatus);
  FIELD(last_ended_at, LastEndedAt);
  FIELD(skipped_at, SkippedAt);
  FIELD(skipped_why, SkippedWhy);
  FIELD(times, Times);
}

FIELDS(SchedulePage) {
  FIELD(schedules, Schedules);
  FIELD(is_end, IsEnd);
}

FIELDS(FunctionCall) {
  FIELD(method, Method);
  FIELD(path, Path);
}

FIELDS(IndexedField) {
  FIELD(name, Name);
  FIELD(pointer, Pointer);
  FIELD(is_required, IsRequired);
}

FIELDS(Function) {
  FIELD(name, Name);
  FIELD(version, Version);
  FIELD(author, Author);
  FIELD(tags, Tags);
  FIELD(priority, Priority);
  FIELD(terms, Terms);
  FIELD(cost, Cost);
  FIELD(calls, Calls);
  FIELD(indexed, Indexed);
  FIELD(admission, Admission);
  FIELD(code, Code);
  FIELD(method, Method);
  FIELD(request_schema, RequestSchema);
  FIELD(response_schema, ResponseSchema);
  FIELD(documentation, Documentation);
}

FIELDS(FunctionQuery) {
  FIELD(name, Name);
  FIELD(tag, Tag);
  FIELD(order, Order);
  FIELD(cursor, Cursor);
  FIELD(limit, Limit);
  FIELD(is_whole, IsWhole);
}

FIELDS(Rate) {
  FIELD(count, Count);
  FIELD(per, PerMs);
  FIELD(used, Used);
}

FIELDS(Quota) {
  FIELD(left, Left);
  FIELD(left_at, LeftAt);
  FIELD(rates, Rates);
}

FIELDS(FunctionStatus) {
  FIELD(function, Function);
  FIELD(registered_at, RegisteredAt);
  FIELD(changed_at, ChangedAt);
  FIELD(cost, Cost);
  FIELD(quota, Quota);
}

FIELDS(FunctionPage) {
  FIELD(functions, Functions);
  FIELD(cursor, Cursor);
}

// Without its bytes, which are no text.
FIELDS(CodeStatus) {
  FIELD(hash, Hash);
  FIELD(runtime, Runtime);
  FIELD(bytes, Bytes);
  FIELD(uses, Uses);
  FIELD(added_at, AddedAt);
  FIELD(used_at, UsedAt);
}

FIELDS(CodeQuery) {
  FIELD(after, After);
  FIELD(limit, Limit);
}

FIELDS(CodePage) {
  FIELD(codes, Codes);
  FIELD(is_end, IsEnd);
}

FIELDS(StateValue) {
  FIELD(name, Name);
  FIELD(value, Value);
}

FIELDS(StateChange) {
  FIELD(name, Name);
  FIELD(how, How);
  FIELD(value, Value);
  FIELD(number, Number);
}

FIELDS(StateQuery) {
  FIELD(function, Function);
  FIELD(after, After);
  FIELD(limit, Limit);
}

FIELDS(StateOfFunction) {
  FIELD(function, Function);
  FIELD(changed_at, ChangedAt);
  FIELD(count, Count);
  FIELD(values, Values);
}

FIELDS(StatePage) {
  FIELD(states, States);
  FIELD(is_end, IsEnd);
}

FIELDS(ChangeState) {
  FIELD(function, Function);
  FIELD(changes, Changes);
  FIELD(removes_all, RemovesAll);
}

FIELDS(SubmitResult) {
  FIELD(code, Code);
  FIELD(error, Error);
  FIELD(status, Job);
  FIELD(created, Created);
  FIELD(retry_after, RetryAfterMs);
  FIELD(ticket, Ticket);
}

FIELDS(ListTimes) {
  FIELD(submitted_since, SubmittedSince);
  FIELD(submitted_before, SubmittedBefore);
  FIELD(started_since, StartedSince);
  FIELD(started_before, StartedBefore);
  FIELD(ended_since, EndedSince);
  FIELD(ended_before, EndedBefore);
}

FIELDS(ListPlace) {
  FIELD(value, Value);
  FIELD(sequence, Sequence);
}

FIELDS(ListQuery) {
  FIELD(client, Client);
  FIELD(cursor, Cursor);
  FIELD(limit, Limit);
  FIELD(statuses, Statuses);
  FIELD(function, Function);
  FIELD(tag, Tag);
  FIELD(text, Text);
  FIELD(flagged, Flagged);
  FIELD(turn_key, Key);
  FIELD(unique, Unique);
  FIELD(group, Group);
  INLINED(times);
  FIELD(order, Order);
  FIELD(behind, Behind);
  FIELD(ahead_of, AheadOf);
}

FIELDS(LogQuery) {
  FIELD(after, After);
  FIELD(limit, Limit);
}

FIELDS(LogLine) {
  FIELD(number, Number);
  FIELD(time, Time);
  FIELD(attempt, Attempt);
  FIELD(level, Level);
  FIELD(text, Text);
}

FIELDS(LogPage) {
  FIELD(lines, Lines);
  FIELD(cursor, Cursor);
}

FIELDS(Reason) {
  FIELD(kind, Kind);
  FIELD(text, Text);
  FIELD(until, Until);
  FIELD(count, Count);
}

FIELDS(Explanation) {
  FIELD(status, Status);
  FIELD(reasons, Reasons);
  FIELD(earliest, Earliest);
}

FIELDS(AcceptedJob) {
  FIELD(lease, Lease);
  FIELD(lease_until, LeaseUntil);
  FIELD(client, Client);
  FIELD(sequence, Sequence);
  FIELD(priority, Priority);
  FIELD(submitted_at, SubmittedAt);
  FIELD(function, Function);
  FIELD(tags, Tags);
  FIELD(trace, Trace);
  FIELD(attempt_until, AttemptUntil);
  FIELD(failures, Failures);
  FIELD(lost_leases, LostLeases);
  FIELD(releases, Releases);
  FIELD(after, After);
  FIELD(turn_key, Key);
  FIELD(state, State);
  FIELD(left_out, LeftOut);
  FIELD(after_group, AfterGroup);
  FIELD(acting_token, ActingToken);
  FIELD(grants, Grants);
  FIELD(code, Code);
  FIELD(method, Method);
  FIELD(checkpoint, Checkpoint);
  FIELD(request, Request);
}

FIELDS(CancelRequest) {
  FIELD(lease, Lease);
  FIELD(sequence, Sequence);
  FIELD(until, Until);
}

FIELDS(RenewResult) {
  FIELD(code, Code);
  FIELD(lease_until, LeaseUntil);
  FIELD(cancel_requested, CancelRequested);
}

FIELDS(UpdateResult) {
  FIELD(code, Code);
  FIELD(error, Error);
  FIELD(status, Status);
  FIELD(not_before, NotBefore);
  FIELD(accepted, Accepted);
  FIELD(retry_after, RetryAfterMs);
}

template <>
inline constexpr bool kMayBeLeftOut<WorkerAbout> = true;
FIELDS(WorkerAbout) {
  FIELD(host, Host);
  FIELD(pid, Pid);
  FIELD(started_at, StartedAt);
  FIELD(version, Version);
  FIELD(threads, Threads);
}

FIELDS(AcceptQuery) {
  FIELD(worker, Worker);
  FIELD(max, Max);
  FIELD(lease, LeaseMs);
  FIELD(wait, WaitMs);
  FIELD(functions, Functions);
  FIELD(labels, Labels);
  FIELD(gone_after, GoneAfterMs);
  FIELD(least_priority, LeastPriority);
  FIELD(about, About);
  FIELD(order, Order);
}

// Without its leases.
FIELDS(RenewQuery) {
  FIELD(lease, LeaseMs);
  FIELD(worker, Worker);
  FIELD(wait, WaitMs);
  FIELD(seen, Seen);
  FIELD(order, Order);
}

FIELDS(Retry) {
  FIELD(error, Error);
  FIELD(delay, DelayMs);
}

FIELDS(Release) {
  FIELD(delay, DelayMs);
  FIELD(message, Message);
}

FIELDS(Progress) {
  FIELD(value, Value);
  FIELD(message, Message);
}

FIELDS(LogText) {
  FIELD(level, Level);
  FIELD(text, Text);
}

FIELDS(Log) {
  FIELD(lines, Lines);
  FIELD(first, First);
}

FIELDS(AcceptOne) {
  FIELD(worker, Worker);
  FIELD(request_number, RequestNumber);
  FIELD(lease, LeaseMs);
}

FIELDS(RequestQuery) {
  FIELD(client, Client);
  FIELD(function, Function);
  FIELD(tag, Tag);
  FIELD(limit, Limit);
}

FIELDS(RequestRecord) {
  FIELD(sequence, Sequence);
  FIELD(time, Time);
  FIELD(kind, Kind);
  FIELD(job, Job);
}

FIELDS(RequestPage) {
  FIELD(requests, Requests);
  FIELD(cursor, Cursor);
}

FIELDS(Event) {
  FIELD(sequence, Sequence);
  FIELD(kind, Kind);
  FIELD(datasource, Datasource);
  FIELD(job, Job);
  FIELD(client, Client);
  FIELD(time, Time);
  FIELD(status, Status);
  FIELD(attempt, Attempt);
  FIELD(job_sequence, JobSequence);
  FIELD(function, Function);
  FIELD(worker, Worker);
  FIELD(error, Error);
  FIELD(progress, Progress);
  FIELD(message, Message);
  FIELD(log, Log);
  FIELD(not_before, NotBefore);
  FIELD(until, Until);
  FIELD(priority, Priority);
  FIELD(parent, Parent);
}

FIELDS(Weight) {
  FIELD(client, Client);
  FIELD(weight, Weight);
}

FIELDS(Cost) {
  FIELD(function, Function);
  FIELD(cost, Cost);
}

FIELDS(FunctionLimit) {
  FIELD(function, Function);
  FIELD(running_max, RunningMax);
}

FIELDS(FunctionRate) {
  FIELD(function, Function);
  FIELD(start_rate, StartRate);
}

FIELDS(DatasourceConfig) {
  FIELD(datasource, Datasource);
  FIELD(description, Description);
  FIELD(priority, Priority);
  FIELD(terms, Terms);
  FIELD(lease, LeaseMs);
  FIELD(cancel_grace, CancelGraceMs);
  FIELD(waiting_max, WaitingMax);
  FIELD(waiting_per_client_max, WaitingPerClientMax);
  FIELD(running_max, RunningMax);
  FIELD(key_running_max, KeyRunningMax);
  FIELD(weights, Weights);
  FIELD(costs, Costs);
  FIELD(function_limits, FunctionLimits);
  FIELD(start_rate, StartRate);
  FIELD(function_rates, FunctionRates);
  FIELD(key_start_rate, KeyStartRate);
  FIELD(ageing, AgeingMs);
  FIELD(item, Item);
  FIELD(is_strict, IsStrict);
  FIELD(mode, Mode);
}

FIELDS(Counters) {
  FIELD(submitted, Submitted);
  FIELD(runs, Runs);
  FIELD(complete, Complete);
  FIELD(failed, Failed);
  FIELD(cancelled, Cancelled);
  FIELD(forbidden, Forbidden);
  FIELD(errors, Errors);
  FIELD(releases, Releases);
  FIELD(waited, WaitMs);
  FIELD(ran, RunMs);
  FIELD(lost, Lost);
  FIELD(slow, Slow);
  FIELD(stalled, Stalled);
}

FIELDS(FunctionStats) {
  FIELD(function, Function);
  FIELD(waiting, Waiting);
  FIELD(running, Running);
  FIELD(oldest_ready_at, OldestReadyAt);
  FIELD(total, Total);
  FIELD(wait_times, WaitTimes);
  FIELD(run_times, RunTimes);
}

template <>
inline constexpr bool kKeepsEmptyLists<DatasourceStats> = true;
FIELDS(DatasourceStats) {
  FIELD(datasource, Datasource);
  FIELD(mode, Mode);
  FIELD(ready, Ready);
  FIELD(delayed, Delayed);
  FIELD(running, Running);
  FIELD(finished, Finished);
  FIELD(clients, Clients);
  FIELD(workers_waiting, WorkersWaiting);
  FIELD(oldest_ready_at, OldestReadyAt);
  FIELD(total, Total);
  FIELD(wait_times, WaitTimes);
  FIELD(run_times, RunTimes);
  FIELD(functions, Functions);
}

FIELDS(RunningJob) {
  FIELD(lease, Lease);
  FIELD(function, Function);
  FIELD(accepted_at, AcceptedAt);
  FIELD(lease_until, LeaseUntil);
  FIELD(progress, Progress);
}

FIELDS(WorkerAsks) {
  FIELD(functions, Functions);
  FIELD(labels, Labels);
}
template <>
inline constexpr bool kKeepsEmptyLists<WorkerStatus> = true;
FIELDS(WorkerStatus) {
  FIELD(worker, Worker);
  FIELD(heard_at, HeardAt);
  FIELD(is_waiting, IsWaiting);
  FIELD(running, Running);
  FIELD(leases, Leases);
  FIELD(state, State);
  FIELD(order, Order);
  FIELD(about, About);
  INLINED(asks);
}

FIELDS(StoreStatus) {
  FIELD(version, Version);
  FIELD(name, Name);
  FIELD(uptime, UptimeMs);
  FIELD(now, Now);
  FIELD(durability, Durability);
  FIELD(request_endpoints, RequestEndpoints);
  FIELD(driver_endpoints, DriverEndpoints);
  FIELD(status_endpoints, StatusEndpoints);
}

FIELDS(RefusalCount) {
  FIELD(what, What);
  FIELD(count, Count);
}
FIELDS(StoreStats) {
  FIELD(requests, Requests);
  FIELD(refusals, Refusals);
  FIELD(replies_dropped, RepliesDropped);
  FIELD(turns, Turns);
  FIELD(commits, Commits);
  FIELD(syncs, Syncs);
  FIELD(journal_bytes, JournalBytes);
  FIELD(derived_bytes, DerivedBytes);
  FIELD(wal_bytes, WalBytes);
  FIELD(flush_bytes, FlushBytes);
  FIELD(compaction_bytes, CompactionBytes);
  FIELD(jobs_live, JobsLive);
  FIELD(jobs_finished, JobsFinished);
  FIELD(waiters_parked, WaitersParked);
  FIELD(topics, Topics);
  FIELD(subscribers, Subscribers);
  FIELD(frames_sent, FramesSent);
  FIELD(frames_lost, FramesLost);
  FIELD(repairs, Repairs);
  FIELD(subscriptions_ignored, SubscriptionsIgnored);
  FIELD(refused, Refused);
  FIELD(is_paused, IsPaused);
}

FIELDS(Backup) {
  FIELD(name, Name);
  FIELD(turn, Turn);
  FIELD(bytes, Bytes);
  FIELD(new_bytes, NewBytes);
}

FIELDS(Edit) {
  FIELD(priority, Priority);
  FIELD(valid_for, ValidForMs);
  FIELD(request, Request);
}

FIELDS(RedriveQuery) {
  FIELD(client, Client);
  FIELD(function, Function);
  FIELD(tag, Tag);
  FIELD(statuses, Statuses);
  FIELD(limit, Limit);
  FIELD(cursor, Cursor);
}

FIELDS(BulkQuery) {
  FIELD(where, Where);
  FIELD(is_dry, IsDry);
  FIELD(is_forced, IsForced);
  FIELD(edit, Edit);
}

FIELDS(BulkStep) {
  FIELD(count, Count);
  FIELD(jobs, Jobs);
  FIELD(cursor, Cursor);
  FIELD(last, Last);
}

FIELDS(HistoryQuery) {
  FIELD(function, Function);
  FIELD(step, Step);
  FIELD(since, Since);
  FIELD(limit, Limit);
}

FIELDS(HistoryRow) {
  FIELD(at, At);
  FIELD(submitted, Submitted);
  FIELD(started, Started);
  FIELD(complete, Complete);
  FIELD(failed, Failed);
  FIELD(cancelled, Cancelled);
  FIELD(forbidden, Forbidden);
  FIELD(waiting, Waiting);
  FIELD(running, Running);
  FIELD(wait_p50, WaitP50Ms);
  FIELD(wait_p95, WaitP95Ms);
  FIELD(wait_p99, WaitP99Ms);
  FIELD(run_p50, RunP50Ms);
  FIELD(run_p95, RunP95Ms);
  FIELD(run_p99, RunP99Ms);
}

FIELDS(HistoryPage) {
  FIELD(step, Step);
  FIELD(rows, Rows);
}

FIELDS(StoreMode) {
  FIELD(is_paused, IsPaused);
  FIELD(order, Order);
}

FIELDS(RateUse) {
  FIELD(unit, Unit);
  FIELD(used, Used);
}

template <>
inline constexpr bool kKeepsEmptyLists<TokenUse> = true;
FIELDS(TokenUse) {
  FIELD(id, Id);
  FIELD(waiting, Waiting);
  FIELD(running, Running);
  FIELD(rates, Rates);
  FIELD(is_revoked, IsRevoked);
  FIELD(revoked_until, RevokedUntil);
}

}  // namespace jobq
