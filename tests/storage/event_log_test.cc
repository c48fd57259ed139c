// The event log alone: what is read equals a naive list of all events, wherever they are.
#include "event_log.h"

#include <catch2/catch.hpp>
#include <random>

#include "event_list.h"
#include "faulty_storage.h"
#include "record.h"
#include "store_fixture.h"

namespace store {
namespace {

constexpr Sequence kBorder = Sequence{1} << kEventSegmentBits;
constexpr std::size_t kAllOnDisk = 0;
constexpr std::size_t kAllAtHand = 1u << 30;

// A log with a few datasources of a few clients.
class KnownLog {
 public:
  explicit KnownLog(std::size_t recent_bytes_max, Sequence first = 1)
      : log_(storage, recent_bytes_max), first_(first) {}

  FaultyStorage storage;
  Time now = Time(1000s);

  // One of the client's jobs.
  void note(DatasourceIndex datasource, const std::string& client, Sequence number = 0) {
    const Sequence job = 10 * static_cast<Sequence>(client.front() - 'a' + 1) + number;
    std::vector<Event>& all = all_[datasource];
    Event event{.sequence = first_ + all.size(),
                .job = {datasource, job},
                .time = now,
                .attempt = 3,
                .kind = Event::Kind::kProgress,
                .status = Status::kAccepted,
                .progress = 0.5F,
                .id = "j" + std::to_string(job),
                .client = client,
                .function = job % 2 == 0 ? "ocr" : "",
                .code = {},
                .text = std::to_string(all.size())};
    all.push_back(event);
    log_.note(std::move(event));
  }
  void write() {
    CheckpointBatch batch{.turn = ++turn_, .writes = {}};
    log_.write(batch);
    storage.write_checkpoint(batch);
    log_.cool();
  }
  void forget(DatasourceIndex datasource, Sequence oldest) {
    oldest_[datasource] = oldest;
    log_.note_forgotten(datasource, oldest);
  }
  EventList list(DatasourceIndex datasource) const {
    const auto oldest = oldest_.find(datasource);
    return EventList(all_.at(datasource), oldest == oldest_.end() ? first_ : oldest->second);
  }
  EventList::Read reader() const {
    return [this](const EventsReply& query) {
      return log_.read(query, list(query.scope.datasource).oldest(),
                       list(query.scope.datasource).last());
    };
  }
  Sequence first_since(DatasourceIndex datasource, Time since) const {
    return log_.first_since(datasource, since, list(datasource).oldest(), list(datasource).last());
  }
  const EventLog& log() const { return log_; }

  // Of all scopes that there are, with pages and scans of several sizes.
  void require_same(DatasourceIndex datasource) const {
    const EventList expected = list(datasource);
    for (const std::size_t limit : {3u, 1000u}) {
      for (const std::size_t scans : {16u, 100u, 10'000u}) {
        for (const std::string client : {"", "alice", "bob", "carol", "nobody"}) {
          expected.require_all(query(datasource, {datasource, client, 0}, limit, scans), reader());
        }
        for (const Sequence job : {10u, 11u, 12u}) {
          expected.require_all(query(datasource, {datasource, "alice", job}, limit, scans),
                               reader());
        }
      }
    }
  }
  EventsReply query(DatasourceIndex datasource, EventScope scope, std::size_t limit = 1000,
                    std::size_t scans = 10'000) const {
    return {.datasource = "scan",
            .scope = std::move(scope),
            .after = list(datasource).oldest() - 1,
            .limit = limit,
            .scans = scans};
  }

 private:
  EventLog log_;
  Sequence first_;
  TurnNumber turn_ = 0;
  std::map<DatasourceIndex, std::vector<Event>> all_;
  std::map<DatasourceIndex, Sequence> oldest_;
};

// Clients and jobs that come and go, writes now and then.
void fill(KnownLog& log, unsigned seed, int events) {
  std::mt19937 random(seed);
  const std::vector<std::string> clients{"alice", "alice", "bob", "carol"};
  for (int i = 0; i < events; ++i) {
    // Runs of one client, too, so that others have none for long.
    const std::string client = (i / 97) % 3 == 1 ? "bob" : clients[random() % clients.size()];
    log.note(random() % 4 == 0 ? 1 : 0, client, random() % 3);
    log.now += Span(random() % 5);
    if (random() % 50 == 0) {
      log.write();
    }
  }
}

}  // namespace

TEST_CASE("what is read equals a list of all events, wherever they are") {
  for (const std::size_t recent : {kAllOnDisk, std::size_t{5000}, kAllAtHand}) {
    for (const Sequence first : {Sequence{1}, kBorder - 300, 3 * kBorder - 1}) {
      CAPTURE(recent, first);
      KnownLog log(recent, first);
      fill(log, static_cast<unsigned>(first), 700);
      log.require_same(0);
      log.require_same(1);
      log.write();
      log.require_same(0);
      log.require_same(1);
    }
  }
}

TEST_CASE("from any event on a page holds those that follow") {
  KnownLog log(3000, kBorder - 200);
  fill(log, 7, 500);
  for (const std::string client : {"", "alice", "nobody"}) {
    for (Sequence after = kBorder - 201; after <= log.list(0).last(); ++after) {
      EventsReply query = log.query(0, {0, client, 0}, 7, 40);
      query.after = after;
      log.list(0).require_page(query, log.reader());
    }
  }
}

TEST_CASE("what is at hand needs no disk, and is bounded") {
  KnownLog log(100'000);
  for (int i = 0; i < 5000; ++i) {
    log.note(i % 2 == 0 ? 0 : 1, "alice");
  }
  log.write();
  FaultyStorage empty;
  std::swap(log.storage, empty);
  EventsReply query = log.query(0, {0, "alice", 0});
  query.after = log.list(0).last() - 100;
  REQUIRE(log.reader()(query).events.size() == 100);
  query.after = log.list(0).last() - 1000;
  REQUIRE(log.reader()(query).events.size() < 1000);
}

TEST_CASE("a client is found without a look at the others' events") {
  KnownLog log(kAllOnDisk);
  log.note(0, "alice");
  for (int i = 0; i < 5000; ++i) {
    log.note(0, "bob");
  }
  log.note(0, "alice");
  log.write();
  const FoundEvents found = log.reader()(log.query(0, {0, "alice", 0}, 10, 20));
  CHECK(found.events.size() == 2);
  CHECK(found.is_end);
  CHECK(found.cursor == 5002);
}

TEST_CASE("segments without an event of the client are passed over, at a price") {
  KnownLog log(kAllOnDisk, kBorder - 1);
  log.note(0, "alice");
  for (Sequence i = 0; i <= kBorder; ++i) {
    log.note(0, "bob");
  }
  log.note(0, "alice");
  log.write();
  const EventList list = log.list(0);
  list.require_all(log.query(0, {0, "alice", 0}, 10, 100), log.reader());
  list.require_all(log.query(0, {0, "alice", 0}, 10, 9), log.reader());
  list.require_all(log.query(0, {0, "nobody", 0}, 10, 9), log.reader());
  const FoundEvents found = log.reader()(log.query(0, {0, "nobody", 0}, 10, 9));
  CHECK_FALSE(found.is_end);
  CHECK(found.cursor == kBorder - 1);
}

TEST_CASE("pages of a few events are as good as full ones") {
  KnownLog log(kAllOnDisk, kBorder - 20);
  for (int i = 0; i < 40; ++i) {
    log.note(0, i % 3 == 0 ? "alice" : "bob", i % 2 == 0 ? 0 : 1);
    log.write();
  }
  REQUIRE(count_records(log.storage, "v") == 40);
  log.require_same(0);
  log.forget(0, kBorder + 5);
  log.write();
  REQUIRE(count_records(log.storage, "v") == 15);
  log.require_same(0);
}

TEST_CASE("a full page is one record, and the index one for each client and segment") {
  KnownLog log(kAllOnDisk, kBorder - 10);
  for (std::size_t i = 0; i < kEventsInPage; ++i) {
    log.note(0, i % 2 == 0 ? "alice" : "bob");
  }
  log.write();
  CHECK(count_records(log.storage, "v") == 1);
  CHECK(count_records(log.storage, "e") == 4);
}

TEST_CASE("events of one write may lie years apart") {
  KnownLog log(kAllOnDisk);
  for (int i = 0; i < 4; ++i) {
    log.note(0, "alice");
    log.note(0, "alice");
    log.now += std::chrono::hours(24 * 365);
  }
  log.write();
  log.require_same(0);
}

TEST_CASE("an event that was just noted is found by its number") {
  KnownLog log(kAllOnDisk);
  for (int i = 0; i < 10; ++i) {
    log.note(0, "alice");
  }
  CHECK(log.log().noted(0, 1).sequence == 1);
  CHECK(log.log().noted(0, 10).text == "9");
}

TEST_CASE("young events are kept, old ones go as exactly as pages are") {
  for (const std::size_t recent : {kAllOnDisk, std::size_t{20'000}, kAllAtHand}) {
    KnownLog log(recent, kBorder - 100);
    const Time begin = log.now;
    fill(log, 11, 1500);
    for (const bool is_written : {false, true}) {
      if (is_written) {
        log.write();
      }
      for (Time since = begin - 10ms; since < log.now + 10ms; since += 3ms) {
        const Sequence expected = log.list(0).first_since(since);
        const Sequence found = log.first_since(0, since);
        CAPTURE(recent, is_written, (since - begin).count(), expected);
        REQUIRE(found <= expected);
        REQUIRE(found >= log.list(0).oldest());
        REQUIRE(expected - found < kEventsInPage);
      }
    }
  }
}

TEST_CASE("events of the turn under way, which nobody has noted, are young") {
  for (const std::size_t recent : {kAllOnDisk, kAllAtHand}) {
    KnownLog log(recent);
    fill(log, 3, 100);
    log.write();
    const Sequence last = log.list(0).last();
    CAPTURE(recent);
    CHECK(log.log().first_since(0, log.now + 1h, 1, last + 2) == last + 1);
  }
}

TEST_CASE("that some events were forgotten makes none of the others old") {
  for (const std::size_t recent : {kAllOnDisk, kAllAtHand}) {
    KnownLog log(recent);
    const Time begin = log.now;
    fill(log, 13, 1500);
    log.write();
    log.forget(0, 400);
    CAPTURE(recent);
    CHECK(log.first_since(0, begin) == 400);
    log.write();
    CHECK(log.first_since(0, begin) == 400);
    const Time middle = begin + (log.now - begin) / 2;
    const Sequence expected = log.list(0).first_since(middle);
    CHECK(log.first_since(0, middle) <= expected);
    CHECK(log.first_since(0, middle) > expected - kEventsInPage);
  }
}

TEST_CASE("what is forgotten is deleted, what is young is not") {
  for (const std::size_t recent : {kAllOnDisk, kAllAtHand}) {
    KnownLog log(recent, kBorder - 500);
    fill(log, 5, 1000);
    log.write();
    for (const Sequence oldest : {kBorder - 300, kBorder - 1, kBorder, kBorder + 200}) {
      CAPTURE(recent, oldest);
      log.forget(0, oldest);
      log.write();
      log.require_same(0);
      log.require_same(1);
      log.storage.scan_checkpoint(
          event_page_key(0, 0).substr(0, 5),
          [&](std::string_view key, std::string_view) { REQUIRE(last_of_key(key) >= oldest); });
      log.storage.scan_checkpoint(event_segment_key(0, 0).substr(0, 5),
                                  [&](std::string_view key, std::string_view) {
                                    REQUIRE(last_of_key(key) / kBorder >= oldest / kBorder);
                                  });
    }
  }
}

TEST_CASE("all events may be forgotten, and new ones come") {
  KnownLog log(kAllOnDisk);
  fill(log, 9, 300);
  log.write();
  log.forget(0, log.list(0).last() + 1);
  log.write();
  CHECK(count_records(log.storage, event_page_key(0, 0).substr(0, 5)) == 0);
  log.require_same(0);
  log.note(0, "alice");
  log.require_same(0);
  log.write();
  log.require_same(0);
}

TEST_CASE("a query for nothing finds nothing") {
  KnownLog log(kAllOnDisk);
  log.note(0, "alice");
  EventsReply query = log.query(0, {0, "alice", 0}, 0);
  CHECK(log.reader()(query).events.empty());
  CHECK(log.reader()(query).is_end);
}

TEST_CASE("a page that is missing is damage") {
  KnownLog log(kAllOnDisk);
  log.note(0, "alice");
  log.write();
  CheckpointBatch batch{.turn = 9, .writes = {}};
  batch.deleted.push_back({"v", "w"});
  log.storage.write_checkpoint(batch);
  CHECK_THROWS_AS(log.reader()(log.query(0, {0, "alice", 0})), StorageError);
}

}  // namespace store
