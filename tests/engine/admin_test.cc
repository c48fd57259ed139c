// What an operator does to jobs: remove, restart, edit, redrive.
#include <set>

#include "engine_fixture.h"

namespace store {

class AdminFixture : public ReplayedEngine {
 public:
  // Removing waits for the next turn.
  Reply remove(const std::string& job) {
    const auto request = park(Remove{"scan", job});
    tick();
    const auto reply = reply_to(request);
    REQUIRE(reply);
    return *reply;
  }
  std::variant<SubmitReply::Result, Refused> restart(const std::string& job,
                                                     const std::string& new_id = "") {
    const auto reply = apply(Restart{"scan", job, new_id});
    if (const auto* refused = std::get_if<Refused>(&*reply)) {
      return *refused;
    }
    return std::get<SubmitReply>(*reply).items.at(0);
  }
  // The child.
  JobView restarted(const std::string& job, const std::string& new_id = "") {
    return std::get<SubmitReply::Result>(restart(job, new_id)).job;
  }
  Edit edit(const std::string& job, std::uint8_t priority = 0, Span valid_for = {},
            std::string request = {}) {
    return {"scan", job, priority, valid_for, std::move(request)};
  }
  static Redrive failed_ones(std::size_t limit = 100, Sequence cursor = 0) {
    Redrive command;
    command.datasource = "scan";
    command.statuses = 1u << static_cast<int>(Status::kFailed);
    command.limit = limit;
    command.cursor = cursor;
    return command;
  }
  static Ids parents(const RedriveReply& reply) {
    Ids parents;
    for (const JobView& job : reply.jobs) {
      parents.push_back(job.parent);
    }
    return parents;
  }
};

TEST_CASE_METHOD(AdminFixture, "a final job is removed, and its id is free", "[remove]") {
  complete(submit_and_accept({.job = "a"}));
  const auto reply = std::get<JobReply>(remove("a"));
  REQUIRE(reply.is_gone);
  REQUIRE(reply.job.job == "a");
  REQUIRE(reply.job.status == Status::kComplete);
  REQUIRE(find("a") == nullptr);
  REQUIRE(engine.state().jobs.finished_count() == 0);
  REQUIRE(refusal(std::optional(remove("a"))) == Code::kNotFound);
  REQUIRE(std::get<SubmitReply::Result>(try_submit({.job = "a", .request = "2"})).created);
}

TEST_CASE_METHOD(AdminFixture, "a job is there until all of the turn that removes it is answered",
                 "[remove]") {
  complete(submit_and_accept({.job = "a"}));
  const auto before = engine.next_deadline();
  const auto first = park(Remove{"scan", "a"});
  const auto second = park(Remove{"scan", "a"});
  REQUIRE(view("a").status == Status::kComplete);
  REQUIRE(before > now);
  REQUIRE(engine.next_deadline() <= now);
  tick();
  REQUIRE(std::holds_alternative<JobReply>(*reply_to(first)));
  REQUIRE(refusal(reply_to(second)) == Code::kNotFound);
  REQUIRE(engine.next_deadline() > now);
}

TEST_CASE_METHOD(AdminFixture, "who wants a job removed is refused when the store ends",
                 "[remove]") {
  complete(submit_and_accept({.job = "a"}));
  const auto request = park(Remove{"scan", "a"});
  engine.give_up_waiting({Code::kUnavailable, "ends"}, effects);
  REQUIRE(refusal(reply_to(request)) == Code::kUnavailable);
}

TEST_CASE_METHOD(AdminFixture, "a final job is restarted as a new one like it", "[restart]") {
  submit({.job = "a",
          .client = "bob",
          .request = "[1,2]",
          .priority = 33,
          .keep_for = 2h,
          .function = "ocr",
          .tags = {"x", "y"},
          .delay = 1min,
          .valid_for = 10min,
          .timeout = 5min,
          .failures_max = 2});
  advance(1min);
  fail(accept_one());
  const JobView child = restarted("a", "b");
  const JobView parent = view("a");
  REQUIRE(child.job == "b");
  REQUIRE(child.parent == "a");
  REQUIRE(child.child.empty());
  REQUIRE(parent.child == "b");
  REQUIRE(parent.status == Status::kFailed);
  REQUIRE(child.status == Status::kSubmitted);
  REQUIRE(child.client == "bob");
  REQUIRE(child.priority == 33);
  REQUIRE(child.function == "ocr");
  REQUIRE(child.tags == parent.tags);
  REQUIRE(view("b").terms == parent.terms);
  REQUIRE(child.request_bytes == 5);
  REQUIRE(child.submitted_at == now);
  REQUIRE(child.not_before == Time{});  // the delay is not repeated
  REQUIRE(child.expires_at == now + 10min);
  REQUIRE(child.attempt == 0);
  REQUIRE(child.failures == 0);
  REQUIRE_FALSE(child.has_failure);
  REQUIRE(ids(accept_of({"ocr"})) == Ids{"b"});
  complete({"b", 1});
  REQUIRE(view("b").finished_at == now);
  advance(2h);
  REQUIRE(find("b") == nullptr);
}

TEST_CASE_METHOD(AdminFixture, "a restarted job goes to whoever waits", "[restart]") {
  fail(submit_and_accept({.job = "a"}));
  const auto request = park_accept();
  restart("a", "b");
  REQUIRE(given(request) == Ids{"b"});
}

TEST_CASE_METHOD(AdminFixture, "a repeated restart answers the same child", "[restart]") {
  cancel(submit({.job = "a"}));
  REQUIRE(std::get<SubmitReply::Result>(restart("a", "b")).created);
  for (const char* id : {"b", "c", ""}) {
    const auto again = unchanged([&] { return std::get<SubmitReply::Result>(restart("a", id)); });
    REQUIRE_FALSE(again.created);
    REQUIRE(again.job.job == "b");
  }
  cancel("b");
  REQUIRE(restarted("b", "c").parent == "b");
  REQUIRE(restarted("a").job == "b");
}

TEST_CASE_METHOD(AdminFixture, "a restart makes ids of its own where none is given", "[restart]") {
  std::set<std::string> made;
  for (int i = 0; i < 20; ++i) {
    const std::string id = restarted(cancel(submit()).job).job;
    REQUIRE(id.size() == 36);
    REQUIRE(id[14] == '4');
    REQUIRE(std::string("89ab").find(id[19]) != std::string::npos);
    REQUIRE(id.find_first_not_of("0123456789abcdef-") == std::string::npos);
    made.insert(id);
  }
  REQUIRE(made.size() == 20);
}

TEST_CASE_METHOD(AdminFixture, "a restart that cannot be is refused", "[restart]") {
  submit_and_accept({.job = "runs"});
  cancel(submit({.job = "a"}));
  submit({.job = "other"});
  const auto refused = [&](const std::string& job, const std::string& id) {
    return refusal(unchanged([&] { return restart(job, id); }));
  };
  REQUIRE(refused("unknown", "b") == Code::kNotFound);
  REQUIRE(refused("runs", "b") == Code::kConflict);
  REQUIRE(refused("a", "other") == Code::kConflict);
  REQUIRE(refused("a", "a") == Code::kConflict);
  limits.jobs_live_max = 2;
  REQUIRE(refused("a", "b") == Code::kFull);
  limits.jobs_live_max = 100;
  configure({.waiting_max = 1});
  REQUIRE(refused("a", "b") == Code::kTooMany);
  configure({});
  set_mode(Mode::kDraining);
  REQUIRE(refused("a", "b") == Code::kConflict);
  set_mode(Mode::kRunning);
  restarted("a", "b");
  cancel("b");
  remove("b");
  REQUIRE(refused("a", "c") == Code::kConflict);  // the child is forgotten
}

TEST_CASE_METHOD(AdminFixture, "a job that waits for its time is restarted by letting it run",
                 "[restart]") {
  submit({.job = "delayed", .delay = 1h, .valid_for = 1h});
  retry(submit_and_accept({.job = "backoff"}), 1h);
  for (const char* job : {"delayed", "backoff"}) {
    const Status before = status(job);
    const auto item = std::get<SubmitReply::Result>(restart(job, "ignored"));
    REQUIRE_FALSE(item.created);
    REQUIRE(item.job.job == job);
    REQUIRE(item.job.not_before == Time{});
    REQUIRE(item.job.status == before);
    unchanged([&] { return restart(job); });
  }
  REQUIRE(find("ignored") == nullptr);
  REQUIRE(view("delayed").expires_at == now + 2h);
  REQUIRE(ids(accept(2)) == Ids{"delayed", "backoff"});
}

TEST_CASE_METHOD(AdminFixture, "a job that is let run goes to whoever waits", "[restart]") {
  submit({.job = "a", .delay = 1h});
  const auto request = park_accept();
  restart("a");
  REQUIRE(given(request) == Ids{"a"});
}

TEST_CASE_METHOD(AdminFixture, "a job that waits gets another priority", "[edit]") {
  submit_all({"a", "b", "c"});
  submit({.job = "later", .delay = 1s});
  const Sequence before = view("c").changed;
  const JobView edited = ask<JobReply>(edit("c", 90)).job;
  REQUIRE(edited.priority == 90);
  REQUIRE(edited.changed > before);
  ask<JobReply>(edit("a", 10));
  ask<JobReply>(edit("later", 99));
  advance(1s);
  REQUIRE(ids(accept(10)) == Ids{"later", "c", "b", "a"});
}

TEST_CASE_METHOD(AdminFixture, "a job that waits gets another time to be taken in", "[edit]") {
  submit({.job = "a", .valid_for = 10s});
  submit({.job = "b"});
  submit({.job = "c", .valid_for = 10s});
  REQUIRE(ask<JobReply>(edit("a", 0, 20s)).job.terms->valid_for == 20s);
  ask<JobReply>(edit("b", 0, 5s));
  ask<JobReply>(edit("c", 60));
  REQUIRE(view("a").expires_at == now + 20s);
  REQUIRE(view("b").terms->valid_for == 5s);
  REQUIRE(view("c").expires_at == now + 10s);
  advance(5s);
  REQUIRE(status("b") == Status::kFailed);
  advance(5s);
  REQUIRE(status("c") == Status::kFailed);
  REQUIRE(status("a") == Status::kSubmitted);
  advance(10s);
  REQUIRE(status("a") == Status::kFailed);
}

TEST_CASE_METHOD(AdminFixture, "a job that somebody took has no time to be taken in", "[edit]") {
  retry(submit_and_accept({.job = "a"}), 1s);
  REQUIRE(ask<JobReply>(edit("a", 0, 5s)).job.expires_at == Time{});
  submit({.job = "b"});
  advance(1s);
  accept_one("w1");
  accept_one("w2");
  advance(30s);
  REQUIRE(ask<JobReply>(edit("b", 0, 5s)).job.expires_at == Time{});
  release(submit_and_accept({.job = "c", .priority = 100}));
  REQUIRE(ask<JobReply>(edit("c", 0, 5s)).job.expires_at == now + 5s);
}

TEST_CASE_METHOD(AdminFixture, "a job that waits gets another request, and is known by its first",
                 "[edit]") {
  submit({.job = "a", .request = "[1]"});
  REQUIRE(ask<JobReply>(edit("a", 0, {}, "[1,2,3]")).job.request_bytes == 7);
  REQUIRE(std::get<Edited>(last<Edited>().change).request == "[1,2,3]");
  REQUIRE_FALSE(std::get<SubmitReply::Result>(try_submit({.job = "a", .request = "[1]"})).created);
  REQUIRE(refusal(try_submit({.job = "a", .request = "[1,2,3]"})) == Code::kConflict);
}

TEST_CASE_METHOD(AdminFixture, "failed jobs are restarted all at once, oldest first", "[redrive]") {
  for (const char* job : {"a", "b", "c"}) {
    fail(submit_and_accept({.job = job}));
  }
  cancel(submit({.job = "cancelled"}));
  complete(submit_and_accept({.job = "complete"}));
  submit({.job = "waits"});
  restart("b", "b2");
  const auto reply = ask<RedriveReply>(failed_ones());
  REQUIRE(parents(reply) == Ids{"a", "c"});
  REQUIRE(reply.cursor == 0);
  REQUIRE(reply.jobs[0].status == Status::kSubmitted);
  REQUIRE(view("a").child == reply.jobs[0].job);
  // Again: they have a child.
  REQUIRE(unchanged([&] { return ask<RedriveReply>(failed_ones()); }).jobs.empty());
}

TEST_CASE_METHOD(AdminFixture, "jobs are restarted by client, function, tag and status",
                 "[redrive]") {
  submit({.job = "alice", .client = "alice", .function = "ocr", .tags = {"x"}});
  submit({.job = "bob", .client = "bob", .function = "ocr", .tags = {"x", "y"}});
  submit({.job = "mail", .client = "bob", .function = "mail"});
  submit({.job = "forbidden", .client = "bob", .function = "mail"});
  for (int i = 0; i < 3; ++i) {
    fail(accept_one());
  }
  forbid(accept_one());
  Redrive command = failed_ones();
  command.client = "bob";
  command.tag = "x";
  REQUIRE(parents(ask<RedriveReply>(command)) == Ids{"bob"});
  command.tag.clear();
  command.function = "none";
  REQUIRE(parents(ask<RedriveReply>(command)).empty());
  command.function = "mail";
  command.statuses = 1u << static_cast<int>(Status::kForbidden);
  REQUIRE(parents(ask<RedriveReply>(command)) == Ids{"forbidden"});
  REQUIRE(parents(ask<RedriveReply>(failed_ones())) == Ids{"alice", "mail"});
}

TEST_CASE_METHOD(AdminFixture, "failed jobs are restarted page by page", "[redrive]") {
  for (const char* job : {"a", "b", "c", "d", "e"}) {
    fail(submit_and_accept({.job = job}));
  }
  const auto first = ask<RedriveReply>(failed_ones(2));
  REQUIRE(parents(first) == Ids{"a", "b"});
  const auto second = ask<RedriveReply>(failed_ones(2, first.cursor));
  REQUIRE(parents(second) == Ids{"c", "d"});
  const auto third = ask<RedriveReply>(failed_ones(2, second.cursor));
  REQUIRE(parents(third) == Ids{"e"});
  REQUIRE(third.cursor == 0);
}

TEST_CASE_METHOD(AdminFixture, "a page ends where there is no room for more", "[redrive]") {
  for (const char* job : {"a", "b", "c", "d"}) {
    fail(submit_and_accept({.job = job}));
  }
  configure({.waiting_max = 2});
  const auto page = ask<RedriveReply>(failed_ones());
  REQUIRE(parents(page) == Ids{"a", "b"});
  const auto refused = unchanged([&] { return apply(failed_ones(100, page.cursor)); });
  REQUIRE(refusal(refused) == Code::kTooMany);
  REQUIRE(std::get<Refused>(*refused).retry_after > 0s);
  configure({});
  REQUIRE(parents(ask<RedriveReply>(failed_ones(100, page.cursor))) == Ids{"c", "d"});
  Redrive elsewhere = failed_ones();
  elsewhere.datasource = "none";
  REQUIRE(refusal(unchanged([&] { return apply(elsewhere); })) == Code::kNotFound);
}

}  // namespace store
