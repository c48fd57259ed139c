// What a start makes of a data directory that is not as it should be.
#include <sys/stat.h>

#include "jobqd_fixture.h"

namespace wire {
namespace {

namespace fs = std::filesystem;

const std::string kStatus = bare_frame({.id = 1, .path = "/status"});

}  // namespace

TEST_CASE_METHOD(Jobqd, "files that others can read or write are refused by name") {
  make_data();
  struct Case {
    std::string path;
    mode_t mode;
    mode_t good;
  };
  for (const Case& wrong :
       {Case{data + "/root.keys", 0640, 0600}, Case{data + "/root.keys", 0604, 0600},
        Case{data + "/root.keys", 0660, 0600}, Case{data + "/curve.secret", 0644, 0600},
        Case{data, 0770, 0700}, Case{data, 0702, 0700}, Case{data, 0755, 0700},
        Case{data, 0710, 0700}}) {
    REQUIRE(::chmod(wrong.path.c_str(), wrong.mode) == 0);
    INFO(wrong.path << " with mode " << std::oct << wrong.mode);
    const std::string errors = start_in_vain();
    CHECK_THAT(errors, Catch::Contains(wrong.path));
    CHECK_THAT(errors, Catch::Contains("chmod"));
    REQUIRE(::chmod(wrong.path.c_str(), wrong.good) == 0);
  }
  start();
}

TEST_CASE_METHOD(Jobqd, "what the store makes is for its user alone, whatever the umask") {
  const mode_t before = ::umask(0);
  const auto process = start();
  ::umask(before);
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) {
    const std::string name = entry.path().filename();
    if (name == "format" || name == "curve.public") {
      continue;  // no secrets, in a directory that is closed
    }
    INFO(entry.path());
    CHECK((entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
          fs::perms::none);
  }
}

TEST_CASE_METHOD(Jobqd, "a newer data format is refused and nothing is changed") {
  make_data();
  scratch.write("data/format", "2\n");
  const auto before = files();
  const std::string errors = start_in_vain();
  CHECK_THAT(errors, Catch::Contains("format 2"));
  CHECK_THAT(errors, Catch::Contains("newer jobqd"));
  CHECK(files() == before);
}

TEST_CASE_METHOD(Jobqd, "a format file that is damaged or lost is refused") {
  make_data();
  for (const std::string content : {"", "x\n", "0\n", "-1\n"}) {
    INFO("'" << content << "'");
    scratch.write("data/format", content);
    CHECK_THAT(start_in_vain(), Catch::Contains(data + "/format"));
  }
  fs::remove(data + "/format");
  CHECK_THAT(start_in_vain(), Catch::Contains(data + "/format"));
  scratch.write("data/format", "1\n");
  start();
}

TEST_CASE_METHOD(Jobqd, "a directory that lacks its database, or a part of it, is left alone") {
  make_data();
  run({}, {kStatus});
  const std::string whole = scratch_file("whole");
  fs::copy(data, whole, fs::copy_options::recursive);
  for (const std::string part : {"db", "db/CURRENT", "db.mark", "format"}) {
    INFO(part);
    fs::remove_all(data + "/" + part);
    const auto before = files();
    for (int start = 0; start < 2; ++start) {
      CHECK_THAT(start_in_vain(), Catch::Contains(data + "/" + part));
    }
    CHECK(files() == before);
    fs::remove_all(data);
    fs::copy(whole, data, fs::copy_options::recursive);
  }
  run();
}

TEST_CASE_METHOD(Jobqd, "no store is made anew beside what another has left") {
  make_data();
  run({}, {kStatus});
  for (const std::string part : {"db", "format", "db.mark"}) {
    fs::remove_all(data + "/" + part);
    const auto before = files();
    CHECK_THAT(start_in_vain(), Catch::Contains(data + "/db: is missing"));
    CHECK(files() == before);
  }
  fs::remove(data + "/clock");
  run();  // what is left are keys, which may be there before a store
}

TEST_CASE_METHOD(Jobqd, "parts of another store are refused by name, and untouched") {
  make_data();
  const Jobqd other;
  other.make_data();
  const std::string whole = scratch_file("whole");
  fs::copy(data, whole, fs::copy_options::recursive);
  for (const auto& [part, named] :
       std::map<std::string, std::string>{{"db", "/db"},
                                          {"root.keys", "/root.keys"},
                                          {"curve.secret", "/curve.public"},
                                          {"curve.public", "/curve.public"}}) {
    INFO(part);
    fs::remove_all(data + "/" + part);
    fs::copy(other.data + "/" + part, data + "/" + part, fs::copy_options::recursive);
    const auto before = files();
    CHECK_THAT(start_in_vain(), Catch::Contains(data + named));
    CHECK(files() == before);
    fs::remove_all(data);
    fs::copy(whole, data, fs::copy_options::recursive);
  }
  for (const std::string part : {"curve.secret", "curve.public"}) {
    fs::copy(other.data + "/" + part, data + "/" + part, fs::copy_options::overwrite_existing);
  }
  CHECK_THAT(start_in_vain(), Catch::Contains(data + "/curve.secret"));
  run({"--new-curve-key"});
  run();
}

TEST_CASE_METHOD(Jobqd, "a first start that was cut short is made good by the next") {
  make_data();
  fs::rename(data + "/db", data + "/db.new");
  fs::rename(data + "/db.mark", data + "/db.new.mark");
  run();
  fs::rename(data + "/db", data + "/db.new");
  for (const std::string later : {"format", "db.mark", "clock"}) {
    fs::remove(data + "/" + later);
  }
  run();
  CHECK_FALSE(fs::exists(data + "/db.new"));
}

TEST_CASE_METHOD(Jobqd, "root keys may change from start to start, but not all at once") {
  for (const std::string path : {"", "/k1/retire", "", "/k2/retire"}) {
    const auto process = start();
    const auto ask = bare_frame(
        {.method = Method::POST, .path = "/admin/keys" + path, .token = mint({"path = *"})});
    CHECK(Peer(request).ask(ask).code() == 200);
    process->send_signal(SIGTERM);
    REQUIRE(process->wait_for_exit() == 0);
  }
  run();
}

TEST_CASE_METHOD(Jobqd, "keys that are missing beside data are not made anew in silence") {
  make_data();
  for (const auto& [file, option] :
       {std::pair("root.keys", "--new-root-key"), std::pair("curve.secret", "--new-curve-key")}) {
    const std::string path = data + "/" + file;
    INFO(path);
    const std::string before = content_of(path);
    fs::remove(path);
    CHECK_THAT(start_in_vain(), Catch::Contains(path) && Catch::Contains(option));
    CHECK_FALSE(fs::exists(path));
    run({option});
    const std::string after = content_of(path);
    CHECK(after != before);
    run({option});
    CHECK(content_of(path) == after);
  }
}

}  // namespace wire
