// Keys and unique names of jobs in the journal and in the checkpoint.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

Entry submitted_with_key() {
  Submitted made = plain("j-1", kRetriedTerms);
  made.extras.change().turn_key = "account:7";
  made.extras.change().unique = "index";
  return {.sequence = 1, .job = {0, 1}, .change = std::move(made)};
}

}  // namespace

TEST_CASE("a job with a key and a unique name is in the journal with both") {
  const std::vector<Entry> entries = {
      {.sequence = 0, .job = {0, 0}, .change = Configured{DatasourceConfig{.key_running_max = 3}}},
      submitted_with_key()};
  check_turn("record-turn-keys", entries);
}

TEST_CASE("a job with a key and a unique name, and what is configured of both, read as written") {
  State state(1);
  happen(state, {submitted_with_key()});
  const Job& job = *state.find(0, "j-1");
  const std::string record =
      stored<record::Job>("record-job-keys", encode_job(state, job, Texts{}, nullptr));
  const StoredJob read = decode_job(job.key, record);
  CHECK(read.turn_key == "account:7");
  CHECK(read.unique == "index");
  check_reads<record::DatasourceState>("record-datasource-keys",
                                       DatasourceState{{.key_running_max = 3}, Mode::kRunning});
  check_reads<record::DatasourceState>(
      "record-datasource-limits",
      DatasourceState{{.function_limits = {{"copy", 2}, {"ocr", 1'000'000}}}, Mode::kRunning});
}

}  // namespace store
