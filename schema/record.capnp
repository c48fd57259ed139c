@0xd3a95f0e1b7c4268;
# What is on disk. docs/storage.md tells the keys and the life of each record.
#
# Fields are only added, never renumbered and never reused: a store reads what any older store
# wrote. A change that an older store could not read safely raises the number in the file `format`.
# Times are milliseconds since the epoch, 0 stands for "not set". Texts are as in protocol.capnp.

using Cxx = import "/capnp/c++.capnp";
using Protocol = import "protocol.capnp";
$Cxx.namespace("record");

struct Turn {
  # The journal: all that one turn of the store changed. Its key is the turn's number. Turns are
  # synced to disk one by one and are the truth: everything else on disk follows from them.
  time @0 :UInt64;
  # `now` of the turn; never smaller than that of the turn before.
  entries @1 :List(Entry);
  # In the order in which they apply.
  tokens @2 :List(Text);
  # Identifiers of the tokens that changes were made with.
}

struct Entry {
  # One change. Applying it to the state that all entries before it made cannot fail.
  datasource @0 :UInt32;
  # Index given by `datasourceAdded`.
  sequence @1 :UInt64;
  # Number in the datasource's event log. Renewals, removals and registrations are no
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
    removed @11 :Removed;
    # The finished job is forgotten.
    workerForgotten @12 :Text;
    # The worker of that name made room for a new one.
    returned @13 :Void;
    # The lease could not be delivered: the job waits as before, at no cost.
    due @14 :Void;
    # The job need not wait for its time any more.
    expired @15 :Failure;
    # Nobody took the job in time; it is failed.
    progressed @16 :Progressed;
    logged @17 :Logged;
    retried @18 :Retried;
    # The attempt failed; the job waits for its next one.
    retriedLast @19 :Retried;
    # The same, but the job has failed too often and is failed.
    released @20 :Released;
    # The worker handed the job back; it waits as before.
    releasedLast @21 :Retried;
    # The same, but that has happened too often and the job is failed.
    forbidden @22 :Failure;
    cancelRequested @23 :UInt64;
    # Until when the worker may acknowledge it.
    cancelled @24 :Data;
    # The hash of the worker's word, or empty where there was none.
    edited @25 :Edited;
    restarted @26 :Restarted;
    # A new job like a final one.
    configured @27 :DatasourceConfig;
    modeSet @28 :UInt8;
    # protocol.capnp's Mode.
    eventsForgotten @29 :UInt64;
    # Events of the datasource below this number are kept no more.
    charged @30 :Charged;
    tokenRevoked @31 :TokenRevoked;
    tokenForgotten @32 :Text;
    # Nothing is to be known any more about the use of the token with this identifier.
    imported @34 :Protocol.JobStatus;
    # A new job in the state that an export has it in.
    scheduleSet @35 :Schedule;
    scheduleChanged @36 :ScheduleRun;
    scheduleRemoved @37 :Text;
    functionSet @38 :Function;
    functionRemoved @39 :Text;
    awaitedEnded @40 :Dependency;
    # A job that this one waited for has ended as it had to; this one waits for it no more.
    unmet @41 :Failure;
    # One has ended otherwise: the job is failed.
    checkpointLeft @42 :Left;
    # By an attempt for the next one.
    stateChanged @43 :StateChanged;
    flagged @44 :UInt8;
    # The attempt is slow (1), or stalled (2).
    stallPutOff @45 :UInt64;
    # The attempt may be without progress until then.
    followed @46 :Followed;
    # What came of a follow-up of the job, which has ended.
    keptFor @47 :UInt64;
    # The final job is forgotten so long after its end, whatever its terms said.
    storePaused @48 :Bool;
    # No job of any datasource is handed out; or it is so no more.
    datasourceDropped @49 :UInt64;
    # It has no jobs, and nothing of it is kept; its events are below this number. The next
    # `datasourceAdded` may have its index; numbers of events go on there.
    putOff @50 :UInt64;
    # Until then as many jobs of its key have begun as may.
    groupEnded @51 :Void;
    # The group that the job waited for has no jobs that have not ended.
    notAdmitted @52 :Failure;
    # The job that was to admit this one has ended otherwise: it is forbidden.
    heldBack @53 :Void;
    # As many jobs of the job's token run as may.
    letGo @54 :Void;
    # It waits for its turn again.
    workerOrdered @55 :WorkerOrdered;
    storeOrdered @56 :UInt8;
    # protocol.capnp's WorkerOrder, for all workers of the store.
    codeAdded @57 :Code;
    codeUsed @58 :Text;
    # Its hash: it was added once more.
    codeRemoved @59 :Text;
  }
  token @33 :UInt16;
  # Who did it: place in Turn.tokens, from 1. 0: the store, since some time was over.
}

struct WorkerOrdered {
  worker @0 :Text;
  # Empty: all of the datasource.
  order @1 :UInt8;
  # protocol.capnp's WorkerOrder; work ends what was.
}

struct Charged {
  # A job counts against the rates of a token.
  token @0 :Text;
  # Its identifier, and for one budget of it a line feed and the budget's number in hexadecimal.
  cost @1 :UInt64;
  spans @2 :UInt8;
  # Bits: over a second, a minute, an hour, a day. Those that are counted already count too.
}

struct TokenRevoked {
  token @0 :Text;
  until @1 :UInt64;
  # 0: for ever.
}

struct Submitted {
  id @0 :Text;
  client @1 :Text;
  request @2 :Text;
  priority @3 :UInt8;
  terms @4 :Terms;
  # Null: as in the last `submitted` of the turn.
  function @5 :Text;
  tags @6 :List(Text);
  trace @7 :Text;
  notBefore @8 :UInt64;
  # 0: at once.
  contentHash @9 :Data;
  after @10 :List(Dependency);
  key @11 :Text;
  unique @12 :Text;
  then @13 :FollowPlan;
  follows @14 :Text;
  group @15 :Text;
  afterGroup @16 :Text;
  caveats @17 :Text;
  grants @18 :Text;
  runningMax @19 :UInt32;
  code @20 :Text;
  method @21 :Text;
}

struct FollowPlan {
  # What follows a job, and as whose doing.
  then @0 :List(Protocol.FollowUp);
  token @1 :Text;
  # Identifier of the one that they are submitted with.
  tokenUntil @2 :UInt64;
  # 0: it does not end by time.
  allowance @3 :Allowance;
  results @4 :List(Followed);
  # In the checkpoint: what came of each, without its place.
}

struct Allowance {
  # What a token allows, each number one more; 0: without limit.
  priorityMax @0 :UInt8;
  bytesMax @1 :UInt64;
  waitingMax @2 :UInt64;
  rates @3 :List(Schedule.Rate);
  functions @4 :List(Text);
  # Patterns of the only functions that it allows.
  validForMaxMs @5 :UInt64;
  runningMax @6 :UInt32;
  # 0: no limit.
}

struct Followed {
  place @0 :UInt16;
  # Of the follow-up in the job's list.
  id @1 :Text;
  # Of the job that was made.
  refused @2 :Text;
  # Why none was.
}

struct Dependency {
  # A job that another one waits for.
  datasource @0 :UInt32;
  sequence @1 :UInt64;
  # Its key.
  id @2 :Text;
  # In the checkpoint alone.
  anyEnd @3 :Bool;
  end @4 :UInt8;
  # In the checkpoint: its status, once it is waited for no more.
  admits @5 :Bool;
  # It decides whether the one that waits may be done.
}

struct Terms {
  # protocol.capnp explains them. Here nothing is left to a default: 0 stands for "no limit".
  keepFor @0 :UInt64;
  validFor @1 :UInt64;
  timeout @2 :UInt64;
  failuresMax @3 :UInt32;
  lostLeasesMax @4 :UInt32;
  releasesMax @5 :UInt32;
  backoffInitial @6 :UInt64;
  backoffMax @7 :UInt64;
  backoffFactorPercent @8 :UInt32;
  backoffJitterPercent @9 :UInt8;
  keepFailedFor @10 :UInt64;
  keepCancelledFor @11 :UInt64;
  keepForbiddenFor @12 :UInt64;
  # Of these 0 is: as keepFor.
  slowAfter @13 :UInt64;
  stallAfter @14 :UInt64;
  stallFails @15 :Bool;
  deferMax @16 :UInt64;
  labels @17 :List(Text);
}

struct Accepted {
  worker @0 :Text;
  # Set in the first entry of an accept; empty means as in the entry before.
  requestNumber @1 :UInt64;
  deadline @2 :UInt64;
  outOfTurn @3 :Bool;
  # The worker named the job.
  caveats @4 :Text;
  # What the token of the lease has from the token it was accepted with: lines, each with its end.
}

struct Failure {
  code @0 :Text;
  message @1 :Text;
  detail @2 :Text;
}

struct Removed {
  logLines @0 :UInt32;
  attempt @1 :UInt32;
  # As they were: what else is to be forgotten with the job.
}

struct Progressed {
  value @0 :Float32;
  message @1 :Text;
}

struct Logged {
  number @0 :UInt32;
  # Of the line within the job.
  attempt @1 :UInt32;
  attemptNumber @2 :UInt32;
  # Of the line within the attempt, as the worker counts; 0 when it does not.
  level @3 :UInt8;
  # protocol.capnp's LogLevel.
  text @4 :Text;
}

struct Left {
  text @0 :Text;
  # Empty: nothing any more.
  said @1 :Data;
  # Hash of what came with a worker's word, which is an entry of its own; empty where the attempt
  # goes on.
}

struct StateChanged {
  # What a function keeps between runs.
  function @0 :Text;
  values @1 :List(Protocol.StateValue);
  # Those that have changed; an empty one is there no more.
  payer @2 :Text;
  # Identifier of the token that holds them.
  said @3 :Data;
  # As in Left; empty where no job's attempt did it.
}

struct FunctionValues {
  # All that a function keeps between runs. Its key holds the datasource and the function.
  values @0 :List(Protocol.StateValue);
  changedAt @1 :UInt64;
  payer @2 :Text;
}

struct Retried {
  failure @0 :Failure;
  notBefore @1 :UInt64;
  said @2 :Data;
  # Hash of the worker's word; empty when its time was over.
}

struct Released {
  message @0 :Text;
  notBefore @1 :UInt64;
  said @2 :Data;
}

struct Edited {
  priority @0 :UInt8;
  # 0: as it was.
  expiresAt @1 :UInt64;
  # 0: as it was.
  request @2 :Text;
  # Empty: as it was.
  runNow @3 :Bool;
  # The job need not wait for its time any more.
}

struct Restarted {
  parent @0 :UInt64;
  # Its sequence.
  id @1 :Text;
}

# ------------------------------------------------------------------------------- the checkpoint

struct Marker {
  # Written in the same atomic batch as the records it speaks of; the number of the last turn that
  # they contain stands beside it.
  time @0 :UInt64;
  # Of that turn.
  datasources @1 :List(Datasource);
  isPaused @2 :Bool;
  # The store as a whole.
  order @3 :UInt8;
  # protocol.capnp's WorkerOrder, for all workers.
}

struct Datasource {
  name @0 :Text;
  # Its place in the list is its index. Empty: it was dropped.
  lastSequence @1 :UInt64;
  lastStamp @2 :UInt64;
  # Of Rotation.
  oldestEvent @3 :UInt64;
  # The first that is kept. 0: none up to lastSequence.
  maker @4 :Text;
  # Identifier of the token that it came to be with; empty: unknown.
}

struct Payload {
  # What a job brought with it and the store only passes through.
  request @0 :Text;
  trace @1 :Text;
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
  terms @11 :Terms;
  worker @12 :Text;
  requestNumber @13 :UInt64;
  # Of the accept that made the current attempt.
  contentHash @14 :Data;
  # 16 bytes: of what was submitted, to tell a repeated submit from another job under the same id.
  outcomeHash @15 :Data;
  # 16 bytes, once the attempt has ended by a worker's word: to tell a repeated outcome from
  # another one.
  given @16 :Payload;
  # Null: it stands in a record of its own, written once.
  response @17 :Text;
  failure @18 :Failure;
  requestBytes @19 :UInt32;
  function @20 :Text;
  tags @21 :List(Text);
  notBefore @22 :UInt64;
  expiresAt @23 :UInt64;
  attemptUntil @24 :UInt64;
  failures @25 :UInt32;
  releases @26 :UInt32;
  isDelayed @27 :Bool;
  # It waits for notBefore.
  progress @28 :Float32;
  progressMessage @29 :Text;
  cancelSequence @30 :UInt64;
  cancelRequestedAt @31 :UInt64;
  cancelUntil @32 :UInt64;
  logLines @33 :UInt32;
  attemptLogLines @34 :UInt32;
  parent @35 :Text;
  child @36 :Text;
  isOutOfTurn @37 :Bool;
  # The worker of the latest attempt named the job.
  submitToken @38 :Text;
  acceptToken @39 :Text;
  # Identifiers of the tokens that it was submitted with, and accepted at last; the latter followed
  # by Accepted.caveats, with the end of a line between.
  after @40 :List(Dependency);
  # What it waits for, or waited for.
  responseBytes @41 :UInt32;
  # Of its response; 0 also where an older store did not say it.
  key @42 :Text;
  unique @43 :Text;
  checkpoint @44 :Text;
  # That an attempt has left for the next one.
  checkpointBytes @45 :UInt32;
  startedAt @46 :UInt64;
  # Its first attempt.
  slowAt @47 :UInt64;
  stallAt @48 :UInt64;
  # While it is accepted: when it is flagged next; 0: not.
  isSlow @49 :Bool;
  isStalled @50 :Bool;
  then @51 :FollowPlan;
  follows @52 :Text;
  group @53 :Text;
  isPutOff @54 :Bool;
  # It waits because as many jobs of its key have begun as may.
  afterGroup @55 :Text;
  awaitsGroup @56 :Bool;
  # And the group has not ended.
  caveats @57 :Text;
  # Of the token that it was submitted with, each behind a line feed; of functions with calls.
  grants @58 :Text;
  runningMax @59 :UInt32;
  # Jobs of its token that may run at once; 0: no limit.
  isHeldBack @60 :Bool;
  # It waits because as many of them run.
  code @61 :Text;
  method @62 :Text;
}

struct Attempt {
  # One that ended without ending the job. Its key holds datasource, sequence and attempt.
  attempt @0 :UInt32;
  worker @1 :Text;
  acceptedAt @2 :UInt64;
  endedAt @3 :UInt64;
  ending @4 :UInt8;
  # protocol.capnp's Ending.
  code @5 :Text;
  message @6 :Text;
}

struct LogLine {
  # Its key holds datasource, sequence and number.
  time @0 :UInt64;
  attempt @1 :UInt32;
  level @2 :UInt8;
  text @3 :Text;
  number @4 :UInt32;
}

struct DatasourceConfig {
  # protocol.capnp explains it.
  description @0 :Text;
  priority @1 :UInt8;
  terms @2 :Terms;
  hasBackoff @3 :Bool;
  leaseMs @4 :UInt32;
  cancelGraceMs @5 :UInt32;
  waitingMax @6 :UInt32;
  waitingPerClientMax @7 :UInt32;
  runningMax @8 :UInt32;
  weights @9 :List(Weight);
  costs @10 :List(Cost);
  item @11 :Text;
  isStrict @12 :Bool;
  keyRunningMax @13 :UInt32;
  functionLimits @14 :List(FunctionLimit);
  startRate @15 :Text;
  functionRates @16 :List(FunctionRate);
  keyStartRate @17 :Text;
  ageingMs @18 :UInt64;

  struct Weight {
    client @0 :Text;
    weight @1 :UInt32;
  }
  struct Cost {
    function @0 :Text;
    cost @1 :UInt32;
  }
  struct FunctionLimit {
    function @0 :Text;
    runningMax @1 :UInt32;
  }
  struct FunctionRate {
    function @0 :Text;
    startRate @1 :Text;
  }
}

struct DatasourceState {
  # What was decided about a datasource. Its key holds the datasource.
  config @0 :DatasourceConfig;
  mode @1 :UInt8;
  orders @2 :List(WorkerOrdered);
  # That hold; by name, none of them work.
}

struct FunctionCounters {
  # Its key holds datasource and function.
  submitted @0 :UInt64;
  runs @1 :UInt64;
  complete @2 :UInt64;
  failed @3 :UInt64;
  cancelled @4 :UInt64;
  forbidden @5 :UInt64;
  errors @6 :UInt64;
  releases @7 :UInt64;
  waitMs @8 :UInt64;
  runMs @9 :UInt64;
  lost @10 :UInt64;
  slow @11 :UInt64;
  stalled @12 :UInt64;
  waitTimes @13 :List(Class);
  runTimes @14 :List(Class);
  # How often it was how long.
  waiting @15 :UInt64;
  running @16 :UInt64;
  # In the history alone, whose key holds datasource, step, function and number of the step: jobs as
  # of then.

  struct Class {
    number @0 :UInt8;
    # Four double the length.
    count @1 :UInt64;
  }
}

struct Rotation {
  # Round robin: when the clients waiting at one priority of a datasource were served last. Its key
  # holds the datasource and the client.
  stamps @0 :List(Stamp);
}

struct Stamp {
  priority @0 :UInt8;
  # 0: as `level` says.
  stamp @1 :UInt64;
  served @2 :UInt32;
  # Of its turn, where it has more than one job a turn.
  level @3 :Int64;
  # The priority, less what ageing takes of it.
}

struct Worker {
  # Its key holds the datasource and the worker's name.
  requestNumber @0 :UInt64;
  # Of its last accept.
  heardAt @1 :UInt64;
  token @2 :Text;
  # Identifier of the one that it accepted with; empty: unknown.
}

struct EventPage {
  # Events of a datasource that follow each other without a gap. Its key holds the datasource and
  # the sequence of the last one. In columns, since most events have little to say.
  # protocol.capnp's Event explains the fields.
  first @0 :UInt64;
  # Sequence of the first.
  time @1 :UInt64;
  # Of the first.
  names @2 :List(Text);
  # Clients, functions and workers. Places in it are counted from 1; 0 none.

  jobs @3 :List(UInt64);
  ids @4 :List(Text);
  clients @5 :List(UInt16);
  functions @6 :List(UInt16);
  # For each job: sequence, id, and places in `names`.

  job @7 :List(UInt16);
  kind @8 :Data;
  status @9 :Data;
  attempt @10 :List(UInt32);
  after @11 :List(UInt32);
  small @12 :Data;
  # For each event: place of its job, kind, status, attempt, milliseconds after the page's first,
  # and a byte: log: the level; submitted, edited: the priority.

  workers @13 :List(UInt16);
  deadlines @14 :List(UInt64);
  # For each event that is `accepted`: place of the worker in `names`, end of the lease.

  others @15 :List(Other);
  # What few have, in the order of the events.

  struct Other {
    event @0 :UInt16;
    # Its place in the page.
    progress @1 :Float32;
    number @2 :UInt32;
    # log: of the line.
    until @3 :UInt64;
    code @4 :Text;
    text @5 :Text;
    # Null where there is none.
  }
}

struct EventIndex {
  # Which events of a page's datasource are of one client. Its key holds the datasource, a segment
  # of the sequences, a hash of the client's name, and the sequence of the last one.
  before @0 :List(UInt32);
  # How far each lies before the last, in the order of the sequences; the last one is 0.
}

struct Schedule {
  # Its key holds the datasource and the name.
  name @0 :Text;
  # In a journal's entry alone.
  plan @1 :Protocol.Schedule;
  run @2 :ScheduleRun;
  token @3 :Text;
  # Identifier of the one that it was added with; in an entry it is the entry's own.
  tokenUntil @4 :UInt64;
  # 0: it does not end by time.
  priorityMax @5 :UInt8;
  bytesMax @6 :UInt64;
  waitingMax @7 :UInt64;
  runningMax @11 :UInt32;
  # What the token allows, each one more; 0: without limit.
  rates @8 :List(Rate);
  functions @9 :List(Text);
  # Patterns of the only functions that it allows.

  struct Rate {
    count @0 :UInt64;
    span @1 :UInt8;
    # A second, a minute, an hour, a day.
    budget @2 :UInt64;
    # By which it is counted; 0: of whatever copy of the token.
  }
  validForMaxMs @10 :UInt64;
  # 0: without limit.
}

struct ScheduleRun {
  # What changes of it as time passes.
  name @0 :Text;
  # In a journal's entry alone.
  addedAt @1 :UInt64;
  slot @2 :UInt64;
  # The next time; 0: there is none.
  due @3 :UInt64;
  # When its job is made.
  isPaused @4 :Bool;
  isTokenOver @5 :Bool;
  pausedWhy @6 :Text;
  runs @7 :UInt64;
  lastJob @8 :Text;
  lastSequence @9 :UInt64;
  lastSlot @10 :UInt64;
  lastAt @11 :UInt64;
  lastStatus @12 :UInt8;
  lastEndedAt @13 :UInt64;
  skippedAt @14 :UInt64;
  skippedWhy @15 :Text;
}

struct Function {
  # Its key holds the datasource and the name.
  function @0 :Protocol.Function;
  registeredAt @1 :UInt64;
  changedAt @2 :UInt64;
  token @3 :Text;
  # Identifier of the one that it was registered with; in an entry it is the entry's own.
}

struct Code {
  # Its key holds the datasource and the hash; the bytes have a record of their own, which is
  # nothing else.
  hash @0 :Text;
  runtime @1 :Text;
  content @2 :Data;
  # Both in an entry alone.
  bytes @3 :UInt64;
  addedAt @4 :UInt64;
  usedAt @5 :UInt64;
  token @6 :Text;
  # Identifier of the one that it was added with first; here and above not in an entry.
}

struct TokenUse {
  # What is counted of a token, or of one budget of it. Its key holds the name, as Charged has it.
  windows @0 :List(Window);
  # Over a second, a minute, an hour, a day.
  isRevoked @1 :Bool;
  revokedUntil @2 :UInt64;
  # 0: for ever.

  struct Window {
    isCounted @0 :Bool;
    parts @1 :List(Part);
  }
  struct Part {
    number @0 :UInt64;
    # Since 1970, in fiftieths of the span.
    count @1 :UInt64;
  }
}
