// The fields of requests that commands take as they are, where the contract has no value for it;
// part of the codec. Those that need the path or the token, and lists are read in decode_*.cc.
#pragma once

#include "commands.h"
#include "field_tables.h"

namespace store {

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
  FIELD(flagged, Flagged);
  FIELD(turn_key, Key);
  FIELD(unique, Unique);
  FIELD(group, Group);
  INLINED(times);
  FIELD(order, Order);
  FIELD(behind, Behind);
  FIELD(ahead_of, AheadOf);
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
  FIELD(gone_after, GoneAfterMs);
  FIELD(least_priority, LeastPriority);
  FIELD(about, About);
  FIELD(order, Order);
}
FIELDS(Renew) {
  FIELD(lease, LeaseMs);
  FIELD(worker, Worker);
  FIELD(wait, WaitMs);
  FIELD(seen, Seen);
  FIELD(order, Order);
}
FIELDS(ReadRequests) {
  FIELD(client, Client);
  FIELD(limit, Limit);
  FIELD(function, Function);
  FIELD(tag, Tag);
}

FIELDS(OrderWorkers) {
  FIELD(worker, Worker);
  FIELD(order, Order);
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
