// What was counted, by minutes and hours; and that nothing is left of a datasource that is dropped.
#include "checkpoint_writer.h"
#include "recovery.h"
#include "store_fixture.h"

namespace store {
namespace {

using jobq::HistoryStep;

class Counted {
 public:
  FaultyStorage storage;
  State state{7};
  CheckpointWriter checkpoint{storage, state};
  Time now = Time(1000h);  // begins an hour
  TurnNumber last_turn = 0;
  Sequence last_sequence = 0;

  Counted() { turn({{.job = {0, 0}, .change = DatasourceAdded{"scan"}}}); }

  void turn(std::vector<Entry> entries) {
    storage.commit(++last_turn, encode_turn(now, entries));
    for (Entry& entry : entries) {
      state.apply(now, entry);
    }
    checkpoint.note(last_turn, now, std::move(entries), {});
    checkpoint.write_if_due(now);
  }
  Entry event(Sequence job, Change change) {
    return {.sequence = ++last_sequence, .job = {0, job}, .change = std::move(change)};
  }
  // Waits and runs so long, and is complete.
  void live(const std::string& function, Span waits, Span runs) {
    Submitted change;
    change.id = "j" + std::to_string(last_sequence);
    change.client = "alice";
    change.function = function;
    change.request = "1";
    change.priority = 50;
    change.terms.failures_max = 5;
    change.terms.lost_leases_max = 3;
    change.terms.backoff = Backoff();
    const Sequence job = last_sequence + 1;
    turn({event(job, std::move(change))});
    advance(waits);
    turn({event(job, Accepted{"w", last_sequence, now + 30s})});
    advance(runs);
    turn({event(job, Completed{"1"})});
  }
  // As a store that wakes up when something is due.
  void advance(Span span) {
    const Time then = now + span;
    while (checkpoint.next_deadline() <= then) {
      now = std::max(now, checkpoint.next_deadline());
      checkpoint.write_if_due(now);
    }
    now = then;
  }
  std::vector<jobq::HistoryRow> rows(HistoryStep step = HistoryStep::kMinute,
                                     const std::string& function = {}, unsigned limit = 1000) {
    return checkpoint.texts()
        .history({0, now, {.function = function, .step = step, .limit = limit}})
        .rows;
  }
  std::size_t count(const std::string& kinds) {
    std::size_t count = 0;
    for (const char kind : kinds) {
      storage.scan_checkpoint(std::string(1, kind),
                              [&](std::string_view, std::string_view) { ++count; });
    }
    return count;
  }
};

}  // namespace

TEST_CASE_METHOD(Counted, "what is counted is told in its minute, of all and of each function") {
  const Time begin = now;
  live("ocr", 5ms, 40ms);
  live("mail", 5ms, 2ms);
  advance(2min);
  live("ocr", 90s, 1s);
  const auto all = rows();
  REQUIRE(all.size() == 3);
  CHECK(all[0].at == begin);
  CHECK(all[0].submitted == 2);
  CHECK(all[0].started == 2);
  CHECK(all[0].complete == 2);
  CHECK(all[0].wait_p50 == 5ms);
  CHECK(all[0].run_p99 == 47ms);
  CHECK(all[1].at == begin + 2min);
  CHECK(all[1].submitted == 1);
  CHECK(all[1].waiting == 1);
  CHECK(all[2].at == begin + 3min);
  CHECK(all[2].complete == 1);
  CHECK(all[2].waiting == 0);
  CHECK(rows(HistoryStep::kMinute, "mail").size() == 1);
  CHECK(rows(HistoryStep::kMinute, "mail")[0].complete == 1);
  CHECK(rows(HistoryStep::kMinute, "none").empty());
  CHECK(rows(HistoryStep::kMinute, {}, 1).at(0).at == begin + 3min);
  const auto hours = rows(HistoryStep::kHour);
  REQUIRE(hours.size() == 1);
  CHECK(hours[0].complete == 3);
  CHECK(hours[0].submitted == 3);
}

TEST_CASE_METHOD(Counted, "history is the same after a start, and goes on") {
  live("ocr", 5ms, 40ms);
  checkpoint.write();
  live("ocr", 5ms, 40ms);
  State again(8);
  CheckpointWriter restarted(storage, again);
  recover(storage, again, restarted);
  CHECK(again.digest() == state.digest());
  const auto told = restarted.texts().history({0, now, {.limit = 10}}).rows;
  REQUIRE(told.size() == 1);
  CHECK(told[0].complete == 2);
}

TEST_CASE_METHOD(Counted, "minutes are kept for a day, and hours for 90 days") {
  live("ocr", 5ms, 40ms);
  advance(30h);
  live("ocr", 5ms, 40ms);
  CHECK(rows().size() == 1);
  CHECK(rows(HistoryStep::kHour).size() == 2);
  checkpoint.write();
  const std::size_t records = count("b");
  advance(24h * 95);
  live("ocr", 5ms, 40ms);
  checkpoint.write();
  CHECK(rows(HistoryStep::kHour).size() == 1);
  CHECK(count("b") <= records);
}

TEST_CASE_METHOD(Counted, "nothing is left on disk of a datasource that is dropped") {
  live("ocr", 5ms, 40ms);
  turn({{.job = {0, 0}, .change = Configured{DatasourceConfig{.description = "pages"}}}});
  checkpoint.write();
  REQUIRE(count("dfwbg") > 4);
  turn({{.job = {0, 1}, .change = Removed{0, 0}}});
  turn({{.job = {0, 0}, .change = DatasourceDropped{last_sequence + 1}}});
  checkpoint.write();
  CHECK(count("bcdefghjlnrsvw") == 0);
  State again(8);
  CheckpointWriter restarted(storage, again);
  recover(storage, again, restarted);
  CHECK(again.digest() == state.digest());
  turn({{.job = {0, 0}, .change = DatasourceAdded{"print"}}});
  live("ocr", 5ms, 40ms);
  checkpoint.write();
  CHECK(rows().at(0).complete == 1);
}

}  // namespace store
