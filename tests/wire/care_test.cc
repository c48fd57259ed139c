// What jobqd says of a data directory that it does not run on.
#include "jobqd_fixture.h"

namespace wire {
namespace {

namespace fs = std::filesystem;

struct Looked {
  int code = 0;
  std::string output;
  std::string errors;
};

class Care : public Jobqd {
 public:
  static Looked look(const std::vector<std::string>& arguments) {
    JobqdProcess process(JOBQD_PATH, arguments);
    const int code = process.wait_for_exit();
    return {code, process.output(), process.errors()};
  }
  Looked verify() const { return look({"--verify", data}); }

  Answer submit(const std::string& job) {
    return Peer(request).ask(submit_frame(
        {.id = 1, .method = Method::POST, .path = "/scan/job", .token = mint({"path = *"})},
        {{.job = job}}));
  }
  // A store of some jobs that was ended by `signal`.
  void live(int signal) {
    const auto process = start();
    for (const char* const job : {"a", "b", "c"}) {
      REQUIRE(submit(job).code() == 200);
    }
    process->send_signal(signal);
    process->wait_for_exit();
  }
  fs::path newest(const std::string& extension) const {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(data + "/db")) {
      if (entry.path().extension() == extension && entry.file_size() > 0) {
        newest = std::max(newest, entry.path());
      }
    }
    REQUIRE_FALSE(newest.empty());
    return newest;
  }
  static void spoil(const fs::path& file, std::size_t place) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(place));
    bytes << "spoilt";
  }
};

}  // namespace

TEST_CASE_METHOD(Care, "a directory is sound however its store ended, and stays as it was") {
  for (const int signal : {SIGKILL, SIGTERM, SIGKILL}) {
    live(signal);
    const auto before = files();
    const Looked looked = verify();
    INFO(looked.output << looked.errors);
    CHECK(looked.code == 0);
    CHECK_THAT(looked.output, Catch::Contains("3 live and 0 finished jobs") &&
                                  Catch::EndsWith(data + ": sound\n"));
    CHECK(files() == before);
  }
}

TEST_CASE_METHOD(Care, "a directory in use, of a newer store, or without data is not looked at") {
  const Looked none = verify();
  CHECK(none.code == 2);
  CHECK_THAT(none.errors, Catch::Contains(data + ": is no directory"));
  CHECK_FALSE(fs::exists(data));
  {
    const auto process = start();
    const Looked running = verify();
    CHECK(running.code == 2);
    CHECK_THAT(running.errors, Catch::Contains("another jobqd runs"));
  }
  scratch.write("data/format", "2\n");
  CHECK(verify().code == 2);
  CHECK(look({"--verify", data, "--data", data}).code == 2);
}

TEST_CASE_METHOD(Care, "what is damaged or missing is named") {
  live(SIGTERM);
  const std::string whole = scratch_file("whole");
  fs::copy(data, whole, fs::copy_options::recursive);
  const auto damaged = [&](const std::string& named) {
    const Looked looked = verify();
    INFO(named << ": " << looked.output << looked.errors);
    CHECK(looked.code == 1);
    CHECK_THAT(looked.output, Catch::Contains("DAMAGED: ") && Catch::Contains(named));
    CHECK_THAT(start_in_vain(), Catch::Contains(data));
    fs::remove_all(data);
    fs::copy(whole, data, fs::copy_options::recursive);
  };
  for (const char* const part : {"root.keys", "curve.secret", "db.mark", "format", "db"}) {
    fs::remove_all(data + "/" + part);
    damaged(data + "/" + part);
  }
  const std::string table = newest(".sst").filename().string();
  spoil(newest(".sst"), 10);
  damaged(table);
}

TEST_CASE_METHOD(Care, "a bit of a small file is found, or told of where it does not matter") {
  live(SIGKILL);
  const auto flip = [&](const std::string& file, std::size_t place) {
    std::string bytes = content_of(data + "/" + file);
    REQUIRE(place < bytes.size());
    bytes[place] = static_cast<char>(bytes[place] ^ 2);
    scratch.write("data/" + file, bytes);
  };
  const auto id = content_of(data + "/root.keys").find("\nk1 ") + 2;
  for (const auto& [file, place] : {std::pair("root.keys", id), std::pair("format", std::size_t{0}),
                                    std::pair("format", std::size_t{60})}) {
    flip(file, place);
    const std::string named = data + "/" + file + ": is damaged";
    const Looked looked = verify();
    CHECK(looked.code == 1);
    CHECK_THAT(looked.output, Catch::Contains("DAMAGED: " + named));
    CHECK_THAT(start_in_vain(), Catch::Contains(named));
    flip(file, place);
  }
  flip("clock", 0);
  const Looked looked = verify();
  CHECK(looked.code == 0);
  CHECK_THAT(looked.output, Catch::Contains(data + "/clock is damaged"));
  CHECK_THAT(run(), Catch::Contains(data + "/clock: is damaged"));
  CHECK_THAT(verify().output, Catch::Contains("3 live") && !Catch::Contains("clock"));
}

TEST_CASE_METHOD(Care, "a backup made under load is a store again, elsewhere, after a kill") {
  const std::string backups = scratch_file("backups");
  const auto process = start({"--backups", backups});
  const auto make = [&](const std::string& name) {
    return bare_frame({.id = 7,
                       .method = Method::POST,
                       .path = "/admin/backups/" + name,
                       .token = mint({"path = *"})});
  };
  for (const char* const job : {"a", "b"}) {
    REQUIRE(submit(job).code() == 200);
  }
  Peer operator_peer(request);
  operator_peer.send(make("one"));
  std::optional<Answer> made;
  int meanwhile = 0;
  while (!(made = operator_peer.try_receive())) {
    REQUIRE(submit("c" + std::to_string(++meanwhile)).code() == 200);
  }
  REQUIRE(made->code() == 200);
  CHECK(made->body().getBackup().getTurn() >= 2);
  const Answer second = Peer(request).ask(make("two"));
  REQUIRE(second.code() == 200);
  CHECK(Peer(request).ask(make("one")).code() == 409);
  CHECK(Peer(request).ask(make(".two")).code() == 400);
  process->send_signal(SIGKILL);
  process->wait_for_exit();
  fs::rename(backups, scratch_file("moved"));
  for (const char* const name : {"one", "two"}) {
    const std::string restored = scratch_file(std::string("restored-") + name);
    const Looked looked =
        look({"--restore", scratch_file("moved") + "/" + name, "--data", restored});
    INFO(looked.output << looked.errors);
    REQUIRE(looked.code == 0);
    CHECK(look({"--verify", restored}).code == 0);
    CHECK(look({"--restore", scratch_file("moved/one"), "--data", restored}).code == 2);
  }
  fs::rename(data, scratch_file("lost"));
  fs::rename(scratch_file("restored-two"), data);
  const auto again = start();
  CHECK(Peer(request)
            .ask(bare_frame({.id = 9, .path = "/jobs/scan/job/b", .token = mint({"path = *"})}))
            .code() == 200);
}

TEST_CASE_METHOD(Care, "a store makes backups where it was told to alone") {
  const auto process = start();
  const Answer answer = Peer(request).ask(bare_frame({.id = 7,
                                                      .method = Method::POST,
                                                      .path = "/admin/backups/one",
                                                      .token = mint({"path = *"})}));
  CHECK(answer.code() == 404);
}

}  // namespace wire
