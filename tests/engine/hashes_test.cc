// Hashes are kept on disk, in jobs and in the journal: what was recognised once must be for ever.
#include "commands.h"
#include "engine_fixture.h"

namespace store {
namespace {

std::string in_hex(const Hash& hash) {
  std::string hex;
  for (const unsigned byte : hash) {
    hex += "0123456789abcdef"[byte / 16];
    hex += "0123456789abcdef"[byte % 16];
  }
  return hex;
}

}  // namespace

TEST_CASE("what was submitted hashes as it always did") {
  NewJob job;
  job.client = "alice";
  job.request = "{}";
  REQUIRE(in_hex(hash_of(job)) == "b7f7f3fa08ba27690aa1feb90602a445");
  job.request = R"({"page":1})";
  job.function = "ocr";
  job.trace = "not part of it";
  job.tags = {"a", "b"};
  job.priority = 60;
  job.not_before = Time(5s);
  job.delay = 7s;
  job.terms = {
      .keep_for = 1s,
      .valid_for = 2s,
      .timeout = 3s,
      .failures_max = 4,
      .lost_leases_max = 5,
      .releases_max = 6,
      .backoff = Backoff{.initial = 8ms, .max = 9ms, .factor_percent = 10, .jitter_percent = 11}};
  REQUIRE(in_hex(hash_of(job)) == "7895419b68943c07e8b6852fb9912548");
}

TEST_CASE("what a worker said hashes as it always did") {
  const JobError error{"c", "m", "d"};
  REQUIRE(in_hex(hash_of(Completed{"1"})) == "27178200c15ba799cd7ab738745aa8c9");
  REQUIRE(in_hex(hash_of(Failed{error})) == "2cac9d0d2d6ca03de33c8ab2848c06c4");
  REQUIRE(in_hex(hash_of(Forbidden{error})) == "371a665e41dee5459defec8a02260c11");
  REQUIRE(in_hex(hash_of(Retry{error, 9ms})) == "61a4ee7d4e772d0ef2455683e94aaeae");
  REQUIRE(in_hex(hash_of(Release{.delay = 9ms, .message = "m"})) ==
          "47735b01a7bfac13d9d7bd947f10c0b1");
  REQUIRE(in_hex(hash_of(AckCancel{})) == "deb6d224c549cbd3e8c0d782b2f61276");
}

}  // namespace store
