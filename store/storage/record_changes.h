// Between the entries of record.capnp and changes: the tables. For record_turn.cc only.
#pragma once

#include "field_tables.h"
#include "record_fields.h"

namespace store {

RECORD(Charged) {
  FIELD(token, Token);
  FIELD(cost, Cost);
  FIELD(spans, Spans);
}
RECORD(Revocation) { FIELD(until, Until); }
RECORD(TokenRevoked) {
  FIELD(token, Token);
  INLINED(revocation);
}
RECORD(Submitted) {
  FIELD(id, Id);
  FIELD(client, Client);
  FIELD(request, Request);
  FIELD(priority, Priority);
  FIELD(terms, Terms);
  OPTIONAL(function, Function);
  OPTIONAL(tags, Tags);
  OPTIONAL(trace, Trace);
  FIELD(not_before, NotBefore);
  OPTIONAL(content, ContentHash);
  FIELD(running_max, RunningMax);
}  // and what few have
RECORD(SubmitExtras) {
  OPTIONAL(after, After);
  OPTIONAL(turn_key, Key);
  OPTIONAL(unique, Unique);
  OPTIONAL(follows, Follows);
  OPTIONAL(group, Group);
  OPTIONAL(after_group, AfterGroup);
  OPTIONAL(caveats, Caveats);
  OPTIONAL(grants, Grants);
}  // and what follows it, and its code
RECORD(CodeOfJob) {
  OPTIONAL(hash, Code);
  OPTIONAL(method, Method);
}
RECORD(Restarted) {
  FIELD(parent, Parent);
  FIELD(id, Id);
}
// Imported is written as the message has it.
RECORD(Edited) {
  FIELD(priority, Priority);
  FIELD(expires_at, ExpiresAt);
  OPTIONAL(request, Request);
  FIELD(run_now, RunNow);
}
RECORD(Accepted) {  // and the worker
  FIELD(request_number, RequestNumber);
  FIELD(deadline, Deadline);
  FIELD(out_of_turn, OutOfTurn);
  OPTIONAL(caveats, Caveats);
}
RECORD(Progressed) {
  FIELD(value, Value);
  FIELD(message, Message);
}
RECORD(CheckpointLeft) {
  OPTIONAL(text, Text);
  OPTIONAL(said, Said);
}
RECORD(StateChanged) {
  FIELD(function, Function);
  OPTIONAL(values, Values);
  OPTIONAL(payer, Payer);
  OPTIONAL(said, Said);
}
RECORD(Logged) {
  FIELD(number, Number);
  FIELD(attempt, Attempt);
  FIELD(attempt_number, AttemptNumber);
  FIELD(level, Level);
  FIELD(text, Text);
}
RECORD(Retried) {
  FIELD(failure, Failure);
  FIELD(not_before, NotBefore);
  OPTIONAL(outcome, Said);
}
RECORD(RetriedLast) {
  FIELD(failure, Failure);
  OPTIONAL(outcome, Said);
}
RECORD(Released) {
  FIELD(message, Message);
  FIELD(not_before, NotBefore);
  OPTIONAL(outcome, Said);
}
RECORD(ReleasedLast) {
  FIELD(failure, Failure);
  OPTIONAL(outcome, Said);
}
RECORD(Removed) {
  FIELD(log_lines, LogLines);
  FIELD(attempt, Attempt);
}

// Of these the entry itself has the one field.
RECORD(DatasourceAdded) { FIELD(name, DatasourceAdded); }
RECORD(DatasourceDropped) { FIELD(oldest, DatasourceDropped); }
RECORD(ModeSet) { FIELD(mode, ModeSet); }
RECORD(WorkerForgotten) { FIELD(name, WorkerForgotten); }
RECORD(ScheduleRemoved) { FIELD(name, ScheduleRemoved); }
RECORD(FunctionRemoved) { FIELD(name, FunctionRemoved); }
RECORD(CodeUsed) { FIELD(hash, CodeUsed); }
RECORD(CodeRemoved) { FIELD(hash, CodeRemoved); }
RECORD(EventsForgotten) { FIELD(oldest, EventsForgotten); }
RECORD(TokenForgotten) { FIELD(token, TokenForgotten); }
RECORD(Unmet) { FIELD(failure, Unmet); }
RECORD(NotAdmitted) { FIELD(failure, NotAdmitted); }
RECORD(Expired) { FIELD(failure, Expired); }
RECORD(Renewed) { FIELD(deadline, Renewed); }
RECORD(Flagged) { FIELD(flags, Flagged); }
RECORD(StallPutOff) { FIELD(until, StallPutOff); }
RECORD(PutOff) { FIELD(until, PutOff); }
RECORD(Completed) { FIELD(response, Completed); }
RECORD(Failed) { FIELD(failure, Failed); }
RECORD(Forbidden) { FIELD(failure, Forbidden); }
RECORD(LeaseLostLast) { FIELD(failure, LeaseLostLast); }
RECORD(CancelRequested) { FIELD(until, CancelRequested); }
RECORD(Cancelled) { FIELD(outcome, Cancelled); }
RECORD(KeptFor) { FIELD(span, KeptFor); }
RECORD(StoreOrdered) { FIELD(order, StoreOrdered); }
RECORD(StorePaused) { FIELD(is_paused, StorePaused); }
RECORD(Due) {}
RECORD(GroupEnded) {}
RECORD(HeldBack) {}
RECORD(LetGo) {}
RECORD(LeaseLost) {}
RECORD(Returned) {}

}  // namespace store
