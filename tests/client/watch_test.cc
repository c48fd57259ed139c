#include "jobq/watch.h"

#include <algorithm>

#include "subscriber.h"
#include "watch_fixture.h"

using namespace std::chrono_literals;
using Reason = jobq::WatchRepair::Reason;
using Kind = protocol::Event::Kind;

namespace {

// The questions to the journal so far.
std::vector<Asked> journal_questions(FakeStream& stream) {
  std::vector<Asked> asked = stream.asked();
  std::erase_if(asked, [](const Asked& one) { return !one.request().getBody().isEventQuery(); });
  return asked;
}

void set_heartbeats(FakeStream& stream, bool has_heartbeats) {
  stream.change([=](FakeStream::Options& options) { options.has_heartbeats = has_heartbeats; });
}

}  // namespace

TEST_CASE("a watch begins with a snapshot and goes on with events, from the stream") {
  WatchFixture fixture;
  fixture.stream.add("first", Kind::SUBMITTED);
  fixture.stream.add("done", Kind::COMPLETE);
  auto watch = fixture.watch();
  REQUIRE(watch.cursor() == 0);
  const auto snapshot = next_as<jobq::WatchSnapshot>(watch);
  REQUIRE(snapshot.cursor == 2);
  REQUIRE_FALSE(snapshot.is_after_loss);
  REQUIRE(snapshot.jobs.size() == 1);
  REQUIRE(snapshot.jobs[0].job == "first");
  REQUIRE(watch.cursor() == 2);
  await_stream(fixture.stream, watch);

  const auto sequence = fixture.stream.add("first", Kind::CANCEL_REQUESTED);
  const auto event = next_as<jobq::Event>(watch);
  REQUIRE(event.sequence == sequence);
  REQUIRE(event.kind == jobq::EventKind::kCancelRequested);
  REQUIRE(event.job == "first");
  REQUIRE(event.client == "alice");
  REQUIRE(watch.cursor() == sequence);

  const auto asked = fixture.stream.asked().at(0);
  REQUIRE(asked.path() == "/scan/job/events");
  REQUIRE(asked.request().getMethod() == protocol::Method::POST);
  const auto subscribe = asked.request().getBody().getSubscribe();
  REQUIRE(subscribe.getClient() == "alice");
  REQUIRE_FALSE(subscribe.getNoSnapshot());
}

TEST_CASE("scopes have paths of their own, for subscriptions and the journal") {
  const TemporaryDirectory directory;
  FakeStream stream(directory, {.has_stream = false});
  const auto paths_of = [&](jobq::WatchScope scope) {
    const std::size_t before = stream.asked().size();
    jobq::Watch watch(quick_connection(directory.endpoint()), std::move(scope), {.from = 0});
    stream.add("a");
    Seen seen;
    seen.take_until(watch, stream.last());
    const auto asked = stream.asked(before + 2);
    REQUIRE(asked.at(before + 1).request().getBody().isEventQuery());
    return std::pair(asked.at(before).path(), asked.at(before + 1).path());
  };
  const auto twice = [](const std::string& path) { return std::pair(path, path); };
  REQUIRE(paths_of({.datasource = "scan", .client = "alice"}) == twice("/scan/job/events"));
  REQUIRE(paths_of({.datasource = "scan", .job = "a"}) == twice("/scan/job/a/events"));
  REQUIRE(paths_of({.datasource = "scan", .as_driver = true}) == twice("/jobs/scan/events"));
  REQUIRE(paths_of({.datasource = "scan", .job = "a", .as_driver = true}) ==
          twice("/jobs/scan/job/a/events"));
}

TEST_CASE("the pages of a snapshot are joined, without jobs that came after it") {
  WatchFixture fixture({.page_max = 2});
  for (const char* job : {"a", "b", "c", "d", "e"}) {
    fixture.stream.add(job, Kind::SUBMITTED);
  }
  auto watch = fixture.watch();
  REQUIRE_FALSE(watch.next(0ms));  // the first page is there
  fixture.stream.add("younger", Kind::SUBMITTED);
  const auto snapshot = next_as<jobq::WatchSnapshot>(watch);
  REQUIRE(snapshot.jobs.size() == 5);
  REQUIRE(snapshot.jobs[4].job == "e");
  REQUIRE(next_as<jobq::Event>(watch).job == "younger");
}

TEST_CASE("what happens between subscription and stream is no repair") {
  WatchFixture fixture({.promised = 10s, .has_heartbeats = false});
  auto watch = fixture.watch_from_now();
  fixture.stream.add_unsent("between");
  set_heartbeats(fixture.stream, true);  // the first frame comes only now
  REQUIRE(next_as<jobq::Event>(watch).job == "between");
  REQUIRE(watch.counters().repairs == 0);
  REQUIRE_FALSE(
      journal_questions(fixture.stream).at(0).request().getBody().getEventQuery().getIsRepair());
}

TEST_CASE("the events of a frame follow each other") {
  WatchFixture fixture({.faults = {.joined = 100}});
  auto watch = fixture.watch_stream();
  const auto before = watch.counters();
  fixture.stream.add("a");
  fixture.stream.add("b", Kind::PROGRESS, "bob");
  fixture.stream.add("c");
  REQUIRE(next_as<jobq::Event>(watch).job == "a");
  REQUIRE(next_as<jobq::Event>(watch).job == "c");
  REQUIRE(watch.counters().from_stream == before.from_stream + 2);
  REQUIRE(watch.counters().repairs == before.repairs);
}

TEST_CASE("a gap is marked, and mended from the journal") {
  WatchFixture fixture({.promised = 10s, .page_max = 2});
  auto watch = fixture.watch_stream();
  set_heartbeats(fixture.stream, false);  // the next frame is that of "d"
  const std::uint64_t before = watch.cursor();
  for (const char* job : {"a", "b", "c"}) {
    fixture.stream.add_unsent(job);
  }
  fixture.stream.add("d");
  const auto repair = next_as<jobq::WatchRepair>(watch);
  REQUIRE(repair.reason == Reason::kGap);
  REQUIRE(repair.cursor == before);
  for (const char* job : {"a", "b", "c", "d"}) {
    REQUIRE(next_as<jobq::Event>(watch).job == job);
  }
  const auto questions = journal_questions(fixture.stream);
  REQUIRE(questions.size() >= 2);
  for (std::size_t i = questions.size() - 2; i < questions.size(); ++i) {
    REQUIRE(questions[i].request().getBody().getEventQuery().getIsRepair());
  }
  REQUIRE(watch.counters().repairs == 1);
  REQUIRE(watch.counters().from_log >= 4);
  // And the stream goes on.
  fixture.stream.add("e");
  REQUIRE(next_as<jobq::Event>(watch).job == "e");
}

TEST_CASE("the cursor is what has been handed out, not what has been read") {
  WatchFixture fixture({.has_stream = false});
  const auto first = fixture.stream.add("a");
  const auto second = fixture.stream.add("b");
  fixture.stream.add("c", Kind::PROGRESS, "bob");
  auto watch = fixture.watch({.from = 0});
  REQUIRE(next_as<jobq::Event>(watch).job == "a");
  REQUIRE(watch.cursor() == first);
  REQUIRE(next_as<jobq::Event>(watch).job == "b");
  REQUIRE(watch.cursor() >= second);
}

TEST_CASE("events of unknown kinds are events") {
  WatchFixture fixture;
  auto watch = fixture.watch_stream();
  fixture.stream.add("a", static_cast<Kind>(99));
  REQUIRE(next_as<jobq::Event>(watch).kind == jobq::EventKind::kOther);
}

TEST_CASE("from a cursor there is no snapshot, and none is asked for") {
  WatchFixture fixture;
  for (const char* job : {"a", "b", "c"}) {
    fixture.stream.add(job);
  }
  auto watch = fixture.watch({.from = 1});
  REQUIRE(watch.cursor() == 1);
  REQUIRE(next_as<jobq::Event>(watch).job == "b");
  REQUIRE(next_as<jobq::Event>(watch).job == "c");
  REQUIRE(watch.counters().repairs == 0);
  REQUIRE(fixture.stream.asked().at(0).request().getBody().getSubscribe().getNoSnapshot());
}

TEST_CASE("where the journal does not reach back, a snapshot says what was lost") {
  WatchFixture fixture;
  for (const char* job : {"a", "b", "c"}) {
    fixture.stream.add(job);
  }
  fixture.stream.forget(2);
  auto watch = fixture.watch({.from = 1});
  const auto snapshot = next_as<jobq::WatchSnapshot>(watch);
  REQUIRE(snapshot.is_after_loss);
  REQUIRE(snapshot.cursor == 3);
  REQUIRE(snapshot.jobs.size() == 3);
  REQUIRE(watch.cursor() == 3);
  fixture.stream.add("d");
  REQUIRE(next_as<jobq::Event>(watch).job == "d");
}

TEST_CASE("another journal in the same place is a loss too") {
  WatchFixture fixture;
  auto watch = fixture.watch_stream();
  await_stream(fixture.stream, watch);
  fixture.stream.restart([&] {
    fixture.stream.wipe();
    fixture.stream.add_unsent("other");
  });
  std::optional<jobq::WatchNews> news;
  do {
    news = watch.next(kForEver);
    REQUIRE(news);
  } while (std::holds_alternative<jobq::WatchRepair>(*news));
  REQUIRE(std::get<jobq::WatchSnapshot>(*news).is_after_loss);
  REQUIRE(watch.cursor() == 1);
}

TEST_CASE("a store that restarts is told of, and of its return") {
  WatchFixture fixture;
  auto watch = fixture.watch_stream();
  fixture.stream.stop();
  REQUIRE(next_reason(watch) == Reason::kDisconnected);
  REQUIRE_FALSE(watch.next(1ms));  // away is no exception
  const std::uint64_t sequence = fixture.stream.add_unsent("meanwhile");
  fixture.stream.start();
  Seen seen;
  seen.take_until(watch, sequence);
  REQUIRE(seen.events == std::vector{sequence});
  while (seen.count(Reason::kBack) == 0) {
    seen.take(*watch.next(kForEver));
  }
  REQUIRE(watch.counters().reconnects >= 1);
  REQUIRE(watch.counters().repairs >= 1);
}

TEST_CASE("a topic that ends is subscribed to anew, without a snapshot") {
  WatchFixture fixture;
  auto watch = fixture.watch_stream();
  fixture.stream.end_topic();
  REQUIRE(next_reason(watch) == Reason::kEnded);
  REQUIRE(next_reason(watch) == Reason::kBack);
  REQUIRE(watch.counters().reconnects == 1);
  std::vector<Asked> asked = fixture.stream.asked();
  std::erase_if(asked, [](const Asked& one) { return !one.request().getBody().isSubscribe(); });
  REQUIRE(asked.at(1).request().getBody().getSubscribe().getNoSnapshot());
  await_stream(fixture.stream, watch);
}

TEST_CASE("a stream that falls silent is subscribed to anew") {
  WatchFixture fixture({.promised = 100ms});
  auto watch = fixture.watch_stream();
  set_heartbeats(fixture.stream, false);
  REQUIRE(next_reason(watch) == Reason::kSilence);
  REQUIRE(fixture.stream.subscriptions() == 1);
  set_heartbeats(fixture.stream, true);
  Seen seen;
  while (seen.count(Reason::kBack) == 0) {
    seen.take(*watch.next(kForEver));
  }
  REQUIRE(fixture.stream.subscriptions() >= 2);
}
