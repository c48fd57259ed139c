@0xb8d1f7c2a64e9035;
# What travels between clients, drivers and the store: one Request in one ZeroMQ frame, answered by
# one Reply in one frame. docs/protocol.md tells the conversation; this file tells every field.
#
# Rules for all messages:
#  - Times are milliseconds since 1970-01-01T00:00:00Z by the store's clock; spans are milliseconds.
#    0 stands for "not set" unless the field says otherwise.
#  - Text is UTF-8. "JSON" is one complete JSON text (RFC 8259); the store checks that it is JSON
#    and otherwise never looks into it.
#  - An *id* (datasource, job) is 1-128 bytes of [A-Za-z0-9._~-], and none of datasourceWords or of
#    jobWords (below): paths use those. A *name* (client, worker, function, tag) is 1-128 bytes of
#    the same alphabet plus [:@+/=].
#  - Fields are only ever added. A reader ignores fields it does not know; a field that is missing
#    has its default, so a new field's default keeps the old meaning.
#  - Codes are HTTP's. A refusal changes nothing in the store, and names the field and the limit.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("protocol");

enum Method {
  get @0;
  post @1;
  put @2;
  delete @3;
}

struct Request {
  id @0 :UInt64;
  # Chosen by the sender, returned in the reply, otherwise not looked at. A sender that has several
  # requests under way on one socket, or that repeats one, tells the replies apart by it.

  method @1 :Method;
  # 405 when the path exists but not with this method.

  path @2 :Text;
  # e.g. "/scan/job/". At most 512 bytes. One trailing slash makes no difference to which operation
  # is meant; a token's path caveat is compared with the path as sent, or with the path that a /sub/
  # path stands for. 404 when there is no such path, 400 when a part of it that should be an id is
  # none.

  token @3 :Data;
  # The capability: a macaroon of version 1 or 2, as base64 text or binary, or, as text only, one
  # with its discharges after it. At most 8192 bytes, 32768 with discharges; docs/protocol.md,
  # section 4, has the rest. 401 when it is missing or does not verify, 403 when a caveat does not
  # allow this request.

  body :union {
    # Which member is needed is said by the path (docs/protocol.md, and the comments below). Another
    # one is refused with 400.
    none @4 :Void;
    submit @5 :Submit;
    jobQuery @6 :JobQuery;
    listQuery @7 :ListQuery;
    accept @8 :Accept;
    renew @9 :Renew;
    update @10 :Update;
    logQuery @11 :LogQuery;
    peek @12 :Peek;
    config @13 :DatasourceConfig;
    edit @14 :Edit;
    restart @15 :Restart;
    redrive @16 :Redrive;
    subscribe @17 :Subscribe;
    eventQuery @18 :EventQuery;
    tokenQuery @19 :TokenQuery;
    revoke @20 :Revoke;
    importJobs @21 :ImportJobs;
    schedule @22 :Schedule;
    scheduleQuery @23 :ScheduleQuery;
    function @24 :Function;
    functionQuery @25 :FunctionQuery;
    stateQuery @26 :StateQuery;
    changeState @27 :ChangeState;
    bulk @28 :Bulk;
    historyQuery @29 :HistoryQuery;
    orderWorkers @30 :OrderWorkers;
    newCode @31 :NewCode;
    codeQuery @32 :CodeQuery;
  }
}

struct Reply {
  id @0 :UInt64;
  # The request's id; 0 when the request could not be read at all.

  code @1 :UInt16;
  # 200 done (and on disk). 207 a list whose items have codes of their own, not all of them 200.
  # 400 malformed; 401 no valid token; 403 not allowed; 404 unknown; 405 method; 409 conflict with
  # what the store holds; 410 no longer there; 413 too large; 429 a limit is reached, try later;
  # 503 shutting down;
  # 507 the store is full.

  error @2 :Text;
  # For people: what was wrong, with field and limit. Empty when code is 200, and when it is 207:
  # then the items say it.

  body :union {
    none @3 :Void;
    submitted @4 :List(SubmitResult);
    job @5 :JobStatus;
    jobs @6 :JobPage;
    accepted @7 :List(AcceptedJob);
    renewed @8 :List(RenewResult);
    updated @9 :List(UpdateResult);
    store @10 :StoreStatus;
    stats @11 :StoreStats;
    log @14 :LogPage;
    explanation @15 :Explanation;
    requests @16 :RequestPage;
    config @17 :DatasourceConfig;
    configs @18 :List(DatasourceConfig);
    datasources @19 :List(DatasourceStats);
    workers @20 :List(WorkerStatus);
    redriven @21 :Redriven;
    subscription @22 :Subscription;
    events @23 :EventPage;
    snapshot @24 :Snapshot;
    # With code 410.
    tokens @25 :TokenPage;
    keys @26 :List(RootKey);
    count @27 :JobCount;
    backup @28 :Backup;
    schedule @29 :ScheduleStatus;
    schedules @30 :SchedulePage;
    function @31 :FunctionStatus;
    functions @32 :FunctionPage;
    states @33 :StatePage;
    bulkStep @34 :BulkStep;
    storeMode @35 :StoreMode;
    history @36 :HistoryPage;
    code @38 :CodeStatus;
    codes @39 :CodePage;
  }

  retryAfterMs @12 :UInt32;
  # With 429: when asking again makes sense, an estimate. 0 when the store has none.

  cancels @13 :List(CancelRequest);
  # In answers to renewals that name their worker: its jobs whose cancel is requested. In the answer
  # to an accept that was held back: the one that was requested just now.

  order @37 :WorkerOrder;
  # In answers to accepts, and to renewals that name their worker: what it is to do from now on.
}

# ----------------------------------------------------------------------------------------- limits

# What is larger is refused: a text or a list that is too long with 413, a number that is out of its
# range with 400. `jobq limits` prints them. Those of one message:
const frameBytesMax :UInt64 = 8388608;
# Of a request and of a reply.
const pathBytesMax :UInt64 = 512;
const tokenBytesMax :UInt64 = 8192;
# Of a token as text.
const idBytesMax :UInt64 = 128;
# Of ids and names.
const datasourceWords :List(Text) =
    ["accept", "admin", "backups", "cancel", "cat", "code", "config", "count", "datasources",
     "drain", "drop", "edit", "events", "explain", "export", "functions", "history", "import",
     "job", "jobs", "keys", "kv", "latest", "list", "log", "pause", "peek", "redrive", "remove",
     "renew", "restart", "resume", "retire", "revoke", "run", "schedules", "since", "state",
     "stats", "status", "sub", "tokens", "update", "uptime", "workers"];
const jobWords :List(Text) = ["cancel", "count", "events", "functions", "list", "schedules"];
# Words of paths, which are no new datasource's id, and those in a job's place. What had one for its
# id before it was one stays, and is listed.
const itemsMax :UInt64 = 1024;
# Jobs, leases, outcomes or log lines.
const waitMsMax :UInt64 = 60000;
const listLimitMax :UInt64 = 1000;
const listLimitDefault :UInt64 = 100;
const searchTextBytesMax :UInt64 = 1024;

# Of a job:
const requestBytesMax :UInt64 = 1048576;
const jsonDepthMax :UInt64 = 1024;
# Of arrays and objects within one another, empty ones too, in all JSON.
const priorityMax :UInt64 = 100;
const spanMsMax :UInt64 = 31536000000;
# Of keepForMs, timeoutMs, backoffs, and of what a retry or a release waits: 365 days.
const delayMsMax :UInt64 = 3153600000000;
# Of delayMs and validForMs: 100 times 365 days.
const notBeforeMax :UInt64 = 253402300799999;
# The last millisecond of the year 9999.
const failuresMax :UInt64 = 1000;
const lostLeasesMax :UInt64 = 1000;
const releasesMax :UInt64 = 1000000;
const backoffFactorPercentMax :UInt64 = 10000;
const tagsMax :UInt64 = 16;
const labelsMax :UInt64 = 16;
const grantsBytesMax :UInt64 = 16384;
const traceBytes :UInt64 = 55;
# Exactly.
const afterMax :UInt64 = 64;
# Jobs that it waits for.
const afterElsewhereMax :UInt64 = 64;
# Those of them that are of other datasources, of all jobs of one submit.
const afterResponseBytesMax :UInt64 = 262144;
# Of their responses, as an accept tells them.
const followUpsMax :UInt64 = 16;
const followUpBytesMax :UInt64 = 65536;
# Of a job with those of its follow-ups: how many, and the bytes of what they say.
const followUpDatasourcesMax :UInt64 = 64;
# Other ones that the follow-ups of one submit name.

# Of a schedule:
const scheduleNameBytesMax :UInt64 = 64;
# Which leaves room for the time in the ids of its jobs.
const cronBytesMax :UInt64 = 256;
const everyMsMin :UInt64 = 1000;
const jitterMsMax :UInt64 = 86400000;
const catchUpMax :UInt64 = 1000;
# Times that are made up for.
const scheduleTimesMax :UInt64 = 100;
# Told by one answer.

# Of a function:
const versionBytesMax :UInt64 = 64;
const authorBytesMax :UInt64 = 256;
const documentationBytesMax :UInt64 = 65536;
const callsMax :UInt64 = 64;
const callMethodBytesMax :UInt64 = 32;
const callsBytesMax :UInt64 = 1000;
# Of all of them: methods, paths, and two bytes between one and the next.
const schemaBytesMax :UInt64 = 65536;
const indexedMax :UInt64 = 16;
const pointerBytesMax :UInt64 = 256;
const functionsOfDatasourceMax :UInt64 = 1024;

# Of code that jobs name:
const codeBytesMax :UInt64 = 8323072;
# As much as a frame can hold, with 64 KiB for all else of it.
const codeRuntimeBytesMax :UInt64 = 32;
const codeIdleMsMax :UInt64 = 3600000;
# So long after its use nothing may name it, then it is dropped.

# Of what functions keep between runs:
const stateValuesMax :UInt64 = 64;
# Of one function.
const stateValueBytesMax :UInt64 = 4096;
const stateChangesMax :UInt64 = 64;
# Of one request, and of one outcome.

# Of drivers:
const functionsMax :UInt64 = 64;
const aboutBytesMax :UInt64 = 255;
# Named by one accept.
const leaseMsMin :UInt64 = 100;
const leaseMsMax :UInt64 = 3600000;
const responseBytesMax :UInt64 = 1048576;
const errorCodeBytesMax :UInt64 = 64;
const errorMessageBytesMax :UInt64 = 1024;
const errorDetailBytesMax :UInt64 = 65536;
const progressMessageBytesMax :UInt64 = 1024;
const checkpointBytesMax :UInt64 = 65536;
const logTextBytesMax :UInt64 = 1024;
const logLinesKept :UInt64 = 1000;
const attemptsKept :UInt64 = 32;
# Of each job, the youngest.

# Of a datasource's configuration:
const descriptionBytesMax :UInt64 = 1024;
const cancelGraceMsMax :UInt64 = 3600000;
const weightsMax :UInt64 = 1024;
const weightMax :UInt64 = 100;
const costsMax :UInt64 = 1024;
const costMax :UInt64 = 1000000;
const functionLimitsMax :UInt64 = 1024;
const functionLimitMax :UInt64 = 1000000;
const startRateMax :UInt64 = 1000000;
const ageingMsMin :UInt64 = 1000;
const itemBytesMax :UInt64 = 16384;
const orderedWorkersMax :UInt64 = 1024;

# Of tables that all share, what one token may hold, told apart by its identifier, and what all may
# together; 507 of what stays, else 429. `docs/operating.md` has the bytes.
const datasourcesMax :UInt64 = 16384;
const datasourcesPerTokenMax :UInt64 = 1024;
# That came to be with it.
const configBytesMax :UInt64 = 67108864;
const configBytesPerTokenMax :UInt64 = 16777216;
# Of the configurations of those.
const catalogueBytesMax :UInt64 = 4194304;
const catalogueBytesPerTokenMax :UInt64 = 1048576;
# Of their items, all of which GET /cat tells.
const nameBytesMax :UInt64 = 268435456;
const nameBytesPerTokenMax :UInt64 = 67108864;
# Of what jobs bring: names, tags and terms that no job had before, and ids of 48 bytes and more.
# The token that brought them first holds them, until no job that the store knows has them.
const schedulesMax :UInt64 = 10000;
const schedulesPerTokenMax :UInt64 = 1000;
const scheduleBytesMax :UInt64 = 33554432;
const scheduleBytesPerTokenMax :UInt64 = 8388608;
# Of what those say, their jobs' requests above all.
const registeredMax :UInt64 = 16384;
const registeredPerTokenMax :UInt64 = 1024;
const registeredBytesMax :UInt64 = 67108864;
const registeredBytesPerTokenMax :UInt64 = 16777216;
# Functions, and what those say.
const statesMax :UInt64 = 16384;
const statesPerTokenMax :UInt64 = 1024;
const stateBytesMax :UInt64 = 67108864;
const stateBytesPerTokenMax :UInt64 = 16777216;
# Functions with values between runs, and what those take. The token holds them that changed them
# last, or with which the attempt was accepted that did.
const codesMax :UInt64 = 16384;
const codesPerTokenMax :UInt64 = 1024;
const codesBytesMax :UInt64 = 1073741824;
const codesBytesPerTokenMax :UInt64 = 268435456;
# Of code that the token was the first to add.
const checkpointsBytesMax :UInt64 = 1073741824;
const checkpointsBytesPerTokenMax :UInt64 = 268435456;
# Of what attempts have left for the next ones. The token holds them with which the jobs were
# submitted.
const budgetsMax :UInt64 = 65536;
const budgetsPerTokenMax :UInt64 = 1024;
# Caveats `rate` whose use is counted: none is held longer than its span after it was used last.
const revocationsMax :UInt64 = 65536;
# Of tokens, by whoever; they end with their time, or with the tokens' root key.
const waitersMax :UInt64 = 10000;
const waitersPerTokenMax :UInt64 = 2500;
const waitersPerClientMax :UInt64 = 1000;
# Requests held back by waitMs; status queries of a client, or of all drivers.
const waiterBytesMax :UInt64 = 67108864;
const waiterBytesPerTokenMax :UInt64 = 16777216;
# Of what those ask.
const topicsMax :UInt64 = 10000;
const topicsPerTokenMax :UInt64 = 2500;
const topicsPerClientMax :UInt64 = 1000;
# That the token was the first to buy; of a client of a datasource and its jobs.

# ---------------------------------------------------------------------------------------- clients

struct Submit {
  # POST /<DSID>/job/ : asks for jobs to be done. Answered with Reply.submitted, one result for each
  # job in the order given, after those taken are on disk. Items do not depend on each other, unless
  # `atomic` or NewJob.after says so.

  jobs @0 :List(NewJob);
  # 1 .. 1024; 400 when empty, 413 when there are more or the frame is above 8 MiB.
  noTickets @1 :Bool;
  # For who has no use for SubmitResult.ticket.
  atomic @2 :Bool;
  # All or none: when one job is refused, none is taken, and each of the others is 409, but for
  # those that were there already.
}

struct NewJob {
  job @0 :Text;
  # Id, unique within the datasource for as long as the store keeps the job; a GUID is advised,
  # since the id is also what others would have to guess. Submitting the same id again with the
  # same content is no error and changes nothing: the answer is the job's current status. Other
  # content (client, request or any option) is 409.

  client @1 :Text;
  # Name of whoever owns the job. A token with a client caveat acts as that client, whatever is said
  # here; 400 when neither says.

  request @2 :Text;
  # JSON for the driver, 1 byte .. 1 MiB (store limit requestBytesMax; 413 above).

  priority @3 :UInt8;
  # 1 .. 100, 100 is served first. Here as in all fields below, 0 means: as the datasource is
  # configured, else as the store is; the store's own default is 50.

  keepForMs @4 :UInt64;
  # How long the finished job stays readable, counted from its end; up to 365 days, by default 60
  # minutes. The store may forget finished jobs earlier when it holds more than finishedMax of
  # them: of the token whose jobs are the most, those finished longest first.

  function @5 :Text;
  # What is to be done, a name; empty: not said. Workers may take only some functions; counters are
  # kept for each.

  notBefore @6 :UInt64;
  # No worker gets the job before this time, up to the year 9999. A time in the past is no wait.
  delayMs @7 :UInt64;
  # The same, counted from the submit; up to 100 years. 400 when both are given.

  validForMs @8 :UInt64;
  # The job is failed with the code "expired" when no worker has taken it within this time, counted
  # from the submit or from notBefore, whichever is later; up to 100 years. By default for ever. An
  # attempt that was released does not count as taken.

  timeoutMs @9 :UInt64;
  # How long one attempt may run, up to 365 days, whatever is renewed. Then its lease ends, which
  # counts as a failure with the code "timeout". By default without limit.

  failuresMax @10 :UInt32;
  # The failure with this number is final. 1 .. 1000; by default 5.
  lostLeasesMax @11 :UInt32;
  # The same for lost leases: a job that kills its workers must stop. 1 .. 1000; by default 3.
  releasesMax @12 :UInt32;
  # The same for releases. 1 .. 1000000; by default without limit.

  backoff @13 :Backoff;
  # How long a failure delays the next attempt. Null: the default, as a whole.

  tags @14 :List(Text);
  # Up to 16 names to find the job by. Their order does not matter, nor does repetition.

  trace @15 :Text;
  # W3C traceparent, e.g. "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"; passed through
  # to the worker. No part of the content by which a repeated submit is recognised.

  keepFailedForMs @16 :UInt64;
  keepCancelledForMs @17 :UInt64;
  keepForbiddenForMs @18 :UInt64;
  # Instead of keepForMs, of a job that ends so. 0, by default: as that says.

  after @19 :List(After);
  # Jobs that must be complete before a worker gets this one; up to 64 (afterMax). Only those that
  # exist, or stand before it in the same list: 409 otherwise. Each is one of the same client, and
  # one of another datasource is one whose status the token may read; 403 otherwise. When one ends
  # otherwise, this one is failed with the code "dependency".

  key @20 :Text;
  # A name: jobs of the datasource with the same key run one at a time, strictly in the order of
  # their submits, or as many at a time as the datasource's keyRunningMax says.
  unique @21 :Text;
  # A name, of which the datasource has one job alone that has not ended. What a further submit
  # does, `ifUnique` says; 409 where that job is another client's.
  slowAfterMs @23 :UInt64;
  # An attempt that runs longer is flagged as slow and goes on; up to 365 days. By default never.
  stallAfterMs @24 :UInt64;
  # One without progress for so long is flagged as stalled, until progress comes; up to 365 days. By
  # default never. Renewals and log lines are no progress.
  stallFails @25 :Bool;
  # It fails instead, with the code "stalled", as any attempt that failed.
  deferMaxMs @26 :UInt64;
  # A release so long after the start of the first attempt is final: the job is failed with the code
  # "deferred"; up to 365 days. By default never.
  ifUnique @22 :IfUnique;
  enum IfUnique {
    answer @0;
    # Is answered with the job that is there, as if it had been submitted again.
    refuse @1;
    # 409.
    replace @2;
    # Gives the job that is there its own request, as long as that waits; 409 once a worker has it.
  }

  then @27 :List(FollowUp);
  # What is submitted when the job ends, in the turn in which it does; up to 16 (followUpsMax) with
  # those of its follow-ups, 413 beyond.

  group @28 :Text;
  # A name. The client's jobs of a group are listed, counted and waited for as one; it is there as
  # long as the store keeps one of them.

  labels @29 :List(Text);
  # Up to 16 names, such as "gpu" or "host=a", all of which a worker must say that it has. By
  # default those of its function, else of its datasource.

  afterGroup @30 :Text;
  # Another group of the client: no worker gets this job before all jobs of it have ended that were
  # submitted before, in whatever way. None is there: it waits for none.

  grants @31 :Text;
  # A JSON object of what its worker may need elsewhere, such as tokens of other services; up to
  # 16384 bytes. It goes to the worker with the accept, is shown nowhere, is no part of the content
  # by which a repeated submit is recognised, and is erased when the job ends.

  code @32 :Text;
  # Code of the datasource that the job is to run, by its hash (NewCode). The token must allow to
  # add that (POST /jobs/<DSID>/code/<HASH>); 403 otherwise, 404 where there is none. The request is
  # then {"args": [...], "kwargs": {...}}, each of which may be left out, the job's labels have
  # "run-code:<runtime>" besides, and where it says no function it is of that one. Not with a
  # schedule.
  method @33 :Text;
  # Of the code: a name, which is called with them; empty: "main".
}

struct FollowUp {
  # What is submitted when a job ends: with the token and for the client of the job, whose rights
  # and limits are looked at both when the job is submitted and then. A job that an operator
  # restarts has the same.
  on @0 :On;
  datasource @1 :Text;
  # Empty: that of the job. The token must allow to submit there; 403 otherwise.
  function @2 :Text;
  request @3 :Text;
  # JSON. Empty: an object with datasource, job, function, status of the job, and its response, or
  # its error as {code, message, detail}.
  priority @4 :UInt8;
  # 0: as NewJob.priority.
  job @5 :Text;
  # Its id; empty: a GUID is made. In a status: of the job that was made.
  then @6 :List(FollowUp);
  # What follows it in its turn.
  made @7 :Bool;
  refused @8 :Text;
  # In a status, once the job has ended: its job was made; or why not. Ignored in a submit.

  enum On {
    complete @0;
    failed @1;
    # Failed or forbidden.
    any @2;
    # Cancelled too.
  }
}

struct After {
  # A job that another one waits for.
  datasource @0 :Text;
  # Empty: that of the job that waits.
  job @1 :Text;
  anyEnd @2 :Bool;
  # It need not be complete: any end will do.
}

struct AwaitedJob {
  # The same, as the store knows it.
  datasource @0 :Text;
  job @1 :Text;
  anyEnd @2 :Bool;
  status @3 :Status;
  # Final, if it is not waited for any more.
  response @4 :Text;
  # JSON; in an accept alone, of one that is complete.
  leftOut @5 :Bool;
  # In an accept: its response is not there, for it is kept no more, or too large with those of the
  # others (afterResponseBytesMax).
}

struct Backoff {
  # The delay after failure n is initial * factor^(n-1), at most the maximum, and then less by up to
  # jitter percent of it, by chance. By default 1 s, 200 %, 1 h, 20 %.
  initialMs @0 :UInt64;
  # 0 .. 365 days. 0: no delay.
  factorPercent @1 :UInt32;
  # 100 .. 10000: 200 doubles it each time.
  maxMs @2 :UInt64;
  # initialMs .. 365 days.
  jitterPercent @3 :UInt8;
  # 0 .. 100.
}

struct SubmitResult {
  code @0 :UInt16;
  error @1 :Text;
  job @2 :JobStatus;
  # The job as it stands, without texts; set when code is 200.
  created @3 :Bool;
  # false: the store had this job already.
  retryAfterMs @4 :UInt32;
  # As in Reply.
  ticket @5 :Text;
  # With code 200: a token for this job alone (status, log, explain, events, cancel), as base64
  # text. Whoever holds it may narrow it and hand it on. It ends when the caller's token ends, by
  # its time, by its revocation or with its root key, and with the job.
}

enum Status {
  # The last four are final: such a job never changes again.
  submitted @0;
  accepted @1;
  retrying @2;
  complete @3;
  failed @4;
  cancelled @5;
  forbidden @6;
}

struct JobError {
  code @0 :Text;
  # A word for programs, at most 64 bytes: "exit-1", "lost-leases".
  message @1 :Text;
  # One line for people, at most 1024 bytes.
  detail @2 :Text;
  # A trace or captured output, at most 64 KiB.
}

struct JobStatus {
  # A job as the store knows it.
  job @0 :Text;
  client @1 :Text;
  status @2 :Status;
  sequence @3 :UInt64;
  # Number of its submit in the datasource's event log: orders the jobs of a datasource.
  changed @4 :UInt64;
  # Number of its last change in the same event log; grows with every change.
  priority @5 :UInt8;
  attempt @6 :UInt32;
  # How often it has been accepted; also the fencing number of the current lease.
  lostLeases @7 :UInt32;
  # How many of the attempts ended because the worker fell silent.
  worker @8 :Text;
  # Who holds, or held last, the lease.
  submittedAt @9 :UInt64;
  acceptedAt @10 :UInt64;
  # Start of the latest attempt.
  leaseUntil @11 :UInt64;
  # Deadline of the lease; 0 unless accepted.
  finishedAt @12 :UInt64;
  response @13 :Text;
  # JSON from the driver, once complete. Empty in lists.
  error @14 :JobError;
  # Why it failed or was forbidden; while it is retrying, why the last attempt failed. Null
  # otherwise; in lists without detail.

  function @15 :Text;
  tags @16 :List(Text);
  # Sorted.
  failures @17 :UInt32;
  releases @18 :UInt32;
  # How many attempts ended with a failure or were handed back. Together with lostLeases: each has
  # its own limit.
  notBefore @19 :UInt64;
  # While it waits: no worker gets it before this time (notBefore, delay, backoff); else 0.
  expiresAt @20 :UInt64;
  # While it waits to be taken for the first time: when it expires; 0 never.
  attemptUntil @21 :UInt64;
  # While it is accepted: when the attempt has run out of time (timeoutMs); 0 never.
  progress @22 :Float64;
  progressMessage @23 :Text;
  # Of the latest attempt, as the worker said: 0 .. 1. In lists without the message.
  cancelRequestedAt @24 :UInt64;
  cancelUntil @25 :UInt64;
  # When its cancel was requested, and while it is accepted: when the lease is revoked then.
  parent @26 :Text;
  child @27 :Text;
  # The job that this one restarts, and the one that restarted this one.
  logLines @28 :UInt32;
  # How many were written; the last 1000 are kept.
  requestBytes @29 :UInt32;
  terms @30 :Terms;
  # What the job asked for or was given by default. Not in lists.
  request @31 :Text;
  # Only where it was asked for.
  trace @32 :Text;
  # Not in lists.
  attempts @33 :List(Attempt);
  # Only where it was asked for: how its attempts ended, oldest first, the last 32.
  content @34 :Text;
  # In an export alone: 32 hexadecimal digits, by which a repeated submit is recognised.
  after @35 :List(AwaitedJob);
  # What it waits for, or waited for, as NewJob.after named it. Not in lists; in an export those
  # that it waits for still.
  key @36 :Text;
  unique @37 :Text;
  checkpointBytes @38 :UInt32;
  # Of what an attempt has left for the next one.
  checkpoint @39 :Text;
  # That; for drivers only, where the request was asked for, and in exports.
  startedAt @40 :UInt64;
  # Start of the first attempt.
  isSlow @41 :Bool;
  isStalled @42 :Bool;
  # While it is accepted: the attempt runs longer than slowAfterMs; it is without progress for
  # longer than stallAfterMs.
  then @43 :List(FollowUp);
  # Not in lists. In an export those that are still to be made.
  follows @44 :Text;
  # "<datasource>/<job>", whose follow-up it is. Not in lists.
  group @45 :Text;
  afterGroup @46 :Text;
  # That it waits for, or waited for.
  code @47 :Text;
  method @48 :Text;
  # That it runs, by its hash.
}

struct Terms {
  # What holds for one job: its own word, else its datasource's, else the store's. As in NewJob; 0
  # where there is no limit.
  keepForMs @0 :UInt64;
  validForMs @1 :UInt64;
  timeoutMs @2 :UInt64;
  failuresMax @3 :UInt32;
  lostLeasesMax @4 :UInt32;
  releasesMax @5 :UInt32;
  backoff @6 :Backoff;
  keepFailedForMs @7 :UInt64;
  keepCancelledForMs @8 :UInt64;
  keepForbiddenForMs @9 :UInt64;
  slowAfterMs @10 :UInt64;
  stallAfterMs @11 :UInt64;
  stallFails @12 :Bool;
  deferMaxMs @13 :UInt64;
  labels @14 :List(Text);
}

struct Attempt {
  # An attempt that has ended.
  attempt @0 :UInt32;
  worker @1 :Text;
  acceptedAt @2 :UInt64;
  endedAt @3 :UInt64;
  ending @4 :Ending;
  error @5 :JobError;
  # Without detail; null unless the attempt failed or was released with a word.

  enum Ending {
    complete @0;
    failed @1;
    # For good or to be retried: the job's status says which.
    forbidden @2;
    cancelled @3;
    # Acknowledged by the worker, or revoked after the grace.
    released @4;
    timeout @5;
    leaseLost @6;
    undelivered @7;
    # The worker was gone when the lease was sent to it.
  }
}

struct JobQuery {
  # GET /<DSID>/job/ and GET /<DSID>/job/<JOB>/ : the status of one job. 404 when it is unknown,
  # 403 when it is another client's. Also GET /jobs/<DSID>/job/<JOB>/ for drivers, of any client.

  job @0 :Text;
  # May be empty when the path names it; 400 when the two differ.
  client @1 :Text;
  # As in NewJob. Not looked at on the driver's path.
  waitMs @2 :UInt32;
  # 0 .. 60000: hold the answer back for up to this long while there is nothing new to say.
  seen @3 :UInt64;
  # With waitMs: the `changed` the caller knows already; something newer is answered at once.
  # 0 takes the job as it is now for known.
  untilFinal @4 :Bool;
  # With waitMs: only a final status is news.
  withAttempts @5 :Bool;
  withRequest @6 :Bool;
  # Fill JobStatus.attempts and JobStatus.request.
}

struct ListQuery {
  # GET /<DSID>/job/list : the client's own jobs; GET /jobs/<DSID>/list : all jobs of the
  # datasource (`client` then narrows, or is empty).

  client @0 :Text;
  cursor @1 :UInt64;
  # 0 from the start. Take JobPage.cursor for the next page. In the order of the submits: only jobs
  # with a greater sequence (submittedDown: a smaller one); in that of service: those behind the job
  # with that sequence, or all, if it waits no more; in other orders: where the search goes on.
  limit @2 :UInt32;
  # 1 .. 1000; 0 means 100.
  statuses @3 :List(Status);
  # Only these; empty means any.
  function @4 :Text;
  tag @5 :Text;
  # Only jobs with this function, this tag; empty means any. In both "*" stands for any text, and
  # "?" for one byte.
  text @6 :Text;
  # Only jobs whose request contains these bytes; up to 1024. Such a page looks at fewer jobs, so
  # that it comes back short more often.
  flagged @7 :Bool;
  # Only jobs that are slow or stalled.
  key @8 :Text;
  unique @9 :Text;
  # Only jobs with this key, with this unique name; empty means any.

  submittedSince @10 :UInt64;
  submittedBefore @11 :UInt64;
  startedSince @12 :UInt64;
  startedBefore @13 :UInt64;
  endedSince @14 :UInt64;
  endedBefore @15 :UInt64;
  # Only jobs that were submitted, whose latest attempt began, that have ended at this time or
  # later, and before that one; 0 means any.

  order @16 :Order;
  behind @17 :Place;
  aheadOf @18 :Place;
  # In orders by a value: only jobs whose places are behind, or ahead of, this one. The place of the
  # last job of a page is where the next one begins.

  group @19 :Text;
  # Only jobs of this group; empty means any. Others are not even looked at.

  enum Order {
    submitted @0;
    # By `sequence`, oldest first.
    submittedDown @1;
    # The same, youngest first.
    started @2;
    startedDown @3;
    # By the start of the latest attempt, here and below first those without.
    ended @4;
    endedDown @5;
    changed @6;
    changedDown @7;
    # By JobStatus.changed.
    priority @8;
    priorityDown @9;
    service @10;
    # Those that may run now, in the order in which workers get them that take any function, if
    # nothing is added meanwhile; the first 10000.
  }
  struct Place {
    value @0 :UInt64;
    # What the order is by: milliseconds, an event's number, or a priority.
    sequence @1 :UInt64;
    # Decides between equals, the smaller one first, in orders down the greater one.
  }
}

struct JobPage {
  jobs @0 :List(JobStatus);
  # Without response and error detail. May be shorter than the limit before the end is reached.
  cursor @1 :UInt64;
  # For the next page; 0 when this was the last. In orders by a value: 0 when all jobs were looked
  # at; else these are the first of those looked at only, and the rest is to be asked for with this
  # cursor and all else the same, and sorted in.
  last @2 :UInt64;
  # In an export alone: the number of the datasource's last event when the page was made.
}

struct JobCount {
  # GET /<DSID>/job/count , GET /jobs/<DSID>/count , body listQuery or none: how many jobs there are
  # in the list, whatever its limit.
  count @0 :UInt64;
  # Of those looked at; the rest is counted from `cursor` on.
  cursor @1 :UInt64;
  # 0 when all were looked at.
}

struct Schedule {
  # POST /<DSID>/job/schedules/<NAME> : has the store submit a job again and again, with the rights
  # and budgets of the token that asks. One that is there is replaced. Answered with Reply.schedule.
  # docs/protocol.md, section 8, tells when its jobs are made.

  cron @0 :Text;
  # Five fields, six with seconds, or "@hourly" ...; up to 256 bytes. 400 when it means no time.
  zone @1 :Text;
  # By which it goes: a name of the IANA database; empty: UTC.
  everyMs @2 :UInt64;
  # Instead of it: 1 s .. 365 days, counted from when it was added. 400 unless one of both is given.
  catchUp @3 :CatchUp;
  overlap @4 :Overlap;
  jitterMs @5 :UInt64;
  # Each job is made up to so much later, but never after the next time; up to a day.
  job @6 :NewJob;
  # What is submitted. 400 when it has an id, notBefore or delayMs: each job has an id of its own,
  # <NAME>.<time>, as in "nightly.20261129T030000Z".

  enum CatchUp {
    none @0;
    one @1;
    all @2;
  }
  # Which of the times that have passed by more than a minute get a job: none, the last of them, or
  # the last 1000.
  enum Overlap {
    skip @0;
    queue @1;
    replace @2;
  }
  # While the job that was made before has not ended: none, one all the same, or one that takes its
  # place, for it is cancelled.
}

struct ScheduleQuery {
  # GET /<DSID>/job/schedules : Reply.schedules, by name. GET /<DSID>/job/schedules/<NAME> , and
  # POST .../pause , .../resume , .../remove there: Reply.schedule. POST .../run : makes a job now,
  # and answers as a submit does. GET /jobs/<DSID>/schedules and .../<NAME> for drivers, POST
  # /admin/<DSID>/schedules/<NAME>/... for operators: of any client.
  client @0 :Text;
  # As in NewJob; only its own are told of, and others' are 403. On the other paths: not looked at.
  after @1 :Text;
  # A list: only names behind it.
  limit @2 :UInt32;
  # A list: 1 .. 1000; 0 means 100.
  times @3 :UInt32;
  # One schedule: how many of the next times are told, up to 100.
  job @4 :Text;
  # Run: the job's id. Repeated with the same one: no other job.
}

struct ScheduleStatus {
  name @0 :Text;
  schedule @1 :Schedule;
  # In lists without the job's request.
  addedAt @2 :UInt64;
  nextAt @3 :UInt64;
  # When the next job is made; 0 while it is paused.
  isPaused @4 :Bool;
  pausedWhy @5 :Text;
  runs @6 :UInt64;
  # Jobs made.
  lastJob @7 :Text;
  lastSlot @8 :UInt64;
  # The time that it was made for, which may be earlier than
  lastAt @9 :UInt64;
  # when it was made.
  lastStatus @10 :Text;
  lastEndedAt @11 :UInt64;
  # How it ended, and when; also when the job itself is forgotten.
  skippedAt @12 :UInt64;
  skippedWhy @13 :Text;
  # When a time passed without a job, at last.
  times @14 :List(ScheduledTime);

  struct ScheduledTime {
    at @0 :UInt64;
  }
}

struct SchedulePage {
  schedules @0 :List(ScheduleStatus);
  isEnd @1 :Bool;
}

struct Function {
  # POST /jobs/<DSID>/functions , for drivers: registers a kind of job of the datasource. One of its
  # name is replaced; jobs that are there keep what they were given. Answered with Reply.function.

  name @0 :Text;
  version @1 :Text;
  # Up to 64 bytes, for people and programs.
  documentation @2 :Text;
  # Markdown, up to 64 KiB.
  author @3 :Text;
  # Up to 256 bytes.
  tags @4 :List(Text);
  # Up to 16 names to find the function by; its jobs do not have them.

  priority @5 :UInt8;
  terms @6 :Terms;
  # Of its jobs that do not say. 0 and null: as the datasource is configured, else as the store is.

  cost @7 :UInt32;
  # What a job of it counts for against the rate of a token: 1 .. 1000000. 0: what the datasource's
  # costs say, else 1.
  calls @8 :List(Call);
  # Up to 64: what it calls in its user's name.

  requestSchema @9 :Text;
  responseSchema @10 :Text;
  # JSON Schemas, each up to 64 KiB; empty: none.
  admission @12 :Text;
  # A datasource in which somebody decides first whether the job may be done: a job is submitted
  # there with the request {datasource, job, client, function, calls}, and this one waits for it.
  # Ends it otherwise than complete, this one is forbidden, with that one's error.
  code @13 :Text;
  method @14 :Text;
  # What a job of it runs that names no code itself, as if it had named these; empty: none. The code
  # is there before, and the token allows POST /jobs/<DSID>/code/<HASH>.

  indexed @11 :List(IndexedField);
  # Up to 16.

  struct Call {
    method @0 :Text;
    # Up to 32 bytes, as "GET"; empty: any.
    path @1 :Text;
    # A pattern as that of a token's path caveat: "*" at its end stands for all that begins so.
  }
  struct IndexedField {
    name @0 :Text;
    # Of the tag "<name>=<value>" that a job of it gets; without "=".
    pointer @1 :Text;
    # Of the value within the request: a JSON pointer (RFC 6901), up to 256 bytes.
    isRequired @2 :Bool;
  }
}

struct FunctionQuery {
  # GET /<DSID>/job/functions : Reply.functions, those that the token may submit. GET
  # /jobs/<DSID>/functions : all, for drivers. POST /jobs/<DSID>/functions/remove , for drivers:
  # Reply.function, the one of that name, which is there no more; its jobs stay.

  name @0 :Text;
  # A list: a pattern, in which "*" stands for any text and "?" for one byte; empty: all. To remove:
  # the name.
  tag @1 :Text;
  # A list: only those that have it.
  order @2 :Order;
  cursor @3 :Text;
  # A list: the FunctionPage.cursor of the page before, in the same order.
  limit @4 :UInt32;
  # A list: 1 .. 1000; 0 means 100.
  isWhole @5 :Bool;
  # A list: with documentation and schemas, as many as fit.

  enum Order {
    name @0;
    nameDown @1;
    changed @2;
    # Those last that were changed last.
    changedDown @3;
  }
}

struct FunctionStatus {
  function @0 :Function;
  registeredAt @1 :UInt64;
  changedAt @2 :UInt64;
  cost @3 :UInt32;
  # What a job of it counts for.
  quota @4 :Quota;
  # Of the token that asks, as a client; null where its caveats say nothing of a rate.

  struct Quota {
    left @0 :UInt64;
    # How many more jobs of the function all its rates let in now.
    leftAt @1 :UInt64;
    # Where that is none: from when on it is one; 0: never.
    rates @2 :List(Rate);
  }
  struct Rate {
    count @0 :UInt64;
    perMs @1 :UInt64;
    # What it allows in a second, a minute, an hour or a day,
    used @2 :UInt64;
    # and what is used of it.
  }
}

struct FunctionPage {
  functions @0 :List(FunctionStatus);
  cursor @1 :Text;
  # Where the next page begins; empty: there is none.
}

struct NewCode {
  # POST /jobs/<DSID>/code/<HASH> : adds code, which jobs may name then. HASH is the SHA-256 of its
  # bytes, 64 hexadecimal digits in lower case; 400 where it is another's. Answered with Reply.code.
  # Repeated: the same; it is used anew. 409 where it is there for another runtime.
  #
  # POST /jobs/<DSID>/code/<HASH>/remove for drivers, POST /admin/<DSID>/code/<HASH>/remove for
  # operators: Reply.code, what was there; 409 where a job names it.
  runtime @0 :Text;
  # What runs it: up to 32 bytes of [A-Za-z0-9._~-], as "python3" and "node".
  content @1 :Data;
  # 1 byte .. 8323072.
}

struct CodeQuery {
  # GET /jobs/<DSID>/code/list , and GET /admin/<DSID>/code/list for operators: Reply.codes, by
  # hash.
  after @0 :Text;
  # Only hashes behind it.
  limit @1 :UInt32;
  # 1 .. 1000; 0 means 100.
}

struct CodeStatus {
  # GET /jobs/<DSID>/code/<HASH> : Reply.code.
  hash @0 :Text;
  runtime @1 :Text;
  bytes @2 :UInt64;
  uses @3 :UInt64;
  # Jobs that name it, those included that have ended.
  addedAt @4 :UInt64;
  usedAt @5 :UInt64;
  # When it was added last, or named by a new job. An hour later (codeIdleMsMax) it is dropped, or
  # as soon as nothing names it any more, whatever is later.
  content @6 :Data;
  # Only where that one is read.
}

struct CodePage {
  codes @0 :List(CodeStatus);
  isEnd @1 :Bool;
}

struct StateValue {
  name @0 :Text;
  value @1 :Text;
}

struct StateQuery {
  # GET /jobs/<DSID>/state for drivers, GET /admin/<DSID>/state for operators: Reply.states, what
  # functions keep between runs. With a function: that one with its values, none if it has none.
  # Else all functions that have some, by name, without the values.
  function @0 :Text;
  after @1 :Text;
  # A list: only names behind it.
  limit @2 :UInt32;
  # A list: 1 .. 1000; 0 means 100.
}

struct StateOfFunction {
  function @0 :Text;
  changedAt @1 :UInt64;
  count @2 :UInt32;
  values @3 :List(StateValue);
  # By name.
}

struct StatePage {
  states @0 :List(StateOfFunction);
  isEnd @1 :Bool;
}

struct StateChange {
  # One value of a function. Changes are made in their order.
  name @0 :Text;
  how @1 :How;
  value @2 :Text;
  # set: UTF-8, 1 byte .. 4 KiB.
  number @3 :Int64;
  # add, min, max.

  enum How {
    set @0;
    add @1;
    # To what is there, or to 0. 400 where that is no whole number in decimal, or the sum is beyond
    # 64 bits with sign; so for the others.
    min @2;
    max @3;
    # The smaller, or the greater, of what is there and the number; the number where there is none.
    remove @4;
  }
}

struct ChangeState {
  # POST /jobs/<DSID>/state , for drivers: changes what a function keeps. All changes or none.
  # Answered with Reply.states, the function as it is then. Repeated: the same, so that `add` is
  # refused (400): it comes with an outcome alone.
  function @0 :Text;
  changes @1 :List(StateChange);
  # 1 .. 64, unless all is removed.
  removesAll @2 :Bool;
  # Before the changes.
}

# POST /<DSID>/job/cancel and POST /<DSID>/job/<JOB>/cancel , body jobQuery (job, client) or none :
# asks for a job to be cancelled; POST /jobs/<DSID>/job/<JOB>/cancel for drivers. Answered with
# Reply.job at once: a job that waits is cancelled; one that a worker has is so when the worker says
# so, or after the grace (DatasourceConfig.cancelGraceMs); a final one stays as it is. Repeated: the
# same.

struct LogQuery {
  # GET /<DSID>/job/<JOB>/log , GET /jobs/<DSID>/job/<JOB>/log : what workers have written about the
  # job. 404 and 403 as for JobQuery.
  client @0 :Text;
  after @1 :UInt32;
  # Only lines with a greater number; 0 from the oldest that is kept.
  limit @2 :UInt32;
  # 1 .. 1000; 0 means 100.
}

enum LogLevel {
  debug @0;
  info @1;
  warning @2;
  error @3;
}

struct LogLine {
  number @0 :UInt32;
  # 1, 2, ... for the job.
  time @1 :UInt64;
  attempt @2 :UInt32;
  level @3 :LogLevel;
  text @4 :Text;
}

struct LogPage {
  lines @0 :List(LogLine);
  cursor @1 :UInt32;
  # For the next page; 0 when this was the last.
}

struct Explanation {
  # GET /<DSID>/job/<JOB>/explain , GET /jobs/<DSID>/job/<JOB>/explain , body jobQuery or none: why
  # the job is not running now.
  status @0 :Status;
  reasons @1 :List(Reason);
  # All that hold; the job runs when none is left. Never empty.
  earliest @2 :UInt64;
  # Before this time it cannot run, as far as the clock alone decides; 0: it could run now, or
  # will never.
}

struct Reason {
  kind @0 :Kind;
  text @1 :Text;
  # For people.
  until @2 :UInt64;
  # When the reason ends by itself; 0: not by the clock.
  count @3 :UInt64;
  # behind: how many jobs are served before it (at most 10000 are counted). concurrency: how many
  # run.

  enum Kind {
    final @0;
    # It has ended.
    running @1;
    # A worker has it.
    notBefore @2;
    # It asked to wait.
    backoff @3;
    # It waits since the last attempt failed.
    paused @4;
    # The datasource hands out no jobs.
    concurrency @5;
    # As many jobs of the datasource run as may (runningMax).
    behind @6;
    # Others come first: higher priority, other clients' turns, older jobs.
    noWorker @7;
    # No worker asks for such a job, and none of the datasource was heard of for a minute.
    due @8;
    # Nothing holds it: the next worker that asks gets it.
    after @9;
    # It waits for other jobs to end; `count` of them.
    key @10;
    # Others with the same key come first; count: how many.
    then @11;
    # A follow-up of it was not made, or will not be; count: its place, from 1.
    rate @12;
    # As many jobs have begun as may, of the datasource, the function or the key; count: how many.
  }
}

# ---------------------------------------------------------------------------------------- drivers

struct Lease {
  # Proof that the caller is the job's worker: whoever names an attempt that is not the current one
  # is refused, so that a job finishes once.
  job @0 :Text;
  attempt @1 :UInt32;
  token @2 :Text;
  # What the accept answered. Every outcome needs it (403 without), unless the request itself is
  # made with it or with a narrower copy; renewals and AcceptOne do without. It is a token for this
  # attempt of this job alone (renew, report, finish), as base64 text: a worker may hand it to the
  # process that does the work.
}

struct Accept {
  # POST /jobs/<DSID>/accept : takes jobs to work on. Answered with Reply.accepted; the list is
  # empty when none came within waitMs.

  worker @0 :Text;
  # Name of this worker, unique among those that run at the same time: a second process under the
  # same name is taken for the first one.
  requestNumber @1 :UInt64;
  # 1, 2, ... per worker, also across restarts of the worker (the clock in microseconds is a good
  # first number); 0 is 400. The number that leases were given for last is answered with those of
  # them that are still held; a smaller one is 409.
  max @2 :UInt32;
  # 1 .. 1024 jobs at once; 0 means 1. Fewer are given when their requests would fill the frame.
  leaseMs @3 :UInt32;
  # 100 .. 3600000; 0 means the datasource's, else 30000. A worker that does not renew or finish
  # within it has lost the job to the next worker.
  waitMs @4 :UInt32;
  # 0 .. 60000: how long to wait for a first job when there is none. A worker that asks anew has
  # given up what it asked before: that is answered with an empty list. So is one whose job is to
  # be cancelled: Reply.cancels then says which.
  functions @5 :List(Text);
  # Up to 64: only jobs with one of these functions. Empty: any job.
  labels @6 :List(Text);
  # Up to 64: what this worker has. Jobs that want others are not for it.
  goneAfterMs @7 :UInt32;
  # 0 .. 3600000. 0: leases last as said, for who asks over a connection for each request. Else for
  # who keeps one: when that over which the worker asked last (accepts, and renewals that name it)
  # has ended, and it has asked over no other within this time, it has lost all jobs that it
  # accepted with this token.
  leastPriority @8 :UInt8;
  # 0 .. 100: only jobs that count as of this priority or a higher one, with what ageing has given
  # them. For a worker whose machine has no room for others.
  about @9 :WorkerAbout;
  order @10 :WorkerOrder;
  # What the worker knows that it is to do. When another order holds it is answered at once, without
  # jobs. A worker that says nothing gets no jobs either while it is to take none, and waits.
}

enum WorkerOrder {
  unsaid @0;
  # Of a worker: it knows of no orders. In an answer: as it was.
  work @1;
  drain @2;
  # Take no more jobs; finish those under way.
  halt @3;
  # Take no more jobs; hand back those under way (release).
}

struct WorkerAbout {
  # For people. Kept in memory while the store runs.
  host @0 :Text;
  # Up to 255 bytes (aboutBytesMax).
  pid @1 :UInt32;
  startedAt @2 :UInt64;
  # By the worker's clock.
  version @3 :Text;
  # Of its program; up to 255 bytes.
  threads @4 :UInt32;
  # How many jobs it works on at the same time; up to 1024.
}

struct AcceptedJob {
  lease @0 :Lease;
  leaseUntil @1 :UInt64;
  client @2 :Text;
  request @3 :Text;
  # JSON, as submitted.
  sequence @4 :UInt64;
  priority @5 :UInt8;
  submittedAt @6 :UInt64;
  function @7 :Text;
  tags @8 :List(Text);
  trace @9 :Text;
  attemptUntil @10 :UInt64;
  # When the attempt has run out of time; 0 never.
  failures @11 :UInt32;
  lostLeases @12 :UInt32;
  releases @13 :UInt32;
  after @14 :List(AwaitedJob);
  # What it waited for, and what they answered.
  key @15 :Text;
  checkpoint @16 :Text;
  # What an attempt before has left for this one; empty: nothing.
  state @17 :List(StateValue);
  # What the job's function keeps between runs, by name.
  leftOut @18 :Bool;
  # Checkpoint and state are not there, for they do not fit with those of the others: to be asked
  # for.
  afterGroup @19 :Text;
  # The group that it waited for.
  actingToken @20 :Text;
  # Of a function with calls: a token that may make those, as the client, as long as this attempt
  # has its lease. Empty where the job was not submitted with a token itself (section 8.14).
  grants @21 :Text;
  # As it was submitted.
  code @22 :Text;
  method @23 :Text;
  # That it is to run, by its hash: GET /jobs/<DSID>/code/<HASH>.
}

struct Renew {
  # POST /jobs/<DSID>/renew : moves the deadlines of leases the caller holds, and tells a worker
  # which of its jobs are to be cancelled.
  leases @0 :List(Lease);
  # 1 .. 1024; none are needed with a worker.
  leaseMs @1 :UInt32;
  # 100 .. 3600000; 0 means the datasource's, else 30000, whatever the accept said. Counted from the
  # moment the store applies the request.
  worker @2 :Text;
  # Then Reply.cancels has the cancels of all jobs that this worker holds, those with a sequence
  # above `seen`.
  waitMs @3 :UInt32;
  # 0 .. 60000, with a worker: hold the answer back for up to this long while there is no such
  # cancel. The deadlines are moved at once.
  seen @4 :UInt64;
  # The greatest CancelRequest.sequence that the worker knows.
  order @5 :WorkerOrder;
  # As in Accept, with a worker: an answer that is held back comes when another order holds.
}

struct CancelRequest {
  lease @0 :Lease;
  sequence @1 :UInt64;
  # Number of the request in the datasource's event log.
  until @2 :UInt64;
  # When the lease is revoked, unless an outcome comes before.
}

struct RenewResult {
  code @0 :UInt16;
  # 200, or 409: the lease is not held (its deadline passed, another attempt is under way, the job
  # is final or unknown). The worker must stop working on that job.
  leaseUntil @1 :UInt64;
  # Not after the end of the attempt's time or of the grace of a cancel.
  cancelRequested @2 :Bool;
  # The worker should stop and say `cancelled`; whatever outcome comes first counts.
}

struct Update {
  # POST /jobs/<DSID>/update : what became of leased jobs; POST /jobs/<DSID>/job/<JOB>/ for one,
  # whose job may then be left empty in the lease. Repeating an outcome that was taken, with the
  # same content, is answered 200 again until the job's next attempt.
  outcomes @0 :List(Outcome);
  # 1 .. 1024.
}

struct Outcome {
  lease @0 :Lease;
  union {
    complete @1 :Text;
    # The response: JSON, 1 byte .. 1 MiB. The job is complete.
    fail @2 :JobError;
    # The job is failed, for good. `code` must not be empty.
    retry @3 :Retry;
    # This attempt failed: the job waits for its backoff and then for another attempt, or is failed
    # when it has failed failuresMax times.
    release @4 :Release;
    # Handed back: the job waits as before, at no cost unless releasesMax limits it.
    forbid @5 :JobError;
    # The client may not have this done; the job is forbidden, for good. `code` must not be empty.
    cancelled @6 :Void;
    # The worker has stopped as the client asked. 409 when nobody asked.
    progress @7 :Progress;
    # The job goes on.
    log @8 :LogLines;
    # The job goes on.
    accepted @9 :AcceptOne;
    # Takes this one waiting job out of turn; the lease's attempt is not looked at. 409 when it does
    # not wait, or may not run yet; 503 while the datasource is paused; 429 when too many run.
  }
  checkpoint @10 :Text;
  # With progress, retry and release: what the job's next attempt is given, in place of what was
  # left before. UTF-8, up to 64 KiB; empty: nothing; null: as it is. It is forgotten when the job
  # ends. With another word 400.
  state @11 :List(StateChange);
  # Up to 64 changes of what the job's function keeps between runs, made together with the word,
  # which must be one that ends the attempt (400). 400 for a job without function.
}

struct Retry {
  error @0 :JobError;
  # `code` must not be empty.
  delayMs @1 :UInt64;
  # Up to 365 days, in place of the backoff; 0: the backoff decides.
}

struct Release {
  delayMs @0 :UInt64;
  # Up to 365 days: not to be given out before. 0: at once.
  message @1 :Text;
  # Why, for the job's history; at most 1024 bytes, may be empty.
}

struct Progress {
  value @0 :Float64;
  # 0 .. 1.
  message @1 :Text;
  # At most 1024 bytes.
}

struct LogLines {
  lines @0 :List(LogText);
  # 1 .. 1024.
  first @1 :UInt32;
  # Number of the first of them, counted 1, 2, ... by the worker within the attempt: lines up to the
  # greatest number that the store has had are skipped, so that a repeated message adds nothing. 0:
  # all are taken.
}

struct LogText {
  level @0 :LogLevel;
  text @1 :Text;
  # 1 .. 1024 bytes.
}

struct AcceptOne {
  # As in Accept. Repeated by the same worker with the same number: the same lease again.
  worker @0 :Text;
  requestNumber @1 :UInt64;
  leaseMs @2 :UInt32;
}

struct UpdateResult {
  code @0 :UInt16;
  # 200, 400, 413, or 409: the lease is not held, and nothing was changed. Of `accepted` also 404,
  # 429 and 503.
  error @1 :Text;
  status @2 :Status;
  # The job's status after this; only with 200. Where a cancel was requested, retry and release
  # leave the job cancelled.
  notBefore @3 :UInt64;
  # When the job may run again, if that is later than now.
  accepted @4 :AcceptedJob;
  # Of `accepted`.
  retryAfterMs @5 :UInt32;
  # As in Reply.
}

struct Peek {
  # GET /jobs/<DSID>/peek : the job that is next, without taking it and whether or not the
  # datasource hands out jobs right now. Answered with Reply.requests of one record, or none.
  functions @0 :List(Text);
  # As in Accept.
}

struct RequestPage {
  # GET /jobs/<DSID>/latest : the newest request, at most one. GET /jobs/<DSID>/since/<N> , body
  # listQuery (client, function, tag, limit) or none: requests in order, from a time on (N of 12 or
  # more digits: milliseconds since 1970, inclusive) or after a cursor (fewer digits). Jobs that the
  # store has forgotten are left out.
  requests @0 :List(RequestRecord);
  cursor @1 :UInt64;
  # For the next page; 0 when this was the last.
}

struct RequestRecord {
  sequence @0 :UInt64;
  # Number in the datasource's event log.
  time @1 :UInt64;
  kind @2 :Kind;
  job @3 :JobStatus;
  # As it stands now, with request.

  enum Kind {
    job @0;
    # Asks for the job to be done.
    cancel @1;
    # Asks for it to be cancelled while a worker has it.
  }
}

# ------------------------------------------------------------------------------------ watching

# Every change of a job is an event with a number in its datasource's event log. A *scope* is what a
# watcher may see of them: one client's events, one job's, or (drivers) all of the datasource. The
# event log has every event of a scope; the stream has them sooner, and may lose some: its frames
# say enough to notice, and the event log to mend it.

struct Subscribe {
  # POST /<DSID>/job/events or /sub/<DSID>/job : a client's events, and with `job` those of that job
  # alone, as POST /<DSID>/job/<JOB>/events . POST /jobs/<DSID>/events or /sub/<DSID>/jobs , and
  # POST /jobs/<DSID>/job/<JOB>/events : the same for drivers, of all clients or of `client`. 404
  # and 403 as for JobQuery; 429 when there are too many topics.
  client @0 :Text;
  job @1 :Text;
  # May be empty. 400 when the path names another.
  limit @2 :UInt32;
  # Jobs in the snapshot: 1 .. 1000; 0 means 100.
  noSnapshot @3 :Bool;
  # For a watcher that has a cursor: the jobs are left out.
}

struct Subscription {
  topic @0 :Text;
  # What to subscribe to, whole, with a SUB socket. Nobody can guess it, so it is to be kept like
  # the token that bought it. It is the same for all subscribers of a scope until it ends: with the
  # first of their tokens, when nobody has subscribed to it for a minute, or when the store ends.
  # Whoever may still watch subscribes anew then.
  endpoints @1 :List(Text);
  # Where to connect to, as bound: a wildcard stands for the host of the request endpoint.
  snapshot @2 :Snapshot;
  heartbeatMs @3 :UInt32;
  # A frame comes at least this often: silence of twice as long means that something is wrong.
  expiresAt @4 :UInt64;
  # When the topic ends: with the first of the tokens that bought it, or a day after it
  # was made.
  key @5 :Data;
  # 32 bytes that open the topic's frames, each a nonce of 24 bytes and behind it what
  # crypto_secretbox (XSalsa20-Poly1305) made of the events. As secret as the topic.
}

struct Snapshot {
  # The scope at one moment.
  cursor @0 :UInt64;
  # The last event of the datasource at that moment: what comes after it is not in `jobs`.
  oldest @1 :UInt64;
  # The oldest event of the datasource that is in the event log; what was before is forgotten.
  jobs @2 :JobPage;
  # Jobs of the scope that are not final; the one job of a job's scope in any case. The pages that
  # follow are lists (ListQuery with JobPage.cursor) and younger: they may hold changes after
  # `cursor`, as JobStatus.changed says.
}

struct EventQuery {
  # GET /<DSID>/job/events , GET /<DSID>/job/<JOB>/events , GET /jobs/<DSID>/events , GET
  # /jobs/<DSID>/job/<JOB>/events : the event log, of the same scopes as Subscribe.
  client @0 :Text;
  job @1 :Text;
  after @2 :UInt64;
  # Only events with a greater number; 0 from the oldest. 410 with Reply.snapshot when events after
  # it are forgotten already, or when the event log has not come that far (it is another one).
  limit @3 :UInt32;
  # 1 .. 1000; 0 means 100.
  waitMs @4 :UInt32;
  # 0 .. 60000: hold the answer back for up to this long while the scope has no such event.
  isRepair @5 :Bool;
  # Asked because frames of the stream were missing; counted in StoreStats.
}

struct EventPage {
  events @0 :List(Event);
  # In the order of their numbers.
  cursor @1 :UInt64;
  # Up to here nothing of the scope is missing: `after` of the next page. May be beyond the last
  # event in the list, and grow while the list is empty.
  isEnd @2 :Bool;
  # There was no more at that moment.
}

struct Event {
  # An entry of an event log. A stream's frame is the topic and one or more of these, as messages.
  sequence @0 :UInt64;
  # 1, 2, ... without gaps within the datasource. Of a heartbeat: the datasource's last.
  datasource @1 :Text;
  job @2 :Text;
  client @3 :Text;
  time @4 :UInt64;
  status @5 :Status;
  # The job's status after this event.
  attempt @6 :UInt32;

  previous @7 :UInt64;
  # Between this number and `sequence` the scope has no event. So a watcher whose cursor is not
  # below it has missed nothing, and one whose cursor is below it reads the event log. An event
  # behind another one in a frame follows that one, whatever this says.
  kind @8 :Kind;
  jobSequence @9 :UInt64;
  # JobStatus.sequence.
  function @10 :Text;
  worker @11 :Text;
  # accepted: who has it.
  error @12 :JobError;
  # failed, forbidden, retrying: without detail. Null otherwise.
  progress @13 :Float64;
  message @14 :Text;
  # progress: what the worker said. released: why. flagged: "slow" or "stalled".
  log @15 :LogLine;
  # log: the line. Null otherwise.
  notBefore @16 :UInt64;
  # submitted, retrying, released: not to be given out before; 0: at once.
  until @17 :UInt64;
  # accepted: the lease's deadline. cancelRequested: end of the grace.
  priority @18 :UInt8;
  # submitted, edited.
  parent @19 :Text;
  # submitted: the job that this one restarts.

  enum Kind {
    submitted @0;
    accepted @1;
    progress @2;
    log @3;
    complete @4;
    # The response is in the job's status.
    failed @5;
    # For good: by the worker, expired, or a limit is used up (error.code says).
    forbidden @6;
    retrying @7;
    # The attempt failed or ran out of time.
    released @8;
    leaseLost @9;
    undelivered @10;
    # The worker was gone when the lease was sent to it: the job waits as before.
    cancelRequested @11;
    cancelled @12;
    edited @13;

    heartbeat @14;
    # Of streams only: nothing but sequence, previous, datasource and time is set.
    ended @15;
    # Of streams only: the topic's last frame; likewise.

    flagged @16;
    # The attempt runs for long, or is without progress, and goes on.
  }
}

# ------------------------------------------------------------- datasources, and who minds them

enum Mode {
  running @0;
  paused @1;
  # No job is handed out.
  draining @2;
  # No job is taken in: 503. Those that are there are handed out.
  pausedAndDraining @3;
}

struct DatasourceConfig {
  # POST /jobs/<DSID>/config (drivers), POST /admin/<DSID>/config , or POST /cat with `datasource`:
  # registers the datasource if it is new, and replaces its whole configuration. POST /cat with
  # `item`: registers it, and replaces only what is said here or in the item. GET with the first two
  # paths: how it is configured; GET /cat : all datasources. 0, empty and null: the store's default,
  # or no limit. GET /cat leaves out weights and costs.
  datasource @0 :Text;
  description @1 :Text;
  # For people, at most 1024 bytes.

  priority @2 :UInt8;
  terms @3 :Terms;
  # Defaults of new jobs. Jobs that are there keep what they were given.

  leaseMs @4 :UInt32;
  # Of accepts and renewals that do not say: 100 .. 3600000.
  cancelGraceMs @5 :UInt32;
  # How long a worker has to acknowledge a cancel: 1 .. 3600000, by default 30000.

  waitingMax @6 :UInt32;
  # Jobs that wait, of all clients; beyond it a submit is refused (429).
  waitingPerClientMax @7 :UInt32;
  # The same for each client.
  runningMax @8 :UInt32;
  # Jobs that are accepted at the same time.

  weights @9 :List(Weight);
  # Up to 1024: clients that get more turns than one.
  costs @11 :List(Cost);
  # Up to 1024: functions of which a job counts for more than one against the rate of a token, where
  # the function itself says nothing.

  keyRunningMax @14 :UInt32;
  # Jobs with the same key that are accepted at the same time, the best first. 0: one, in the order
  # of the submits, whatever the first one waits for.

  item @12 :Text;
  # How the datasource stands in databox's catalogue: a Hypercat item, JSON of at most 16 KiB, with
  # the rules of docs/protocol-admin.md, A.1. Empty: as it is.

  mode @10 :Mode;
  # Not looked at in a request: POST /admin/<DSID>/pause , /resume , /drain change it, and answer
  # with the configuration.

  isStrict @13 :Bool;
  # Jobs of functions that are not registered are refused (404), as are those without one.

  functionLimits @15 :List(FunctionLimit);
  # Up to 1024: functions of which so many jobs are accepted at the same time. Others go first
  # meanwhile.

  startRate @16 :Text;
  # "N/U", U one of s, m, h, d: at most so many attempts begin in any such span, e.g. "100/m"; N is
  # 1 to 1000000. What was used comes back up to a fiftieth of the span late.
  functionRates @17 :List(FunctionRate);
  # The same for each of up to 1024 functions. Others go first meanwhile.
  keyStartRate @18 :Text;
  # The same for the jobs of each key. Others go first meanwhile; the one that would be next waits
  # for its time as if it had said notBefore.

  ageingMs @19 :UInt64;
  # A job that waits counts as one of the next higher priority each time that so much is over, by
  # the clock; 1000 to 31536000000 (365 days), 0: never. It begins when the job may run, anew with
  # each attempt. Clients take turns among jobs that count alike.
}

struct FunctionRate {
  function @0 :Text;
  startRate @1 :Text;
}

struct FunctionLimit {
  function @0 :Text;
  runningMax @1 :UInt32;
  # 1 .. 1000000.
}

struct Weight {
  client @0 :Text;
  weight @1 :UInt32;
  # 1 .. 100 jobs in a row when it is the client's turn.
}

struct Cost {
  function @0 :Text;
  cost @1 :UInt32;
  # 1 .. 1000000.
}

struct Edit {
  # POST /admin/<DSID>/job/<JOB>/edit : changes a job that waits; 409 when it does not. Answered
  # with Reply.job. A repeated submit of the job is still recognised by its first content.
  priority @0 :UInt8;
  # 0: as it is.
  validForMs @1 :UInt64;
  # Counted from now. 0: as it is. Without effect on a job that was taken before.
  request @2 :Text;
  # Empty: as it is.
}

# POST /admin/<DSID>/job/<JOB>/remove , body bulk or none: forgets a final job now, with its log
# and history; 409 while it is not final, unless it isForced. Answered with Reply.job as it was,
# without texts.

struct Bulk {
  # POST /admin/<DSID>/cancel , /edit , /remove , /restart : does the same to all jobs that match,
  # in steps, oldest first. Answered with Reply.bulkStep. Jobs that it cannot be done to, or was
  # done to before, are passed over: so it may be repeated, from the start or from any cursor.
  where @0 :ListQuery;
  # As in a list in the order of the submits; without text. limit: at most so many jobs are changed
  # by one request, 1 .. 1000; 0 means 100. Restart: statuses are of failed, cancelled and
  # forbidden; none means failed.
  isDry @1 :Bool;
  # Changes nothing, and tells how many it would.
  isForced @2 :Bool;
  # Remove: jobs that have not ended too. They are cancelled at once, whatever their worker says,
  # and forgotten right after.
  edit @3 :Edit;
  # Edit: what to change in jobs that wait; without request.
}

struct BulkStep {
  count @0 :UInt64;
  # Jobs that were changed; or that would be, of those looked at.
  jobs @1 :List(JobStatus);
  # Those, as they are now (remove: were); restart: the new ones. When nothing is changed: the first
  # ten. Without texts.
  cursor @2 :UInt64;
  # For the next step; 0 when this was the last.
  last @3 :UInt64;
  # The sequence that is the datasource's greatest: how far `cursor` has to come.
}

struct StoreMode {
  # POST /admin/pause : no job of any datasource is handed out, also after a restart of the store;
  # what runs goes on, and jobs are taken in. POST /admin/resume : ends it; datasources that are
  # paused by themselves stay so. Both are answered with Reply.storeMode.
  isPaused @0 :Bool;
  order @1 :WorkerOrder;
  # What workers are told of the store as a whole; in the answer to OrderWorkers what was named.
}

struct OrderWorkers {
  # POST /admin/workers : what all workers of the store are told; POST /admin/<DSID>/workers : those
  # of a datasource, or the one that is named. The strictest of the three holds for a worker: halt,
  # then drain. It reaches workers at once, those that come later when they come, and lasts until
  # `work`, also over restarts of the store. Answered with Reply.storeMode.
  worker @0 :Text;
  # Empty: all. 404 when nothing is known of such a worker; up to 1024 in a datasource are told
  # something (orderedWorkersMax), else 429.
  order @1 :WorkerOrder;
  # work, drain or halt.
}

# POST /admin/<DSID>/drop , body none: erases a datasource that has no jobs, with its schedules,
# functions, configuration, counters and events; 409 while it has jobs. Its id is free then.
# Answered with Reply.config as it was.

struct ImportJobs {
  # GET /admin/<DSID>/export , body listQuery or none, answered with Reply.jobs: a list of jobs with
  # all that there is of them but their logs. POST /admin/<DSID>/import : makes them, in the same
  # states, or anew for a worker if one had them. Answered with Reply.submitted, without tickets.
  jobs @0 :List(JobStatus);
  # 1 .. 1024. Repeated: `created` is false. 409: the id is another job's; 410: its time is over.
}

struct Restart {
  # POST /admin/<DSID>/job/<JOB>/restart : of a final job, makes a new one with the same client,
  # request and options, linked as parent and child; of a job that waits for its time, lets it run
  # now. 409 while a worker has it. Answered with Reply.submitted. Repeated: the same child again.
  job @0 :Text;
  # Id of the new job; empty: the store makes a GUID. Not looked at for a job that waits.
}

struct Redrive {
  # POST /admin/<DSID>/redrive : restarts all failed jobs that match and have no child, oldest
  # first. Repeated: those that were restarted before are passed over.
  client @0 :Text;
  function @1 :Text;
  tag @2 :Text;
  # Empty: any.
  statuses @3 :List(Status);
  # failed, cancelled, forbidden; empty means failed.
  limit @4 :UInt32;
  # 1 .. 1000; 0 means 100.
  cursor @5 :UInt64;
  # As in ListQuery.
}

struct Redriven {
  jobs @0 :List(JobStatus);
  # The new ones.
  cursor @1 :UInt64;
  # For the next page; 0 when this was the last.
}

struct DatasourceStats {
  # GET /jobs/<DSID>/stats , GET /admin/<DSID>/stats : one; GET /admin/datasources : all, without
  # functions. Counters are durable and count since the datasource was made.
  datasource @0 :Text;
  mode @1 :Mode;
  ready @2 :UInt64;
  # Jobs that wait and may run.
  delayed @3 :UInt64;
  # Jobs that wait for their time, or for others.
  running @4 :UInt64;
  finished @5 :UInt64;
  clients @6 :UInt64;
  # That the store keeps jobs of.
  workersWaiting @7 :UInt64;
  # Accepts that are held back.
  oldestReadyAt @8 :UInt64;
  # When the oldest job that may run was submitted; 0 when there is none.
  total @9 :Counters;
  functions @10 :List(FunctionStats);
  # At most 1000; further functions are counted together under "(others)". A job without function is
  # counted under "".
  waitTimes @11 :List(UInt64);
  runTimes @12 :List(UInt64);
  # How many attempts waited and ran how long, of those that waitMs and runMs sum up: the i-th
  # number (from 0) counts those of less than 2^i ms that no earlier one counts. Ends with one that
  # is not 0.
}

struct Counters {
  submitted @0 :UInt64;
  runs @1 :UInt64;
  # Attempts.
  complete @2 :UInt64;
  failed @3 :UInt64;
  cancelled @4 :UInt64;
  forbidden @5 :UInt64;
  # Jobs by how they ended.
  errors @6 :UInt64;
  # Attempts that failed, timed out or lost their lease.
  releases @7 :UInt64;
  waitMs @8 :UInt64;
  # Sum over all attempts: from when the job could run until it was accepted.
  runMs @9 :UInt64;
  # Sum over all attempts that have ended and are not lost: from accept to end.
  lost @10 :UInt64;
  # Attempts whose lease ran out, was revoked, or never reached its worker.
  slow @11 :UInt64;
  stalled @12 :UInt64;
  # How often attempts were flagged so, or failed since they stalled.
}

struct FunctionStats {
  function @0 :Text;
  waiting @1 :UInt64;
  running @2 :UInt64;
  oldestReadyAt @3 :UInt64;
  total @4 :Counters;
  waitTimes @5 :List(UInt64);
  runTimes @6 :List(UInt64);
  # As DatasourceStats has them.
}

struct HistoryQuery {
  # GET /jobs/<DSID>/history , GET /admin/<DSID>/history : what was counted in each minute of the
  # last day, or each hour of the last 90 days. Answered with Reply.history.
  function @0 :Text;
  # Of one function, as FunctionStats has it; empty: of all.
  step @1 :Step;
  since @2 :UInt64;
  # Only what began then or later; 0: as far as it goes back.
  limit @3 :UInt32;
  # The latest; 1 .. 1000; 0 means 60.

  enum Step {
    minute @0;
    hour @1;
  }
}

struct HistoryPage {
  step @0 :HistoryQuery.Step;
  rows @1 :List(Row);
  # Oldest first; none of steps in which nothing was counted.

  struct Row {
    at @0 :UInt64;
    # The step's beginning.
    submitted @1 :UInt64;
    started @2 :UInt64;
    # Attempts.
    complete @3 :UInt64;
    failed @4 :UInt64;
    cancelled @5 :UInt64;
    forbidden @6 :UInt64;
    waiting @7 :UInt64;
    running @8 :UInt64;
    # Jobs at its end.
    waitP50Ms @9 :UInt64;
    waitP95Ms @10 :UInt64;
    waitP99Ms @11 :UInt64;
    # Of all attempts that began, so many of a hundred waited so long at most. A quarter too long at
    # most, here and below.
    runP50Ms @12 :UInt64;
    runP95Ms @13 :UInt64;
    runP99Ms @14 :UInt64;
    # The same of how long they ran, of those that ended.
  }
}

struct WorkerStatus {
  # GET /jobs/<DSID>/workers , GET /admin/<DSID>/workers : who works, or was heard of within a day.
  worker @0 :Text;
  heardAt @1 :UInt64;
  # When it last asked for jobs, renewed or reported; since the store's start at least.
  isWaiting @2 :Bool;
  # It asks for jobs right now.
  running @3 :UInt32;
  leases @4 :List(RunningJob);
  # The first 100 by time of accept.
  state @5 :State;
  order @6 :WorkerOrder;
  # That holds for it: work, drain or halt.
  about @7 :WorkerAbout;
  # Empty where it has not said since the store's start.
  functions @8 :List(Text);
  labels @9 :List(Text);
  # Which it asks for, and has; the first of them, 1024 bytes together.

  enum State {
    idle @0;
    busy @1;
    draining @2;
    halted @3;
    lost @4;
    # Its connection has ended (Accept.goneAfterMs), or it was silent for a minute without a job.
  }
}

struct RunningJob {
  lease @0 :Lease;
  function @1 :Text;
  acceptedAt @2 :UInt64;
  leaseUntil @3 :UInt64;
  progress @4 :Float64;
}

# ----------------------------------------------------------------------------------------- anyone

struct StoreStatus {
  # GET /status ; GET /uptime answers the same. No token needed.
  version @0 :Text;
  name @1 :Text;
  # What a token's target caveat is compared with.
  uptimeMs @2 :UInt64;
  now @3 :UInt64;
  durability @4 :Text;
  # "synced": every reply is sent after the write it stands on is on disk.
  requestEndpoints @5 :List(Text);
  driverEndpoints @6 :List(Text);
  statusEndpoints @7 :List(Text);
}

struct StoreStats {
  # GET /admin/stats : counters since the store's start. Needs an operator's token.
  requests @0 :UInt64;
  refusals @1 :UInt64;
  # Requests refused as a whole, and messages dropped for their form.
  repliesDropped @2 :UInt64;
  # Answers whose peer was gone or too slow, but for those to a wait that ended with nothing.
  turns @3 :UInt64;
  commits @4 :UInt64;
  # Turns that wrote something: each is one write to the journal and one sync.
  syncs @5 :UInt64;
  # Syncs of the write-ahead log as RocksDB counted them.
  journalBytes @6 :UInt64;
  # Encoded size of the journal records written.
  derivedBytes @7 :UInt64;
  # Encoded size of the derived records handed to RocksDB.
  walBytes @8 :UInt64;
  flushBytes @9 :UInt64;
  compactionBytes @10 :UInt64;
  # What RocksDB wrote: log, memtables to level 0, compactions.
  jobsLive @11 :UInt64;
  jobsFinished @12 :UInt64;
  # Held right now: not final, and final but kept.
  waitersParked @13 :UInt64;
  # Requests held back by waitMs.
  topics @14 :UInt64;
  subscribers @15 :UInt64;
  # Of status streams, right now.
  framesSent @16 :UInt64;
  # Events and heartbeats, each counted once whatever the number of its subscribers.
  framesLost @17 :UInt64;
  # Frames at which the buffer of a subscriber was found full: it gets none until it has room.
  repairs @18 :UInt64;
  # How often watchers read the event log because frames were missing.
  subscriptionsIgnored @19 :UInt64;
  # To what is no topic.
  refused @20 :List(RefusalCount);
  # Requests and items by the limit that they met, a name of this file, else by their code; closed
  # connections... (Max, Flooding, Unread, Silent) by the reason; auditLinesLeftOut. None that is 0.
  isPaused @21 :Bool;
  # No job of any datasource is handed out.
}

struct RefusalCount {
  what @0 :Text;
  count @1 :UInt64;
}

# -------------------------------------------------------------------------------- keys and tokens

struct Backup {
  # POST /admin/backups/<NAME> : a backup that is on disk, and was read again.
  name @0 :Text;
  turn @1 :UInt64;
  # It has at least all that was acknowledged up to this turn of the store's journal.
  bytes @2 :UInt64;
  newBytes @3 :UInt64;
  # Of its database's files: of all, and of those that no older backup had.
}

struct RootKey {
  # GET /admin/keys : the keys that tokens are signed with, oldest first. POST /admin/keys makes a
  # new one, which signs new tokens from then on; POST /admin/keys/<ID>/retire ends all tokens,
  # leases and streams of an old one (409 for the newest; 404 unknown). All answer with Reply.keys.
  id @0 :Text;
  # The part of a token's identifier before the dot.
  isNewest @1 :Bool;
}

struct TokenQuery {
  # GET /admin/tokens : tokens that have jobs, whose use is counted, or that are revoked.
  after @0 :Text;
  # Identifiers after this one, in the order of their bytes; empty: from the first.
  limit @1 :UInt32;
  # 1 .. 1000; 0 means 100.
}

struct TokenPage {
  tokens @0 :List(TokenUse);
  isEnd @1 :Bool;
  # There are none after the last of these.
}

struct TokenUse {
  # Copies of a token that were narrowed have its identifier and are counted with it.
  id @0 :Text;
  waiting @1 :UInt64;
  # Jobs that wait and were submitted with it.
  running @2 :UInt64;
  # Jobs that are accepted with it.
  rates @3 :List(RateUse);
  isRevoked @4 :Bool;
  revokedUntil @5 :UInt64;
  # 0: as long as its root key is there.
}

struct RateUse {
  # What was counted against caveats `rate <= n/unit`: of its budgets the one that is used most.
  unit @0 :Text;
  # s, m, h or d.
  used @1 :UInt64;
  # In the last such span: jobs, each with its function's cost.
}

struct Revoke {
  # POST /admin/tokens/<ID>/revoke : no copy of the token with this identifier is accepted any more;
  # jobs that were accepted with it wait again, and streams end. The body may be missing. Answered
  # with Reply.tokens, that one token.
  until @0 :UInt64;
  # When the store may forget about it, e.g. when the token expires; 0: not before its root key.
}
