// Code, and jobs that name it, in the journal and in the checkpoint.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

const std::string kHash(64, 'a');

Entry submitted_with_code() {
  Submitted made = plain("j-1", kRetriedTerms);
  made.extras.change().code = {kHash, "count"};
  return {.sequence = 1, .job = {0, 1}, .change = std::move(made)};
}
Entry added() {
  return {.sequence = 0,
          .job = {0, 0},
          .change = CodeAdded{kHash, "python3", std::string("\0\xff\n", 3)},
          .token = "k1.a"};
}

}  // namespace

TEST_CASE("what happens to code is in the journal with all that it says") {
  const std::vector<Entry> entries = {
      added(),
      {.sequence = 0, .job = {0, 0}, .change = CodeUsed{kHash}, .token = "k1.b"},
      submitted_with_code(),
      {.sequence = 0, .job = {0, 0}, .change = CodeRemoved{kHash}}};
  check_turn("record-turn-code", entries);
  check_cuts(encode_turn(at(0), entries), decode_turn);
}

TEST_CASE("code, and a job that names it, read as they were written") {
  State state(1);
  happen(state, {added(), submitted_with_code()});
  const Job& job = *state.find(0, "j-1");
  const std::string record =
      stored<record::Job>("record-job-code", encode_job(state, job, Texts{}, nullptr));
  const StoredJob read = decode_job(job.key, record);
  CHECK(read.code.hash == kHash);
  CHECK(read.code.method == "count");
  const CodeState kept{"python3", 3, at(1), at(2), "k1.a"};
  check_reads<record::Code>("record-code", kept);
  CHECK(code_key(2, "ab") == std::string("p\0\0\0\2ab", 7));
  CHECK(code_bytes_key(2, "ab") == std::string("q\0\0\0\2ab", 7));
}

}  // namespace store
