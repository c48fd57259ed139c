// Labels, rates of starts and ageing in the journal and in the checkpoint.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

Terms labelled() {
  Terms terms = kRetriedTerms;
  terms.labels = {"gpu", "host=a"};
  return terms;
}

}  // namespace

TEST_CASE("a job with labels, and that it is put off, are in the journal") {
  const std::vector<Entry> entries = {
      {.sequence = 1, .job = {0, 1}, .change = plain("j-1", labelled())},
      {.sequence = 0, .job = {0, 1}, .change = PutOff{at(7)}}};
  check_turn("record-turn-labels", entries);
}

TEST_CASE("a job with labels that is put off reads as written") {
  State state(1);
  happen(state, {{.sequence = 1, .job = {0, 1}, .change = plain("j-1", labelled())},
                 {.sequence = 0, .job = {0, 1}, .change = PutOff{at(7)}}});
  const Job& job = *state.find(0, "j-1");
  const StoredJob read = decode_job(
      job.key, stored<record::Job>("record-job-labels", encode_job(state, job, Texts{}, nullptr)));
  CHECK(describe(read.terms) == describe(labelled()));
  CHECK(read.job.is_put_off);
  CHECK(read.job.is_delayed);
  CHECK(read.job.not_before == at(7));
}

TEST_CASE("rates and ageing are configured for good, and levels are kept") {
  check_reads<record::DatasourceState>(
      "record-datasource-rates",
      DatasourceState{{.terms = labelled(),
                       .start_rate = "100/m",
                       .function_rates = {{"copy", "1000000/d"}, {"ocr", "2/s"}},
                       .key_start_rate = "3/h",
                       .ageing = Span(1000)},
                      Mode::kRunning});
  check_reads<record::Rotation>("record-rotation-levels",
                                std::vector<Rotation>{{-28'333'333, 7, 2}, {0, 8, 0}, {50, 9, 1}});
}

TEST_CASE("a job that waits for a group, and that it has ended, are in the journal") {
  Submitted made = plain("j-1", kRetriedTerms);
  made.extras.change().after_group = "album";
  const std::vector<Entry> entries = {{.sequence = 1, .job = {0, 1}, .change = std::move(made)},
                                      {.sequence = 0, .job = {0, 1}, .change = GroupEnded{}}};
  check_turn("record-turn-after-group", entries);
}

TEST_CASE("a job that waits for a group reads as written") {
  State state(1);
  Submitted first = plain("j-1", kRetriedTerms);
  first.extras.change().group = "album";
  Submitted second = plain("j-2", kRetriedTerms);
  second.extras.change().after_group = "album";
  happen(state, {{.sequence = 1, .job = {0, 1}, .change = std::move(first)},
                 {.sequence = 2, .job = {0, 2}, .change = std::move(second)}});
  const Job& job = *state.find(0, "j-2");
  const StoredJob read = decode_job(
      job.key,
      stored<record::Job>("record-job-after-group", encode_job(state, job, Texts{}, nullptr)));
  CHECK(read.after_group == "album");
  CHECK(read.job.awaits_group);
}

TEST_CASE("what a job's worker is to have, and that it is not admitted, are in the journal") {
  Submitted made = plain("j-1", kRetriedTerms);
  made.extras.change().caveats = "\nclient = alice";
  made.extras.change().grants = R"({"cloud":"secret"})";
  made.extras.change().after = {{.datasource = 3, .sequence = 4, .admits = true}};
  const std::vector<Entry> entries = {
      {.sequence = 1, .job = {0, 1}, .change = std::move(made)},
      {.sequence = 2, .job = {0, 1}, .change = NotAdmitted{{"no", "never", ""}}}};
  check_turn("record-turn-grants", entries);
}

TEST_CASE("a job keeps what its worker is to have") {
  State state(1);
  Submitted made = plain("j-1", kRetriedTerms);
  made.extras.change().caveats = "\nclient = alice";
  made.extras.change().grants = R"({"cloud":"secret"})";
  happen(state, {{.sequence = 1, .job = {0, 1}, .change = std::move(made)}});
  const Job& job = *state.find(0, "j-1");
  Texts texts;
  texts.grants = R"({"cloud":"secret"})";
  const std::string record =
      stored<record::Job>("record-job-grants", encode_job(state, job, texts, nullptr));
  CHECK(decode_job(job.key, record).caveats == "\nclient = alice");
  CHECK(decode_job(job.key, record).job.has_grants);
  CHECK(decode_job_texts(record).texts.grants == texts.grants);
}

TEST_CASE("how many of a token may run, and that a job is held back, are in the journal") {
  Submitted made = plain("j-1", kRetriedTerms);
  made.running_max = 3;
  const std::vector<Entry> entries = {{.sequence = 1, .job = {0, 1}, .change = std::move(made)},
                                      {.sequence = 0, .job = {0, 1}, .change = HeldBack{}},
                                      {.sequence = 0, .job = {0, 1}, .change = LetGo{}}};
  check_turn("record-turn-running", entries);
}

}  // namespace store
