// Every pair of what a job may be in and what may be asked: what becomes of it, or with which code
// it is refused. What is refused, or not listed as a change, leaves the digest as it was.
#include <functional>
#include <map>

#include "engine_fixture.h"
#include "job_view.h"

namespace store {
namespace {

using MaybeCode = std::optional<Code>;

// What the job "j" is in; the columns of the table.
const Ids kSituations{"unknown",    "submitted", "delayed", "retrying",  "backoff",  "accepted",
                      "cancelling", "complete",  "failed",  "cancelled", "forbidden"};

// Brings "j" there; its lease, held or not.
Lease bring(ReplayedEngine& store, const std::string& situation) {
  store.configure({});
  if (situation == "unknown") {
    return {"j", 1};
  }
  const Backoff backoff{.initial = situation == "backoff" ? 20s : 0s, .max = 1h};
  store.submit({.job = "j", .delay = situation == "delayed" ? 20s : 0s, .backoff = backoff});
  if (situation == "submitted" || situation == "delayed") {
    return {"j", 0};
  }
  const Lease lease = store.accept_one();
  if (situation == "retrying" || situation == "backoff") {
    store.retry(lease, 0s, "setup");
  } else if (situation == "cancelling" || situation == "cancelled") {
    store.cancel("j");
  } else if (situation == "complete") {
    store.complete(lease, "\"setup\"");
  } else if (situation == "failed") {
    store.fail(lease, "setup");
  } else if (situation == "forbidden") {
    store.update(lease, Forbidden{{"setup", "", ""}});
  }
  if (situation == "cancelled") {
    store.advance(30s);
  }
  return lease;
}

struct Row {
  const char* what;
  // What becomes of the job: its status after a change; "same": taken, but nothing has changed;
  // "gone": the job is forgotten; or the code of a refusal. First in most situations, then in the
  // others.
  std::string mostly;
  std::map<std::string, std::string> but;
  std::function<MaybeCode(ReplayedEngine&, const Lease&)> act;
};
using But = std::map<std::string, std::string>;

// A word about a lease is refused unless the lease is held.
Row word(const char* what, Report word, But but) {
  return {what, "409", std::move(but), [word](ReplayedEngine& store, const Lease& lease) {
            return refusal(store.update(lease, word));
          }};
}
Row command(const char* what, Command command, std::string mostly, But but) {
  return {what, std::move(mostly), std::move(but),
          [command](ReplayedEngine& store, const Lease&) { return refusal(store.apply(command)); }};
}
Row passing(const char* what, Span span, But but) {
  return {what, "same", std::move(but), [span](ReplayedEngine& store, const Lease&) {
            store.advance(span);
            return MaybeCode();
          }};
}

void require(const Row& row) {
  for (const auto& [situation, becomes] : row.but) {
    REQUIRE(std::count(kSituations.begin(), kSituations.end(), situation) == 1);
  }
  for (const std::string& situation : kSituations) {
    CAPTURE(row.what, situation);
    ReplayedEngine store;
    const Lease lease = bring(store, situation);
    const auto before = store.engine.digest();
    const MaybeCode code = row.act(store, lease);
    store.collect();
    const bool is_same = store.engine.digest() == before;
    const Job* job = store.find("j");
    const std::string becomes = code      ? std::to_string(static_cast<int>(*code))
                                : is_same ? "same"
                                : job     ? std::string(to_string(job->status))
                                          : "gone";
    REQUIRE((!code || is_same));
    REQUIRE(becomes == (row.but.contains(situation) ? row.but.at(situation) : row.mostly));
  }
}

// A submit of "j" with the options that it was brought to where it is with.
SubmitOptions as_before(const ReplayedEngine& store) {
  const Job* job = store.find("j");
  const bool is_delayed = job != nullptr && job->is_delayed;
  const bool has_failed = job != nullptr && job->status == Status::kRetrying;
  return {.job = "j",
          .delay = is_delayed && !has_failed ? 20s : 0s,
          .backoff = Backoff{.initial = is_delayed && has_failed ? 20s : 0s, .max = 1h}};
}

}  // namespace

TEST_CASE("each word of a worker about a job in each status") {
  require(word("complete", Completed{"1"}, {{"accepted", "complete"}, {"cancelling", "complete"}}));
  require(word("fail", Failed{{"x", "", ""}}, {{"accepted", "failed"}, {"cancelling", "failed"}}));
  require(word("forbid", Forbidden{{"x", "", ""}},
               {{"accepted", "forbidden"}, {"cancelling", "forbidden"}}));
  require(word("retry", Retry{{"x", "", ""}, {}},
               {{"accepted", "retrying"}, {"cancelling", "cancelled"}}));
  require(word("release", Release{}, {{"accepted", "submitted"}, {"cancelling", "cancelled"}}));
  require(word("cancelled", AckCancel{}, {{"cancelling", "cancelled"}}));
  require(
      word("progress", Progress{0.5, ""}, {{"accepted", "accepted"}, {"cancelling", "accepted"}}));
  require(word("log", Log{{{LogLevel::kInfo, "text"}}, 1},
               {{"accepted", "accepted"}, {"cancelling", "accepted"}}));
  require(word("accepted", AcceptOne{"other", 9, 30s},
               {{"unknown", "404"}, {"submitted", "accepted"}, {"retrying", "accepted"}}));
}

TEST_CASE("each word of a worker whose attempt is not the current one") {
  for (const Report& said :
       {Report(Completed{"1"}), Report(Failed{{"x", "", ""}}), Report(Forbidden{{"x", "", ""}}),
        Report(Retry{{"x", "", ""}, {}}), Report(Release{}), Report(AckCancel{}),
        Report(Progress{1, ""}), Report(Log{{{LogLevel::kInfo, "text"}}, 1})}) {
    for (const std::uint32_t off : {UINT32_MAX, 1u}) {  // one less, one more
      require({"stale", "409", {}, [&](ReplayedEngine& store, const Lease& lease) {
                 return refusal(store.update({lease.job, lease.attempt + off}, said));
               }});
    }
  }
}

TEST_CASE("each renewal and each return of a lease in each status") {
  const auto renew = [](ReplayedEngine& store, const Lease& lease) {
    return store.renew(lease, 29s) ? MaybeCode() : Code::kConflict;
  };
  require({"renew", "409", {{"accepted", "accepted"}, {"cancelling", "accepted"}}, renew});
  const auto undelivered = [](ReplayedEngine& store, const Lease& lease) {
    const Job* job = store.find(lease.job);
    AcceptedView view;
    view.lease = {lease.job, job == nullptr ? 0 : job->attempt};
    store.engine.take_back(store.now, store.chance(), {view}, store.effects);
    return MaybeCode();
  };
  require({"undelivered",
           "same",
           {{"accepted", "submitted"}, {"cancelling", "cancelled"}},
           undelivered});
}

TEST_CASE("each request of a client about a job in each status") {
  require({"submit", "same", {{"unknown", "submitted"}}, [](ReplayedEngine& store, const Lease&) {
             return refusal(store.try_submit(as_before(store)));
           }});
  require({"another", "409", {{"unknown", "submitted"}}, [](ReplayedEngine& store, const Lease&) {
             SubmitOptions options = as_before(store);
             options.request = "[]";
             return refusal(store.try_submit(options));
           }});
  const But unknown{{"unknown", "404"}};
  require(command("status", EngineFixture::question("j"), "same", unknown));
  require(command("status by bob", EngineFixture::question("j", "bob"), "403", unknown));
  require(command("cancel", Cancel{"scan", "j", "alice"}, "same",
                  {{"unknown", "404"},
                   {"submitted", "cancelled"},
                   {"delayed", "cancelled"},
                   {"retrying", "cancelled"},
                   {"backoff", "cancelled"},
                   {"accepted", "accepted"}}));
  require(command("cancel by bob", Cancel{"scan", "j", "bob"}, "403", unknown));
  require(command("log", ReadLog{"scan", "j", "alice", 0, 10}, "same", unknown));
  require(command("log by bob", ReadLog{"scan", "j", "bob", 0, 10}, "403", unknown));
  require(command("explain", Explain{"scan", "j", "alice"}, "same", unknown));
  require(command("explain by bob", Explain{"scan", "j", "bob"}, "403", unknown));
  const auto watch = [](std::optional<std::string> client) {
    return Subscribe{"scan", "j", std::move(client), 10, false};
  };
  require(command("subscribe", watch("alice"), "same", unknown));
  require(command("subscribe by bob", watch("bob"), "403", unknown));
  require(command("subscribe to all", Subscribe{"scan", {}, "alice", 10, false}, "same", {}));
  const auto events = [](std::optional<std::string> client) {
    return ReadEvents{"scan", "j", std::move(client), 0, 10, 0s, false};
  };
  require(command("events", events("alice"), "same", unknown));
  require(command("events by bob", events("bob"), "403", unknown));
  require(command("list", EngineFixture::list_command("alice"), "same", {}));
}

TEST_CASE("each request of a driver with a job in each status") {
  const auto accept = [](ReplayedEngine& store, const Lease&) {
    store.accept(1, "other");
    return MaybeCode();
  };
  require({"accept", "same", {{"submitted", "accepted"}, {"retrying", "accepted"}}, accept});
  require(command("peek", Peek{"scan", {}}, "same", {}));
  ReadRequests requests;
  requests.datasource = "scan";
  requests.limit = 10;
  require(command("requests", requests, "same", {}));
  require(command("statistics", GetDatasourceStats{"scan"}, "same", {}));
  require(command("subscribe", Subscribe{"scan", {}, {}, 10, false}, "same", {}));
  require(command("events", ReadEvents{"scan", {}, {}, 0, 10, 0s, false}, "same", {}));
  require(command("workers", ListWorkers{"scan"}, "same", {}));
}

TEST_CASE("each request of an operator about a job in each status") {
  require(command("edit", Edit{"scan", "j", 90, {}, {}}, "409",
                  {{"unknown", "404"},
                   {"submitted", "submitted"},
                   {"delayed", "submitted"},
                   {"retrying", "retrying"},
                   {"backoff", "retrying"}}));
  const auto restart = [](ReplayedEngine& store, const Lease&) {
    const bool has_ended = store.find("j") != nullptr && is_final(store.status("j"));
    const auto reply = store.apply(Restart{"scan", "j", "child"});
    REQUIRE(has_ended == (store.find("child") != nullptr));
    return refusal(reply);
  };
  require({"restart",
           "409",
           {{"unknown", "404"},
            {"submitted", "same"},
            {"delayed", "submitted"},
            {"retrying", "same"},
            {"backoff", "retrying"},
            {"complete", "complete"},
            {"failed", "failed"},
            {"cancelled", "cancelled"},
            {"forbidden", "forbidden"}},
           restart});
  const auto remove = [](ReplayedEngine& store, const Lease&) {
    const auto request = store.park(Remove{"scan", "j"});
    store.tick();
    return refusal(store.reply_to(request));
  };
  require({"remove",
           "409",
           {{"unknown", "404"},
            {"complete", "gone"},
            {"failed", "gone"},
            {"cancelled", "gone"},
            {"forbidden", "gone"}},
           remove});
  const auto force = [](ReplayedEngine& store, const Lease&) {
    const auto request = store.park(Remove{"scan", "j", true});
    store.tick();
    const auto reply = store.reply_to(request);
    store.advance(1ms);
    return refusal(reply);
  };
  require({"remove by force", "gone", {{"unknown", "404"}}, force});
  for (const Status status : {Status::kFailed, Status::kCancelled, Status::kForbidden}) {
    Redrive redrive;
    redrive.datasource = "scan";
    redrive.statuses = static_cast<std::uint8_t>(1u << static_cast<int>(status));
    redrive.limit = 10;
    const std::string own(to_string(status));
    require(command("redrive", redrive, "same", {{own, own}}));
  }
}

TEST_CASE("each thing that is done to all jobs, in each status") {
  const auto all = [](Bulk::How how, bool is_forced = false) {
    Bulk bulk;
    bulk.datasource = "scan";
    bulk.where = EngineFixture::list_command({});
    bulk.how = how;
    bulk.is_forced = is_forced;
    bulk.edit.priority = 90;
    return bulk;
  };
  const But cancelled{{"submitted", "cancelled"},
                      {"delayed", "cancelled"},
                      {"retrying", "cancelled"},
                      {"backoff", "cancelled"},
                      {"accepted", "accepted"}};
  require(command("cancel all", all(Bulk::How::kCancel), "same", cancelled));
  const But edited{{"submitted", "submitted"},
                   {"delayed", "submitted"},
                   {"retrying", "retrying"},
                   {"backoff", "retrying"}};
  require(command("edit all", all(Bulk::How::kEdit), "same", edited));
  const But restarted{{"complete", "complete"},
                      {"failed", "failed"},
                      {"cancelled", "cancelled"},
                      {"forbidden", "forbidden"}};
  require(command("restart all", all(Bulk::How::kRestart), "same", restarted));
  const auto remove = [](const Bulk& bulk) {
    return [bulk](ReplayedEngine& store, const Lease&) {
      const auto request = store.park(bulk);
      store.tick();
      const auto reply = store.reply_to(request);
      store.advance(1ms);
      return refusal(reply);
    };
  };
  require({"remove all",
           "same",
           {{"complete", "gone"}, {"failed", "gone"}, {"cancelled", "gone"}, {"forbidden", "gone"}},
           remove(all(Bulk::How::kRemove))});
  require({"remove all by force",
           "gone",
           {{"unknown", "same"}},
           remove(all(Bulk::How::kRemove, true))});
  for (const auto how : {Bulk::How::kCancel, Bulk::How::kEdit, Bulk::How::kRestart}) {
    Bulk dry = all(how);
    dry.is_dry = true;
    require(command("a dry run", dry, "same", {}));
  }
}

TEST_CASE("what the clock does to a job in each status") {
  But but{{"delayed", "submitted"},
          {"backoff", "retrying"},
          {"accepted", "retrying"},
          {"cancelling", "cancelled"}};
  require(passing("30 s", 30s, but));
  for (const char* ended : {"complete", "failed", "cancelled", "forbidden"}) {
    but[ended] = "gone";
  }
  require(passing("60 min", 60min, but));
}

}  // namespace store
