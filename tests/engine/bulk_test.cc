// What an operator does to all jobs that match, and pauses of the store as a whole.
#include "engine_fixture.h"

namespace store {
namespace {

using How = Bulk::How;

class BulkFixture : public ReplayedEngine {
 public:
  static Bulk bulk(How how, std::size_t limit = 100) {
    Bulk made;
    made.datasource = "scan";
    made.where = list_command({}, 0, limit);
    made.how = how;
    return made;
  }
  BulkReply step(const Bulk& command) {
    if (command.how != How::kRemove) {
      return ask<BulkReply>(command);
    }
    const auto request = park(command);
    tick();
    const auto reply = reply_to(request);
    REQUIRE(reply);
    return std::get<BulkReply>(*reply);
  }
  // How many jobs each step changes, until there is no further one.
  std::vector<std::size_t> steps(Bulk command) {
    std::vector<std::size_t> counts;
    do {
      const BulkReply done = step(command);
      counts.push_back(done.count);
      command.where.cursor = done.cursor;
    } while (command.where.cursor != 0);
    return counts;
  }
};

}  // namespace

TEST_CASE_METHOD(BulkFixture, "all jobs that match are cancelled, and a repetition does nothing",
                 "[bulk]") {
  submit_all({"a", "b"}, {.function = "ocr"});
  submit({.job = "other", .function = "mail"});
  const Lease lease = accept_one();
  Bulk cancel = bulk(How::kCancel);
  cancel.where.function = "oc?";
  const BulkReply done = step(cancel);
  CHECK(ids(done.jobs) == Ids{"a", "b"});
  CHECK(done.count == 2);
  CHECK(done.cursor == 0);
  CHECK(status("a") == Status::kAccepted);
  CHECK(find("a")->cancel_sequence != 0);
  CHECK(status("b") == Status::kCancelled);
  CHECK(status("other") == Status::kSubmitted);
  CHECK(unchanged([&] { return step(cancel); }).count == 0);
  CHECK_FALSE(refusal(acknowledge_cancel(lease)));
}

TEST_CASE_METHOD(BulkFixture, "a dry run counts, shows the first ten, and changes nothing",
                 "[bulk]") {
  for (int i = 0; i < 12; ++i) {
    submit();
  }
  complete(accept_one());
  Bulk dry = bulk(How::kCancel, 1);
  dry.is_dry = true;
  const BulkReply told = unchanged([&] { return step(dry); });
  CHECK(told.count == 11);
  CHECK(told.jobs.size() == 10);
  CHECK(told.jobs.front().job == "j2");
  CHECK(told.cursor == 0);
  limits.list_scan_max = 5;
  CHECK(steps(dry) == std::vector<std::size_t>{4, 5, 2});
  dry.how = How::kRemove;
  CHECK(unchanged([&] { return step(dry); }).count == 1);
}

TEST_CASE_METHOD(BulkFixture, "steps change as many jobs as they may, of the turn too",
                 "[bulk][limits]") {
  for (int i = 0; i < 7; ++i) {
    submit();
  }
  CHECK(steps(bulk(How::kCancel, 3)) == std::vector<std::size_t>{3, 3, 1});
  limits.bulk_per_turn_max = 2;
  const auto remove = bulk(How::kRemove);
  const auto first = park(remove);
  const auto second = park(remove);
  tick();
  CHECK(std::get<BulkReply>(*reply_to(first)).count == 2);
  CHECK(std::get<BulkReply>(*reply_to(second)).count == 1);
  CHECK(steps(remove) == std::vector<std::size_t>{2, 2});
}

TEST_CASE_METHOD(BulkFixture, "jobs that wait are changed, those that are so already are not",
                 "[bulk]") {
  submit({.job = "a", .priority = 90});
  submit({.job = "b"});
  submit({.job = "c"});
  complete(accept_one());
  Bulk edit = bulk(How::kEdit);
  edit.edit.priority = 90;
  CHECK(ids(step(edit).jobs) == Ids{"b", "c"});
  CHECK(view("b").priority == 90);
  CHECK(unchanged([&] { return step(edit); }).count == 0);
}

TEST_CASE_METHOD(BulkFixture, "failed jobs are restarted once each", "[bulk]") {
  for (const char* job : {"a", "b"}) {
    fail(submit_and_accept({.job = job}));
  }
  cancel(submit({.job = "c"}));
  Bulk restart = bulk(How::kRestart);
  restart.where.statuses = 1u << static_cast<int>(Status::kFailed);
  const BulkReply done = step(restart);
  REQUIRE(done.count == 2);
  CHECK(done.jobs[0].parent == "a");
  CHECK(unchanged([&] { return step(restart); }).count == 0);
  configure({.waiting_max = 2});
  restart.where.statuses = 1u << static_cast<int>(Status::kCancelled);
  CHECK(refusal(unchanged([&] { return apply(restart); })) == Code::kTooMany);
}

TEST_CASE_METHOD(BulkFixture, "a job is removed by force in any state, for good", "[bulk]") {
  submit_all({"runs", "waits", "ended"});
  const Lease lease = accept_one();
  cancel("ended");
  Bulk remove = bulk(How::kRemove);
  CHECK(ids(step(remove).jobs) == Ids{"ended"});
  CHECK(find("ended") == nullptr);
  remove.is_forced = true;
  CHECK(ids(step(remove).jobs) == Ids{"runs", "waits"});
  CHECK(status("runs") == Status::kCancelled);
  CHECK_FALSE(renew(lease, 1s));
  CHECK(refusal(complete(lease)) == Code::kConflict);
  CHECK(replayed_digest() == engine.digest());
  advance(1ms);
  CHECK(find("runs") == nullptr);
  CHECK(find("waits") == nullptr);
}

TEST_CASE_METHOD(BulkFixture, "what others wait for is removed when they are told", "[bulk]") {
  limits.flow_steps_per_turn_max = 0;
  advance(0ms);
  submit({.job = "first"});
  Submit behind = submit_command({.job = "behind"});
  std::get<NewJob>(behind.jobs[0]).after = {{.job = "first"}};
  REQUIRE(apply(std::move(behind)));
  cancel("first");
  Bulk remove = bulk(How::kRemove);
  remove.where.limit = 1;
  CHECK(step(remove).count == 0);
  limits.flow_steps_per_turn_max = 100;
  advance(0ms);
  CHECK(status("behind") == Status::kFailed);
  CHECK(steps(remove) == std::vector<std::size_t>{1, 1});
}

TEST_CASE_METHOD(BulkFixture, "what is done to all of an unknown datasource is refused", "[bulk]") {
  CHECK(refusal(apply(bulk(How::kCancel))) == Code::kNotFound);
}

TEST_CASE_METHOD(BulkFixture, "a store that is paused hands out nothing of any datasource",
                 "[bulk][pause]") {
  submit({.job = "a"});
  submit({.job = "b", .datasource = "print"});
  CHECK(ask<jobq::StoreMode>(SetStorePause{true}).is_paused);
  CHECK(unchanged([&] { return ask<jobq::StoreMode>(SetStorePause{true}); }).is_paused);
  CHECK(accept().empty());
  CHECK(refusal(take("a")) == Code::kUnavailable);
  submit({.job = "c"});
  const auto reasons = ask<Explanation>(Explain{"scan", "a", "alice"}).reasons;
  CHECK(reasons.at(0).kind == Reason::Kind::kPaused);
  CHECK(replayed_digest() == engine.digest());
  const auto parked = park_accept();
  set_mode(Mode::kPaused);
  CHECK_FALSE(ask<jobq::StoreMode>(SetStorePause{false}).is_paused);
  CHECK(given(parked).empty());  // the datasource is paused by itself
  set_mode(Mode::kRunning);
  CHECK(given(parked) == Ids{"a"});
}

TEST_CASE_METHOD(BulkFixture, "the end of the store's pause serves those who wait",
                 "[bulk][pause]") {
  ask<jobq::StoreMode>(SetStorePause{true});
  submit({.job = "a"});
  const auto parked = park_accept();
  CHECK(given(parked).empty());
  ask<jobq::StoreMode>(SetStorePause{false});
  CHECK(given(parked) == Ids{"a"});
}

}  // namespace store
