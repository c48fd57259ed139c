#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "golden_records.h"
#include "record.capnp.h"
#include "record.h"

namespace store {
namespace {

Hash hash(std::uint8_t first) {
  Hash bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(first + i);
  }
  return bytes;
}

const Terms kTerms{.keep_for = Span(60'000),
                   .valid_for = Span(86'400'000),
                   .timeout = Span(20'000),
                   .failures_max = 5,
                   .lost_leases_max = 3,
                   .releases_max = 7,
                   .backoff = Backoff{Span(1000), Span(3'600'000), 200, 20}};
const Terms kOtherTerms{.keep_for = Span(1),
                        .valid_for = {},
                        .timeout = {},
                        .failures_max = 1,
                        .lost_leases_max = 1,
                        .releases_max = 0,
                        .backoff = Backoff{{}, {}, 100, 0}};

DatasourceConfig config() {
  return {.description = "The scanner on the first floor",
          .priority = 30,
          .terms = {.keep_for = Span(1000),
                    .valid_for = Span(2000),
                    .timeout = Span(3000),
                    .failures_max = 4,
                    .lost_leases_max = 5,
                    .releases_max = 6,
                    .backoff = Backoff{Span(0), Span(7), 150, 0}},
          .lease = Span(8000),
          .cancel_grace = Span(9000),
          .waiting_max = 10,
          .waiting_per_client_max = 11,
          .running_max = 12,
          .weights = {{"alice", 3}, {"bob", 2}}};
}

Submitted submitted(const std::string& id, const Terms& terms) {
  return {.id = id,
          .client = "alice",
          .function = "copy",
          .request = R"({"name":"Überblick"})",
          .trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          .tags = {"blue", "floor 1"},
          .priority = 70,
          .not_before = at(5000),
          .terms = terms,
          .content = hash(1)};
}

std::vector<Entry> numbered(std::vector<Entry> entries) {
  Sequence sequence = 6;
  for (Entry& entry : entries) {
    entry.sequence = traits_of(entry.change).is_event ? ++sequence : 0;
  }
  return entries;
}

// One entry of each kind at least. They need not fit each other: a record is only bytes.
std::vector<Entry> one_of_each() {
  const JobKey job{2, 7};
  const JobError failure{"exit-1", "the scanner jammed", "tray 2"};
  std::vector<Entry> entries = {
      {.sequence = 0, .job = {2, 0}, .change = DatasourceAdded{"scan"}},
      {.sequence = 0, .job = {2, 0}, .change = Configured{config()}},
      {.sequence = 0, .job = {2, 0}, .change = Configured{}},
      {.sequence = 0, .job = {2, 0}, .change = ModeSet{Mode::kDraining}},
      {.sequence = 0, .job = {2, 0}, .change = WorkerForgotten{"host:1"}},
      {.sequence = 0, .job = {2, 0}, .change = EventsForgotten{5}},
      {.sequence = 0, .job = job, .change = submitted("j-1", kTerms)},
      // The same terms again, which are not written twice; not even by the next but one.
      {.sequence = 0, .job = job, .change = plain("j-2", kTerms)},
      {.sequence = 0, .job = job, .change = Due{}},
      {.sequence = 0, .job = job, .change = submitted("j-3", kTerms)},
      {.sequence = 0, .job = job, .change = plain("j-4", kOtherTerms)},
      {.sequence = 0, .job = job, .change = plain("j-5", kTerms)},
      {.sequence = 0, .job = job, .change = Restarted{6, "j-6"}},
      {.sequence = 0, .job = job, .change = Expired{failure}},
      {.sequence = 0, .job = job, .change = Edited{90, at(7000), "[2]", true}},
      {.sequence = 0, .job = job, .change = Edited{}},
      {.sequence = 0, .job = job, .change = Accepted{"host:4711", 12, at(30'000), false}},
      // The same worker again, which is not written twice.
      {.sequence = 0, .job = {2, 6}, .change = Accepted{"host:4711", 13, at(30'000), true}},
      {.sequence = 0, .job = {2, 5}, .change = Accepted{"host:4712", 1, at(30'000), false}},
      {.sequence = 0, .job = job, .change = Renewed{at(60'000)}},
      {.sequence = 0, .job = job, .change = Progressed{0.25F, "a quarter"}},
      {.sequence = 0, .job = job, .change = Logged{1001, 3, 17, LogLevel::kError, "no paper"}},
      {.sequence = 0, .job = job, .change = Completed{R"(["done"])"}},
      {.sequence = 0, .job = job, .change = Failed{failure}},
      {.sequence = 0, .job = job, .change = Forbidden{failure}},
      {.sequence = 0, .job = job, .change = Retried{failure, at(8000), hash(2)}},
      {.sequence = 0, .job = job, .change = Retried{failure, at(8000), {}}},
      {.sequence = 0, .job = job, .change = RetriedLast{failure, hash(3)}},
      {.sequence = 0, .job = job, .change = Released{"draining", at(9000), hash(4)}},
      {.sequence = 0, .job = job, .change = ReleasedLast{failure, hash(5)}},
      {.sequence = 0, .job = job, .change = LeaseLost{}},
      {.sequence = 0, .job = job, .change = LeaseLostLast{failure}},
      {.sequence = 0, .job = job, .change = Returned{}},
      {.sequence = 0, .job = job, .change = CancelRequested{at(10'000)}},
      {.sequence = 0, .job = job, .change = Cancelled{hash(6)}},
      {.sequence = 0, .job = job, .change = Cancelled{}},
      {.sequence = 0, .job = job, .change = Removed{2500, 40}}};
  return numbered(std::move(entries));
}

// Of a kind that came later.
std::vector<Entry> imported() {
  jobq::JobStatus job;
  job.job = "j-1";
  job.client = "alice";
  job.status = Status::kFailed;
  job.priority = 70;
  job.attempt = 3;
  job.finished_at = at(9000);
  job.error = {"exit-1", "the scanner jammed", "tray 2"};
  job.tags = {"a4", "colour"};
  job.terms = kTerms;
  job.request = "[1]";
  job.attempts = {{2, "host:4711", at(10), at(20), Ending::kReleased, {"", "draining", ""}}};
  job.content = "000102030405060708090a0b0c0d0eff";
  return numbered({{.sequence = 0,
                    .job = {2, 7},
                    .change = Imported{std::make_shared<const jobq::JobStatus>(job)}}});
}

// Jobs in the statuses that a record can have, made the way the store makes them.
struct Written {
  State table{1};
  Sequence sequence = 0;

  Written() {
    apply(0, 0, DatasourceAdded{"scan"});
    apply(0, 0, Configured{config()});
    apply(0, 0, ModeSet{Mode::kPaused});
    apply(1, 1, submitted("delayed", kTerms));
    apply(1, 2, submitted_at_once("accepted"));
    apply(1, 3, submitted_at_once("complete"));
    apply(1, 4, submitted_at_once("failed"));
    apply(2, 2, Accepted{"host:1", 11, at(30'000), false});
    apply(3, 2, Retried{{"exit-1", "jammed", "tray 2"}, at(3), hash(2)});
    apply(10, 2, Accepted{"host:4711", 12, at(31'000), false});
    apply(10, 3, Accepted{"host:4711", 12, at(31'000), false});
    apply(10, 4, Accepted{"host:4712", 1, at(31'000), true});
    apply(20, 2, Progressed{0.5F, "half"});
    apply(21, 2, Logged{1, 2, 5, LogLevel::kInfo, "a line"});
    apply(22, 2, CancelRequested{at(9022)});
    apply(30, 3, Completed{R"(["done"])"});
    apply(40, 4, Failed{{"exit-1", "jammed", "tray 2"}});
    apply(50, sequence + 1, Restarted{3, "child"});
    apply(51, sequence + 1, submitted_at_once("waiting"));
    // Which these records are too old to say.
    table.jobs.at(table.slot_of({0, 3})).response_bytes = 0;
    table.jobs.at(table.slot_of({0, 2})).started_at = {};
    for (auto& [function, counts] : table.datasources[0]->functions) {
      counts.waits = counts.runs = {};
    }
  }
  void apply(std::int64_t ms, Sequence job, Change change) {
    Entry entry{.sequence = 0, .job = {0, job}, .change = std::move(change)};
    if (traits_of(entry.change).is_event) {
      entry.sequence = ++sequence;
    }
    table.apply(at(ms), entry);
  }
  static Submitted submitted_at_once(const std::string& id) {
    Submitted change = submitted(id, kTerms);
    change.not_before = {};
    return change;
  }
  const Job& job(const std::string& id) const { return *table.find(0, id); }
};

const Payload kPayload{R"({"page":1})", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};

// Takes a job from its record, and checks what the table would not notice.
StoredJob read_job(const Written& jobs, const std::string& id, const Texts& texts, bool is_whole) {
  const Job& job = jobs.job(id);
  INFO(id);
  const std::string record = stored<record::Job>(
      "record-job-" + id, encode_job(jobs.table, job, texts, is_whole ? &kPayload : nullptr));
  const StoredTexts read = decode_job_texts(record);
  CHECK(describe(read.texts) == describe(texts));
  CHECK(describe(read.payload) == describe(is_whole ? std::optional(kPayload) : std::nullopt));
  const StoredNames names = decode_job_names(record);
  CHECK(names.client == "alice");
  CHECK(names.function == "copy");
  StoredJob again = decode_job(job.key, record);
  CHECK(again.job.has_failure == job.has_failure);
  CHECK(again.job.has_message == job.has_message);
  CHECK(again.job.log_lines == job.log_lines);
  CHECK(again.job.attempt_log_lines == job.attempt_log_lines);
  CHECK(again.job.keep_for == job.keep_for);
  CHECK(again.links.parent == jobs.table.links.of(job).parent);
  CHECK(again.links.child == jobs.table.links.of(job).child);
  return again;
}

}  // namespace

TEST_CASE("a turn with an entry of each kind reads as when it was released") {
  const std::vector<Entry> entries = one_of_each();
  std::vector<bool> kinds(std::variant_size_v<Change>);
  for (const Entry& entry : entries) {
    kinds[entry.change.index()] = true;
  }
  // record-turn-tokens has those of tokens, record-turn-imported, record-turn-after,
  // record-turn-schedules, record-turn-functions, record-turn-state, record-turn-flags,
  // record-turn-then, record-turn-pauses, record-turn-dropped, record-turn-labels and
  // record-turn-code these.
  for (const Change& change : {Change(Charged{}),         Change(TokenRevoked{}),
                               Change(TokenForgotten{}),  Change(Imported{}),
                               Change(ScheduleSet{}),     Change(ScheduleChanged{}),
                               Change(ScheduleRemoved{}), Change(FunctionSet{}),
                               Change(FunctionRemoved{}), Change(AwaitedEnded{}),
                               Change(Unmet{}),           Change(CheckpointLeft{}),
                               Change(StateChanged{}),    Change(Flagged{}),
                               Change(StallPutOff{}),     Change(PutOff{}),
                               Change(GroupEnded{}),      Change(NotAdmitted{}),
                               Change(HeldBack{}),        Change(LetGo{}),
                               Change(Followed{}),        Change(KeptFor{}),
                               Change(StorePaused{}),     Change(StoreOrdered{}),
                               Change(WorkerOrdered{}),   Change(DatasourceDropped{}),
                               Change(CodeAdded{}),       Change(CodeUsed{}),
                               Change(CodeRemoved{})}) {
    kinds[change.index()] = true;
  }
  REQUIRE(kinds == std::vector<bool>(std::variant_size_v<Change>, true));

  const DecodedTurn turn =
      decode_turn(stored<record::Turn>("record-turn", encode_turn(at(0), entries)));
  CHECK(turn.time == at(0));
  REQUIRE(turn.entries.size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(describe(turn.entries[i]) == describe(entries[i]));
    CHECK_FALSE(turn.entries[i].ended);
  }
}

TEST_CASE("a job of an export is in the journal with all that it has") {
  const std::vector<Entry> entries = imported();
  const DecodedTurn turn =
      decode_turn(stored<record::Turn>("record-turn-imported", encode_turn(at(0), entries)));
  REQUIRE(turn.entries.size() == 1);
  CHECK(describe(turn.entries[0]) == describe(entries[0]));
  jobq::JobStatus damaged = *std::get<Imported>(entries[0].change).job;
  const auto check_damaged = [&] {
    const Entry entry{.sequence = 1,
                      .job = {2, 1},
                      .change = Imported{std::make_shared<const jobq::JobStatus>(damaged)}};
    CHECK_THROWS_AS(decode_turn(encode_turn(at(0), {entry})), StorageError);
  };
  damaged.status = static_cast<Status>(kCountOf<Status>);
  check_damaged();
  damaged.status = Status::kFailed;
  damaged.terms.reset();
  check_damaged();
  check_cuts(encode_turn(at(0), entries), decode_turn);
}

TEST_CASE("a state reads from its records as when they were released") {
  const Written jobs;
  const Datasource& datasource = jobs.table.datasource(0);
  const JobError jam{"exit-1", "jammed", "tray 2"};
  State again(2);
  Restore restore(again);

  const Marker marker{at(51), {{"scan", datasource.last_sequence, datasource.last_stamp, 9}}};
  const Marker read =
      decode_record<Marker>(stored<record::Marker>("record-marker", encode_record(marker)));
  CHECK(read.time == marker.time);
  REQUIRE(read.datasources == marker.datasources);
  restore.datasource(read.datasources[0].name, read.datasources[0].last_sequence,
                     read.datasources[0].last_stamp, datasource.oldest_event,
                     read.datasources[0].maker);

  DatasourceState kept = decode_record<DatasourceState>(stored<record::DatasourceState>(
      "record-datasource", encode_record(DatasourceState{datasource.config, datasource.mode})));
  CHECK(kept == DatasourceState{config(), Mode::kPaused});
  restore.config(0, std::move(kept.config), kept.mode, std::move(kept.orders));

  restore.counters(0, "copy",
                   decode_record<FunctionCounts>(stored<record::FunctionCounters>(
                       "record-counters", encode_record(datasource.functions.at("copy").total))));
  restore.rotations(0, "alice",
                    decode_record<std::vector<Rotation>>(stored<record::Rotation>(
                        "record-rotation", encode_record(jobs.table.rotations_of(0, "alice")))));

  restore.job(read_job(jobs, "delayed", {}, false));
  restore.job(read_job(jobs, "accepted", {{}, jam, "half"}, false));
  restore.job(read_job(jobs, "complete", {R"(["done"])", {}, {}}, true));
  restore.job(read_job(jobs, "failed", {{}, jam, {}}, true));
  restore.job(read_job(jobs, "child", {}, false));
  restore.job(read_job(jobs, "waiting", {}, false));
  for (const auto& [name, worker] : datasource.workers.all()) {
    restore.worker(0, name, decode_record<Worker>(encode_record(worker)));
  }
  restore.finish();
  CHECK(again.digest() == jobs.table.digest());
}

TEST_CASE("small records read as when they were released") {
  check_reads<record::FunctionCounters>("", Counters{1, 2, 3, 4, 5, 6, 7, 8, Span(9), Span(10)});
  check_reads<record::Payload>("record-given", kPayload);
  check_reads<record::Attempt>("record-attempt", Attempt{41,
                                                         "host:4711",
                                                         at(1),
                                                         at(2),
                                                         Ending::kTimeout,
                                                         {"timeout", "ran longer than 20 s", {}}});
  check_reads<record::LogLine>("record-log-line",
                               LogLine{1001, at(3), 41, LogLevel::kWarning, "little paper"});
  check_reads<record::Rotation>("", std::vector<Rotation>{{100, UINT64_MAX, 99}, {1, 7, 0}});
  Worker worker;
  worker.request_number = UINT64_MAX;
  worker.heard_at = at(5);
  check_reads<record::Worker>("record-worker", worker);
}

TEST_CASE("a record that is cut off is an error, wherever it ends") {
  check_cuts(encode_turn(at(0), one_of_each()), decode_turn);
}

TEST_CASE("a number that stands for nothing is damage") {
  Attempt ended;
  ended.ending = static_cast<Ending>(kCountOf<Ending>);
  CHECK_THROWS_AS(decode_record<Attempt>(encode_record(ended)), StorageError);
  LogLine line;
  line.level = static_cast<LogLevel>(kCountOf<LogLevel>);
  CHECK_THROWS_AS(decode_record<LogLine>(encode_record(line)), StorageError);
  const auto mode = static_cast<Mode>(kCountOf<Mode>);
  CHECK_THROWS_AS(decode_record<DatasourceState>(encode_record(DatasourceState{{}, mode})),
                  StorageError);
  CHECK_THROWS_AS(decode_turn(encode_turn(at(0), {{0, {0, 0}, ModeSet{mode}}})), StorageError);
}

TEST_CASE("keys sort by datasource and sequence and can be taken apart") {
  const JobKey job{0x01020304, 0x05060708090a0b0c};
  const std::string tail("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12);
  CHECK(job_key(job) == 'j' + tail);
  CHECK(payload_key(job) == 'r' + tail);
  CHECK(attempt_key(job, 33) == 'h' + tail + std::string("\0\0\0\1", 4));
  CHECK(log_line_key(job, 999) == 'l' + tail + std::string("\0\0\3\xe7", 4));
  CHECK(log_line_key(job, 2000) == 'l' + tail + std::string(4, '\0'));
  CHECK(datasource_key(job.datasource) == 'd' + tail.substr(0, 4));
  CHECK(function_key(job.datasource, "copy") == 'f' + tail.substr(0, 4) + "copy");
  CHECK(function_key(job.datasource, "") == 'f' + tail.substr(0, 4));
  CHECK(rotation_key(job.datasource, "alice") == 'c' + tail.substr(0, 4) + "alice");
  CHECK(worker_key(job.datasource, "w") == 'w' + tail.substr(0, 4) + "w");
  CHECK(job_of_key(job_key(job)) == job);
  CHECK(job_of_key(log_line_key(job, 1)) == job);
  CHECK(datasource_of_key(datasource_key(job.datasource)) == job.datasource);
  CHECK(name_of_key(rotation_key(job.datasource, "alice")) == "alice");
  CHECK(name_of_key(function_key(job.datasource, "")).empty());
  CHECK(job_key({0, 255}) < job_key({0, 256}));
  CHECK(job_key({0, UINT64_MAX}) < job_key({1, 0}));
}

// Each behind "record-".
constexpr const char* kRecords =
    R"(turn job-delayed job-accepted job-complete job-failed job-child job-waiting marker datasource
counters rotation given attempt log-line worker event-page event-index turn-tokens
turn-schedules schedule turn-functions function datasource-strict token-use token-use-revoked
job-tokens datasource-costs turn-imported datasource-item turn-keys job-keys
datasource-keys turn-after job-after turn-state function-values job-checkpoint turn-flags
job-flags turn-then job-then turn-pauses marker-paused turn-dropped marker-dropped
counters-history datasource-limits turn-labels job-labels datasource-rates rotation-levels
turn-after-group job-after-group turn-grants job-grants turn-running
turn-orders marker-order datasource-orders turn-code code job-code)";

TEST_CASE("every golden record is tested") {
  std::istringstream list(kRecords);
  const std::vector<std::string> names(std::istream_iterator<std::string>(list), {});
  for (const auto& file : std::filesystem::directory_iterator(GOLDEN_DIR)) {
    const std::string name = file.path().stem().string();
    if (name.starts_with("record-")) {
      CHECK_THAT(names, Catch::VectorContains(name.substr(7)));
    }
  }
}

}  // namespace store
