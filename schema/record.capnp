@0xd3a95f0e1b7c4268;
# What is on disk. docs/storage.md tells the keys and the life of each record.
#
# Fields are only added, never renumbered and never reused: a store reads what any older store
# wrote. A change that an older store could not read safely raises the number in the file `format`.
# Times are milliseconds since the epoch, 0 stands for "not set". Texts are as in protocol.capnp.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("record");

struct Turn {
  # The journal: all that one turn of the store changed. Its key is the turn's number. Turns are
  # synced to disk one by one and are the truth: everything else on disk was derived from them.
  time @0 :UInt64;
  # `now` of the turn; never smaller than that of the turn before.
  entries @1 :List(Entry);
  # In the order in which they apply.
}

struct Entry {
  # One change. Applying it to the state that all entries before it made cannot fail.
  datasource @0 :UInt32;
  # Index given by `datasourceAdded`.
  sequence @1 :UInt64;
  # Number in the datasource's journal of events. Renewals, removals and registrations are no
  # events: their sequence is 0.
  job @2 :UInt64;
  # The job's own sequence (that of its `submitted`); 0 where none is meant.

  union {
    datasourceAdded @3 :Text;
    submitted @4 :Submitted;
    accepted @5 :Accepted;
    renewed @6 :UInt64;
    # The lease's new deadline.
    completed @7 :Text;
    # The response. The job is complete.
    failed @8 :Failure;
    # By the driver; the job is failed.
    leaseLost @9 :Void;
    # The lease ran out; the job waits for its next attempt.
    leaseLostLast @10 :Failure;
    # The same, but the job has lost too many and is failed.
    removed @11 :Void;
    # The finished job is forgotten.
    workerForgotten @12 :Text;
    # The worker of that name made room for a new one.
    returned @13 :Void;
    # The lease could not be delivered: the job waits as before, at no cost.
  }
}

struct Submitted {
  id @0 :Text;
  client @1 :Text;
  request @2 :Text;
  priority @3 :UInt8;
  keepFor @4 :UInt64;
}

struct Accepted {
  worker @0 :Text;
  # Set in the first entry of an accept; empty means as in the entry before.
  requestNumber @1 :UInt64;
  deadline @2 :UInt64;
}

struct Failure {
  code @0 :Text;
  message @1 :Text;
  detail @2 :Text;
}

# ------------------------------------------------------------------------------- derived records

struct Marker {
  # Written in the same atomic batch as the derived records it speaks of; the number of the last
  # turn that they contain stands beside it.
  time @0 :UInt64;
  # Of that turn.
  datasources @1 :List(Datasource);
}

struct Datasource {
  name @0 :Text;
  # Its place in the list is its index.
  lastSequence @1 :UInt64;
}

struct Job {
  # A job as of the marker. Its key holds datasource and sequence.
  id @0 :Text;
  client @1 :Text;
  status @2 :UInt8;
  # protocol.capnp's Status.
  priority @3 :UInt8;
  attempt @4 :UInt32;
  lostLeases @5 :UInt32;
  changed @6 :UInt64;
  submittedAt @7 :UInt64;
  acceptedAt @8 :UInt64;
  deadline @9 :UInt64;
  finishedAt @10 :UInt64;
  keepFor @11 :UInt64;
  worker @12 :Text;
  requestNumber @13 :UInt64;
  # Of the accept that made the current attempt.
  contentHash @14 :Data;
  # 16 bytes: of what was submitted, to tell a repeated submit from another job under the same id.
  outcomeHash @15 :Data;
  # 16 bytes, once final by a driver's word: to tell a repeated outcome from another one.
  requestApart @16 :Bool;
  # true: the request stands in a record of its own, written once; false: in `request`.
  request @17 :Text;
  response @18 :Text;
  failure @19 :Failure;
  requestBytes @20 :UInt32;
}

struct Rotation {
  # Round robin: when the clients waiting at one priority of a datasource were served last. Its key
  # holds the datasource and the client.
  stamps @0 :List(Stamp);
}

struct Stamp {
  priority @0 :UInt8;
  sequence @1 :UInt64;
}

struct Worker {
  # Its key holds the datasource and the worker's name.
  requestNumber @0 :UInt64;
  # Of its last accept.
  heardAt @1 :UInt64;
}
