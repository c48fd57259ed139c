// What a store may answer with every field set, and the same as `describe` tells it.
#pragma once

#include <chrono>
#include <string>

#include "jobq/admin.h"

using namespace std::chrono_literals;

inline const std::string kTerms =
    "keepForMs = 1, validForMs = 2, timeoutMs = 3, failuresMax = 4, lostLeasesMax = 5, "
    "releasesMax = 6, backoff = (initialMs = 7, maxMs = 8, factorPercent = 900, "
    "jitterPercent = 10), slowAfterMs = 31, stallAfterMs = 32, stallFails = true, "
    "deferMaxMs = 33, labels = [\"gpu\"]";
inline const std::string kTermsSeen =
    "Terms{1, 2, 3, 4, 5, 6, Backoff{7, 8, 900, 10}, 0, 0, 0, 31, 32, yes, 33, ['gpu']}";

inline const std::string kJob =
    R"((job = "j1", client = "alice", status = retrying, sequence = 1, changed = 2, priority = 3,
     attempt = 4, lostLeases = 5, worker = "w", submittedAt = 6, acceptedAt = 7, leaseUntil = 8,
     finishedAt = 9, response = "[1]", error = (code = "busy", message = "no paper", detail =
     "trace"), function = "copy", tags = ["a", "b"], failures = 10, releases = 11, notBefore =
     12, expiresAt = 13, attemptUntil = 14, progress = 0.5, progressMessage = "half",
     cancelRequestedAt = 15, cancelUntil = 16, parent = "p", child = "c", logLines = 17,
     requestBytes = 18, terms = ()" +
    kTerms +
    R"(), request = "{}", trace = "00-t", attempts = [(attempt = 1, worker = "w0", acceptedAt =
     19, endedAt = 20, ending = leaseLost, error = (code = "lost", message = "fell silent"))],
     after = [(datasource = "mail", job = "x", anyEnd = true, status = complete)], key = "k",
     unique = "u", group = "g", checkpointBytes = 21, checkpoint = "c", startedAt = 22,
     isSlow = true, then = [(on = failed, datasource = "mail", function = "f", request = "2",
     priority = 21, job = "y", then = [(job = "z")], made = true, refused = "r")], follows =
     "mail/w", afterGroup = "h"))";
inline const std::string kJobSeen =
    "JobStatus{'j1', 'alice', 2, 1, 2, 3, 4, 5, 'w', 6, 7, 8, 9, '[1]', "
    "JobError{'busy', 'no paper', 'trace'}, 'copy', ['a', 'b'], 10, 11, 12, 13, 14, 0.5, 'half', "
    "15, 16, 'p', 'c', 17, 18, " +
    kTermsSeen +
    ", '{}', '00-t', [Attempt{1, 'w0', 19, 20, 6, JobError{'lost', 'fell silent', ''}}], '', "
    "[AwaitedJob{'mail', 'x', yes, 3, '', no}], 'k', 'u', 'g', 21, 'c', 22, yes, no, "
    "[FollowUp{1, 'mail', 'f', '2', 21, 'y', [FollowUp{0, '', '', '', 0, 'z', [], no, ''}], yes, "
    "'r'}], "
    "'mail/w', 'h', '', ''}";
inline const std::string kGotJob = "(body = (job = " + kJob + "))";

inline const std::string kAccepted =
    R"((lease = (job = "j1", attempt = 1, token = "t"), leaseUntil = 2, client = "alice", request
     = "{}", sequence = 3, priority = 4, submittedAt = 5, function = "copy", tags = ["a"], trace
     = "00-t", attemptUntil = 6, failures = 7, lostLeases = 8, releases = 9, after = [(job =
     "b", status = complete, response = "2")], key = "k", checkpoint = "page 5",
     state = [(name = "n", value = "7")], leftOut = true, afterGroup = "h", actingToken = "at",
     grants = "{}"))";
inline const std::string kAcceptedSeen =
    "AcceptedJob{Lease{'j1', 1, 't'}, 2, 'alice', '{}', 3, 4, 5, 'copy', ['a'], '00-t', 6, 7, 8, "
    "9, [AwaitedJob{'', 'b', no, 3, '2', no}], 'k', 'page 5', "
    "[StateValue{'n', '7'}], yes, 'h', 'at', '{}', '', ''}";

inline const std::string kGotLog =
    R"((body = (log = (lines = [(number = 3, time = 4, attempt = 5, level = warning, text =
     "paper is low")], cursor = 3))))";
inline const std::string kLogSeen = "LogPage{[LogLine{3, 4, 5, 2, 'paper is low'}], 3}";
inline const std::string kExplained =
    R"((body = (explanation = (status = submitted, earliest = 6, reasons = [(kind = behind, text
     = "others come first", until = 7, count = 8)]))))";
inline const std::string kExplanationSeen =
    "Explanation{0, [Reason{6, 'others come first', 7, 8}], 6}";

inline const std::string kConfigSaid =
    R"(datasource = "scan", description = "the scanner", priority = 60, terms = ()" + kTerms +
    R"(), leaseMs = 11, cancelGraceMs = 12, waitingMax = 13, waitingPerClientMax = 14,
     runningMax = 15, keyRunningMax = 20, weights = [(client = "alice", weight = 16), (client =
     "bob", weight = 17)], costs = [(function = "copy", cost = 18)], functionLimits =
     [(function = "copy", runningMax = 19)], startRate = "5/s", functionRates = [(function =
     "copy", startRate = "6/m")], keyStartRate = "7/h", ageingMs = 34, item = "{}")";
inline const std::string kConfig = "(mode = draining, " + kConfigSaid + ")";
inline const std::string kGotConfig = "(body = (config = " + kConfig + "))";
inline const std::string kConfigSeen =
    "DatasourceConfig{'scan', 'the scanner', 60, " + kTermsSeen +
    ", 11, 12, 13, 14, 15, 20, [Weight{'alice', 16}, Weight{'bob', 17}], "
    "[Cost{'copy', 18}], [FunctionLimit{'copy', 19}], '5/s', [FunctionRate{'copy', '6/m'}], '7/h', "
    "34, '{}', no, 2}";
inline const jobq::DatasourceConfig kConfigAsked = {.datasource = "scan",
                                                    .description = "the scanner",
                                                    .priority = 60,
                                                    .terms = {1ms,
                                                              2ms,
                                                              3ms,
                                                              4,
                                                              5,
                                                              6,
                                                              jobq::Backoff{7ms, 8ms, 900, 10},
                                                              {},
                                                              {},
                                                              {},
                                                              31ms,
                                                              32ms,
                                                              true,
                                                              33ms,
                                                              {"gpu"}},
                                                    .lease = 11ms,
                                                    .cancel_grace = 12ms,
                                                    .waiting_max = 13,
                                                    .waiting_per_client_max = 14,
                                                    .running_max = 15,
                                                    .key_running_max = 20,
                                                    .weights = {{"alice", 16}, {"bob", 17}},
                                                    .costs = {{"copy", 18}},
                                                    .function_limits = {{"copy", 19}},
                                                    .start_rate = "5/s",
                                                    .function_rates = {{"copy", "6/m"}},
                                                    .key_start_rate = "7/h",
                                                    .ageing = 34ms,
                                                    .item = "{}"};

inline std::string counters(unsigned base) {
  std::string text;
  for (const char* name : {"submitted", "runs", "complete", "failed", "cancelled", "forbidden",
                           "errors", "releases", "waitMs", "runMs"}) {
    text += (text.empty() ? "" : ", ") + std::string(name) + " = " + std::to_string(++base);
  }
  return "total = (" + text + ")";
}
inline const std::string kStats =
    R"((body = (datasources = [(datasource = "scan", mode = paused, ready = 1, delayed = 2,
     running = 3, finished = 4, clients = 5, workersWaiting = 6, oldestReadyAt = 7, )" +
    counters(100) +
    R"(, waitTimes = [1, 0, 2], runTimes = [3],
     functions = [(function = "copy", waiting = 8, running = 9, oldestReadyAt = 10, )" +
    counters(200) + ", waitTimes = [4], runTimes = [0, 5])])]))";
inline const std::string kStatsSeen =
    "DatasourceStats{'scan', 1, 1, 2, 3, 4, 5, 6, 7, "
    "Counters{101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 0, 0, 0}, "
    "[1, 0, 2], [3], [FunctionStats{'copy', 8, 9, 10, "
    "Counters{201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 0, 0, 0}, [4], [0, 5]}]}";
inline const std::string kWorkers =
    R"((body = (workers = [(worker = "w", heardAt = 1, isWaiting = true, running = 2, leases =
     [(lease = (job = "j1", attempt = 3), function = "copy", acceptedAt = 4, leaseUntil = 5,
     progress = 0.75)])])))";
inline const std::string kWorkersSeen =
    "[WorkerStatus{'w', 1, yes, 2, [RunningJob{Lease{'j1', 3, ''}, 'copy', 4, 5, 0.75}], 0, 0, "
    "WorkerAbout{'', 0, 0, '', 0}, WorkerAsks{[], []}}]";
inline const std::string kRequests =
    R"((body = (requests = (cursor = 6, requests = [(sequence = 4, time = 5, kind = cancel, job =
     (job = "j1", request = "{}"))]))))";

inline const std::string kStoreStats =
    "(body = (stats = (requests = 1, refusals = 2, repliesDropped = 3, turns = 4, commits = 5, "
    "syncs = 6, journalBytes = 7, derivedBytes = 8, walBytes = 9, flushBytes = 10, "
    "compactionBytes = 11, jobsLive = 12, jobsFinished = 13, waitersParked = 14, topics = 15, "
    "subscribers = 16, framesSent = 17, framesLost = 18, repairs = 19, "
    "subscriptionsIgnored = 20, refused = [(what = \"429\", count = 21)])))";
inline const std::string kStoreStatsSeen =
    "StoreStats{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, "
    "[RefusalCount{'429', 21}], no}";
