#include <catch2/catch.hpp>
#include <filesystem>

#include "describe.h"
#include "golden_files.h"
#include "record.capnp.h"
#include "record.h"
#include "text_form.h"

namespace store {
namespace {

// Requires that the record is what released versions wrote, and returns what is in the file.
template <typename Root>
std::string stored(const std::string& name, const std::string& bytes) {
  golden::check(name, bytes, text_form<Root>(bytes));
  return golden::read(name);
}

Time at(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

// One entry of each kind. They need not fit each other: a record is only bytes.
std::vector<Entry> one_of_each() {
  const JobKey job{2, 7};
  return {
      {.sequence = 0, .job = {2, 0}, .change = DatasourceAdded{"scan"}},
      {.sequence = 7,
       .job = job,
       .change = Submitted{"j-1", "alice", R"({"name":"Überblick"})", 70, Span(60'000)}},
      {.sequence = 8, .job = job, .change = Accepted{"host:4711", 12, at(30'000)}},
      // The same worker again, which is not written twice.
      {.sequence = 9, .job = {2, 6}, .change = Accepted{"host:4711", 12, at(30'000)}},
      {.sequence = 0, .job = job, .change = Renewed{at(60'000)}},
      {.sequence = 10, .job = job, .change = Completed{R"(["done"])"}},
      {.sequence = 11, .job = job, .change = Failed{{"exit-1", "the scanner jammed", "tray 2"}}},
      {.sequence = 12, .job = job, .change = LeaseLost{}},
      {.sequence = 13, .job = job, .change = LeaseLostLast{{"lost-leases", "3 attempts", ""}}},
      {.sequence = 14, .job = job, .change = Returned{}},
      {.sequence = 0, .job = job, .change = Removed{}},
      {.sequence = 0, .job = {2, 0}, .change = WorkerForgotten{"host:1"}},
  };
}

// Jobs in the statuses that a record can have, made the way the store makes them.
struct Jobs {
  JobTable table{1};
  Texts texts{.request = R"({"page":1})", .response = {}, .failure = {}};

  Jobs() {
    apply(0, {.job = {0, 0}, .change = DatasourceAdded{"scan"}});
    submit(1, "waiting");
    submit(2, "accepted");
    submit(3, "complete");
    submit(4, "failed");
    const auto accepted = Accepted{"host:4711", 12, at(30'000)};
    apply(100, {.sequence = 5, .job = {0, 2}, .change = accepted});
    apply(100, {.sequence = 6, .job = {0, 3}, .change = accepted});
    apply(100, {.sequence = 7, .job = {0, 4}, .change = accepted});
    apply(200, {.sequence = 8, .job = {0, 3}, .change = Completed{R"(["done"])"}});
    apply(300, {.sequence = 9, .job = {0, 4}, .change = Failed{{"exit-1", "jammed", "tray 2"}}});
  }
  void apply(std::int64_t ms, Entry entry) { table.apply(at(ms), entry); }
  void submit(Sequence sequence, const std::string& id) {
    apply(0, {.sequence = sequence,
              .job = {0, sequence},
              .change = Submitted{id, "alice", texts.request, 70, Span(60'000)}});
  }
  const Job& job(Sequence sequence) const { return *table.find(JobKey{0, sequence}); }
};

void check_job(const std::string& name, Sequence sequence, const Texts& texts, bool request_apart) {
  const Jobs jobs;
  const Job& job = jobs.job(sequence);
  const std::string record =
      stored<record::Job>(name, encode_job(jobs.table, job, texts, request_apart));
  const DecodedJob decoded = decode_job(job.key, record, true);
  const Job& read = decoded.job.job;
  INFO(name);
  CHECK(read.id == job.id);
  CHECK(read.key == job.key);
  CHECK(read.changed == job.changed);
  CHECK(decoded.job.client == "alice");
  CHECK(decoded.job.worker == jobs.table.worker_of(job));
  CHECK(read.status == job.status);
  CHECK(read.priority == job.priority);
  CHECK(read.attempt == job.attempt);
  CHECK(read.lost_leases == job.lost_leases);
  CHECK(read.request_bytes == job.request_bytes);
  CHECK(read.submitted_at == job.submitted_at);
  CHECK(read.accepted_at == job.accepted_at);
  CHECK(read.deadline == job.deadline);
  CHECK(read.finished_at == job.finished_at);
  CHECK(read.keep_for == job.keep_for);
  CHECK(read.request_number == job.request_number);
  CHECK(read.content == job.content);
  CHECK(read.outcome == job.outcome);
  CHECK(decoded.request_apart == request_apart);
  CHECK(decoded.texts.request == (request_apart ? "" : texts.request));
  CHECK(decoded.texts.response == texts.response);
  CHECK(decoded.texts.failure.code == texts.failure.code);
  CHECK(decoded.texts.failure.message == texts.failure.message);
  CHECK(decoded.texts.failure.detail == texts.failure.detail);
  CHECK(decode_job(job.key, record, false).texts.request.empty());
}

}  // namespace

TEST_CASE("a turn with an entry of each kind reads as when it was released", "[golden]") {
  const std::vector<Entry> entries = one_of_each();
  std::vector<bool> kinds(std::variant_size_v<Change>);
  for (const Entry& entry : entries) {
    kinds[entry.change.index()] = true;
  }
  REQUIRE(kinds == std::vector<bool>(std::variant_size_v<Change>, true));

  const DecodedTurn turn =
      decode_turn(stored<record::Turn>("record-turn", encode_turn(at(0), entries)));
  CHECK(turn.time == at(0));
  REQUIRE(turn.entries.size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(describe(turn.entries[i]) == describe(entries[i]));
  }
}

TEST_CASE("job records read as when they were released", "[golden]") {
  const Texts waiting{.request = R"({"page":1})", .response = {}, .failure = {}};
  check_job("record-job-waiting", 1, waiting, true);
  check_job("record-job-accepted", 2, waiting, true);
  check_job("record-job-complete", 3,
            {.request = R"({"page":1})", .response = R"(["done"])", .failure = {}}, false);
  check_job("record-job-failed", 4,
            {.request = R"({"page":1})", .response = {}, .failure = {"exit-1", "jammed", "tray 2"}},
            false);
}

TEST_CASE("marker, rotation and worker records read as when they were released", "[golden]") {
  const Marker marker{at(0), {{"scan", 41}, {"print", 0}}};
  const Marker read = decode_marker(stored<record::Marker>("record-marker", encode_marker(marker)));
  CHECK(read.time == marker.time);
  CHECK(read.datasources == marker.datasources);

  const Stamps stamps{{1, 0}, {50, 7}, {100, 1'000'000'000'000}};
  CHECK(decode_rotation(stored<record::Rotation>("record-rotation", encode_rotation(stamps))) ==
        stamps);

  const Worker worker = decode_worker(
      stored<record::Worker>("record-worker", encode_worker({UINT64_MAX, at(5), {}})));
  CHECK(worker.request_number == UINT64_MAX);
  CHECK(worker.heard_at == at(5));
}

TEST_CASE("a record that is cut off is an error, wherever it ends", "[golden]") {
  const std::string record = encode_turn(at(0), one_of_each());
  for (std::size_t size = 0; size < record.size(); ++size) {
    INFO("cut to " << size << " of " << record.size());
    const std::string cut(record.data(), size);
    CHECK_THROWS_AS(decode_turn(cut), StorageError);
  }
}

TEST_CASE("keys sort by datasource and sequence and can be taken apart", "[golden]") {
  const JobKey job{0x01020304, 0x05060708090a0b0c};
  const std::string tail("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12);
  CHECK(job_key(job) == 'j' + tail);
  CHECK(request_key(job) == 'r' + tail);
  CHECK(rotation_key(job.datasource, "alice") == 'c' + tail.substr(0, 4) + "alice");
  CHECK(worker_key(job.datasource, "w") == 'w' + tail.substr(0, 4) + "w");
  CHECK(job_of_key(job_key(job)) == job);
  CHECK(name_of_key(rotation_key(job.datasource, "alice")) == "alice");
  CHECK(job_key({0, 255}) < job_key({0, 256}));
  CHECK(job_key({0, UINT64_MAX}) < job_key({1, 0}));
}

TEST_CASE("every golden record is tested", "[golden]") {
  const std::vector<std::string> names = {
      "record-turn",       "record-job-waiting", "record-job-accepted", "record-job-complete",
      "record-job-failed", "record-marker",      "record-rotation",     "record-worker"};
  for (const auto& file : std::filesystem::directory_iterator(GOLDEN_DIR)) {
    const std::string name = file.path().stem().string();
    if (name.starts_with("record-")) {
      CHECK_THAT(names, Catch::VectorContains(name));
    }
  }
}

}  // namespace store
