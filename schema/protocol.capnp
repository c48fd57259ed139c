@0xb8d1f7c2a64e9035;
# What travels between clients, drivers and the store: one Request in one ZeroMQ frame, answered by
# one Reply in one frame. docs/protocol.md tells the conversation; this file tells every field.
#
# Rules for all messages:
#  - Times are milliseconds since 1970-01-01T00:00:00Z by the store's clock; spans are milliseconds.
#    0 stands for "not set" unless the field says otherwise.
#  - Text is UTF-8. "JSON" is one complete JSON text (RFC 8259); the store checks that it is JSON
#    and otherwise never looks into it.
#  - An *id* (datasource, job) is 1-128 bytes of [A-Za-z0-9._~-]. A job may not be named like a word
#    of the paths: cancel, events, list. A datasource may not be named admin, cat, jobs, status, sub
#    or uptime. A *name* (client, worker) is 1-128 bytes of the same alphabet plus [:@+/=].
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
  # is meant; a token's path caveat is compared with the path as sent. 404 when there is no such
  # path, 400 when a part of it that should be an id is none.

  token @3 :Data;
  # The capability: a macaroon as libmacaroons serialises it (V1; base64 text, or the binary
  # packets). At most 8192 bytes as text, 64 caveats, and 4095 bytes for each of its packets. 401
  # when it is missing or does not verify, 403 when a caveat does not allow this request.

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
  }
}

struct Reply {
  id @0 :UInt64;
  # The request's id; 0 when the request could not be read at all.

  code @1 :UInt16;
  # 200 done (and on disk). 207 a list whose items have codes of their own, not all of them 200.
  # 400 malformed; 401 no valid token; 403 not allowed; 404 unknown; 405 method; 409 conflict with
  # what the store holds; 413 too large; 429 a limit is reached, try later; 503 shutting down;
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
  }
}

# ---------------------------------------------------------------------------------------- clients

struct Submit {
  # POST /<DSID>/job/ : asks for jobs to be done. Answered with Reply.submitted, one result for each
  # job in the order given, after those taken are on disk. Items do not depend on each other.

  jobs @0 :List(NewJob);
  # 1 .. 1024; 400 when empty, 413 when there are more or the frame is above 8 MiB.
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
  # 1 .. 100, 100 is served first; 0 means the default, 50.

  keepForMs @4 :UInt64;
  # How long the finished job stays readable, counted from its end; up to 365 days. 0 means the
  # default, 60 minutes. The store may forget finished jobs earlier, those finished longest
  # first, when it holds more than finishedMax of them.
}

struct SubmitResult {
  code @0 :UInt16;
  error @1 :Text;
  job @2 :JobStatus;
  # The job as it stands, without texts; set when code is 200.
  created @3 :Bool;
  # false: the store had this job already.
}

enum Status {
  # product.md's seven words. The last four are final: such a job never changes again.
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
  # Number of its submit in the datasource's journal: orders the jobs of a datasource.
  changed @4 :UInt64;
  # Number of its last change in the same journal; grows with every change.
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
  # Why it failed. Null unless failed; in lists without detail.
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
}

struct ListQuery {
  # GET /<DSID>/job/list : the client's own jobs; GET /jobs/<DSID>/list : all jobs of the
  # datasource (`client` then narrows, or is empty). Ordered by `sequence`, oldest first.

  client @0 :Text;
  cursor @1 :UInt64;
  # Only jobs with a greater sequence; 0 from the start. Take JobPage.cursor for the next page.
  limit @2 :UInt32;
  # 1 .. 1000; 0 means 100.
  statuses @3 :List(Status);
  # Only these; empty means any.
}

struct JobPage {
  jobs @0 :List(JobStatus);
  # Without response and error detail. May be shorter than the limit before the end is reached.
  cursor @1 :UInt64;
  # For the next page; 0 when this was the last.
}

# ---------------------------------------------------------------------------------------- drivers

struct Lease {
  # Proof that the caller is the job's worker: whoever names an attempt that is not the current one
  # is refused, so that a job finishes once.
  job @0 :Text;
  attempt @1 :UInt32;
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
  # 100 .. 3600000; 0 means 30000. A worker that does not renew or finish within it has lost the
  # job to the next worker.
  waitMs @4 :UInt32;
  # 0 .. 60000: how long to wait for a first job when there is none. A worker that asks anew has
  # given up what it asked before: that is answered with an empty list.
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
}

struct Renew {
  # POST /jobs/<DSID>/renew : moves the deadlines of leases the caller holds.
  leases @0 :List(Lease);
  # 1 .. 1024.
  leaseMs @1 :UInt32;
  # 100 .. 3600000; 0 means 30000, whatever the accept said. Counted from the moment the store
  # applies the request.
}

struct RenewResult {
  code @0 :UInt16;
  # 200, or 409: the lease is not held (its deadline passed, another attempt is under way, the job
  # is final or unknown). The worker must stop working on that job.
  leaseUntil @1 :UInt64;
}

struct Update {
  # POST /jobs/<DSID>/update : outcomes of leased jobs; POST /jobs/<DSID>/job/<JOB>/ for one, whose
  # job may then be left empty in the lease. Repeating an outcome that was taken, with the same
  # content, is answered 200 again.
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
  }
}

struct UpdateResult {
  code @0 :UInt16;
  # 200, 400, 413, or 409: the lease is not held, and nothing was changed.
  error @1 :Text;
  status @2 :Status;
  # The job's status after this; only with 200.
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
  # Answers whose peer was gone or too slow.
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
}

struct Event {
  # One numbered entry of a datasource's journal, as status streams carry it.
  sequence @0 :UInt64;
  # 1, 2, ... without gaps within the datasource.
  datasource @1 :Text;
  job @2 :Text;
  client @3 :Text;
  time @4 :UInt64;
  status @5 :Status;
  # The job's status after this event.
  attempt @6 :UInt32;
}
