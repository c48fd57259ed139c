// Code in the journal and in the checkpoint: its bytes, and what a start makes of them.
#include "sha256.h"
#include "store_fixture.h"
#include "verify.h"

namespace store {
namespace {

const std::string kBytes = std::string("def main():\n  return '\0\xff'\n", 27);
const std::string kHash = jobq::sha256(kBytes);

class CodeStore : public StoreFixture {
 public:
  CodeStore() {
    options.bytes_max = SIZE_MAX;
    token = "k1.a";
    run(AddCode{"scan", kHash, "python3", kBytes});
  }
  // As a start has it, from what is on disk now.
  void require_same_again(std::size_t codes) {
    StartedAgain again(limits, storage, options);
    CHECK(again.engine.digest() == engine.digest());
    const auto& found = again.engine.state().codes.of(0);
    REQUIRE(found.size() == codes);
    for (const auto& [hash, code] : found) {
      CHECK(again.checkpoint.texts().code(0, hash) == kBytes);
    }
    again.checkpoint.write();
    verify(storage, [](const std::string&) {});
    verify(again.storage, [](const std::string&) {});
  }
  std::string problem_with(std::string key, std::optional<std::string> value) const {
    FaultyStorage broken = storage;
    broken.write_checkpoint({broken.checkpoint_turn(), {{std::move(key), std::move(value)}}});
    try {
      verify(broken, [](const std::string&) {});
      return {};
    } catch (const StorageError& error) {
      return error.what();
    }
  }
};

}  // namespace

TEST_CASE("a SHA-256 is spelled as others spell it") {
  CHECK(jobq::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(jobq::is_sha256(kHash));
  CHECK_FALSE(jobq::is_sha256(kHash.substr(1)));
  CHECK_FALSE(jobq::is_sha256("A" + kHash.substr(1)));
}

TEST_CASE_METHOD(CodeStore, "code is read as it was added, whatever has been written of it") {
  CHECK(checkpoint.texts().code(0, kHash) == kBytes);
  require_same_again(1);  // from the journal alone
  checkpoint.write();
  CHECK(count_records(storage, "p") == 1);
  CHECK(storage.read_checkpoint(code_bytes_key(0, kHash)) == kBytes);
  CHECK(checkpoint.texts().code(0, kHash) == kBytes);
  require_same_again(1);  // from the checkpoint alone
}

TEST_CASE_METHOD(CodeStore, "a start knows which jobs name code, and when it was used last") {
  checkpoint.write();
  pass(10min);
  run(submit_command({.job = "a", .code = kHash, .method = "main"}));
  require_same_again(1);
  checkpoint.write();
  require_same_again(1);
  StartedAgain again(limits, storage, options);
  CHECK(again.engine.state().codes.of(0).at(kHash).uses == 1);
  CHECK(again.engine.state().codes.of(0).at(kHash).used_at == now);
  run(Cancel{"scan", "a", {}});
  run(Restart{"scan", "a", "b"});
  checkpoint.write();
  require_same_again(1);
  pass(10min);
  run(AddCode{"scan", kHash, "python3", kBytes});
  checkpoint.write();
  require_same_again(1);
}

TEST_CASE_METHOD(CodeStore, "code that is dropped is gone from the disk") {
  SECTION("when it was written") { checkpoint.write(); }
  SECTION("when it was not") {}
  pass(1h);
  CHECK(engine.state().codes.all().empty());
  require_same_again(0);
  checkpoint.write();
  CHECK(count_records(storage, "p") == 0);
  CHECK(count_records(storage, "q") == 0);
  require_same_again(0);
}

TEST_CASE_METHOD(CodeStore, "a datasource is dropped with its code, from the disk too") {
  SECTION("when it was written") { checkpoint.write(); }
  SECTION("when it was not") {}
  run(DropDatasource{"scan"});
  pass(0ms);
  REQUIRE(engine.state().codes.all().empty());
  checkpoint.write();
  CHECK(count_records(storage, "p") == 0);
  CHECK(count_records(storage, "q") == 0);
  require_same_again(0);
  // What has its place then has nothing of it.
  run(AddCode{"print", kHash, "node", kBytes});
  checkpoint.write();
  CHECK(storage.read_checkpoint(code_bytes_key(0, kHash)) == kBytes);
}

TEST_CASE_METHOD(CodeStore, "bytes that are lost, or are others, are noticed") {
  checkpoint.write();
  CHECK(problem_with("z", std::nullopt) == "");
  CHECK_THAT(problem_with(code_bytes_key(0, kHash), std::nullopt),
             Catch::Contains("record q of datasource 0, " + kHash + ": is missing"));
  std::string others = kBytes;
  others[3] = 'F';
  CHECK_THAT(problem_with(code_bytes_key(0, kHash), others), Catch::Contains("is not the code"));
  CHECK_THAT(problem_with(code_bytes_key(0, jobq::sha256("x")), "x"),
             Catch::Contains("is of no code that there is"));
  CHECK(problem_with(code_key(0, kHash), std::nullopt) != "");
}

}  // namespace store
