// The fields of requests that commands take as they are; part of the codec. Those that need the
// path or the token, and lists, whose length is judged first, are read in decode_*.cc.
#pragma once

#include "commands.h"
#include "field_tables.h"

namespace store {

FIELDS(SaidTerms) {
  FIELD(keep_for, KeepForMs);
  FIELD(valid_for, ValidForMs);
  FIELD(timeout, TimeoutMs);
  FIELD(failures_max, FailuresMax);
  FIELD(lost_leases_max, LostLeasesMax);
  FIELD(releases_max, ReleasesMax);
  FIELD(backoff, Backoff);
}
FIELDS(NewJob) {
  FIELD(id, Job);
  FIELD(client, Client);
  FIELD(request, Request);
  FIELD(priority, Priority);
  FIELD(function, Function);
  FIELD(not_before, NotBefore);
  FIELD(delay, DelayMs);
  INLINED(terms);
  FIELD(trace, Trace);
}
FIELDS(GetJob) {
  FIELD(job, Job);
  FIELD(wait, WaitMs);
  FIELD(seen, Seen);
  FIELD(until_final, UntilFinal);
  FIELD(with_attempts, WithAttempts);
  FIELD(with_request, WithRequest);
}
FIELDS(Cancel) { FIELD(job, Job); }
FIELDS(Explain) { FIELD(job, Job); }
FIELDS(ReadLog) {
  FIELD(after, After);
  FIELD(limit, Limit);
}
FIELDS(ListJobs) {
  FIELD(cursor, Cursor);
  FIELD(limit, Limit);
  FIELD(function, Function);
  FIELD(tag, Tag);
  FIELD(text, Text);
}
FIELDS(Subscribe) {
  FIELD(job, Job);
  FIELD(limit, Limit);
  FIELD(no_snapshot, NoSnapshot);
}
FIELDS(ReadEvents) {
  FIELD(job, Job);
  FIELD(after, After);
  FIELD(limit, Limit);
  FIELD(wait, WaitMs);
  FIELD(is_repair, IsRepair);
}

FIELDS(Accept) {
  FIELD(worker, Worker);
  FIELD(request_number, RequestNumber);
  FIELD(max, Max);
  FIELD(lease, LeaseMs);
  FIELD(wait, WaitMs);
}
FIELDS(Lease) {
  FIELD(job, Job);
  FIELD(attempt, Attempt);
  FIELD(token, Token);
}
FIELDS(Retry) {
  FIELD(failure, Error);
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
FIELDS(AcceptOne) {
  FIELD(worker, Worker);
  FIELD(request_number, RequestNumber);
  FIELD(lease, LeaseMs);
}
FIELDS(Renew) {
  FIELD(lease, LeaseMs);
  FIELD(worker, Worker);
  FIELD(wait, WaitMs);
  FIELD(seen, Seen);
}
FIELDS(ReadRequests) {
  FIELD(client, Client);
  FIELD(limit, Limit);
  FIELD(function, Function);
  FIELD(tag, Tag);
}

// But for weights and costs.
FIELDS(DatasourceConfig) {
  FIELD(description, Description);
  FIELD(priority, Priority);
  FIELD(terms, Terms);
  FIELD(lease, LeaseMs);
  FIELD(cancel_grace, CancelGraceMs);
  FIELD(waiting_max, WaitingMax);
  FIELD(waiting_per_client_max, WaitingPerClientMax);
  FIELD(running_max, RunningMax);
}
FIELDS(Edit) {
  FIELD(priority, Priority);
  FIELD(valid_for, ValidForMs);
  FIELD(request, Request);
}
FIELDS(Restart) { FIELD(new_id, Job); }
FIELDS(Redrive) {
  FIELD(client, Client);
  FIELD(function, Function);
  FIELD(tag, Tag);
  FIELD(limit, Limit);
  FIELD(cursor, Cursor);
}
FIELDS(ListTokens) {
  FIELD(after, After);
  FIELD(limit, Limit);
}

}  // namespace store
