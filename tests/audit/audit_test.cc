#include "audit.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "../temporary_directory.h"
#include "audit_trail.h"

namespace store {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct AuditFixture {
  TemporaryDirectory directory;
  std::string path = (directory.path() / "audit.log").string();

  static std::string content_of(const std::string& file) {
    std::stringstream content;
    content << std::ifstream(file).rdbuf();
    return content.str();
  }
  static std::vector<json> lines_of(const std::string& file) {
    std::ifstream stream(file);
    std::vector<json> lines;
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(json::parse(line));
    }
    return lines;
  }
  static void put(AuditLog& log, std::string_view path_of_line) {
    log.note({.code = 200, .path = path_of_line});
    log.write();
  }
};

std::string error_of(const std::string& path) {
  try {
    const AuditLog log(path);
  } catch (const AuditError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a line has what is known, and nothing of what is not") {
  CHECK(to_json({.time = Time(std::chrono::milliseconds(1'795'428'000'007)),
                 .code = 403,
                 .method = "POST",
                 .path = "/scan/job/",
                 .token = "k1.AAAAAAAAAAAAAAAAAAAAAA",
                 .client = "alice",
                 .curve_key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
                 .jobs = {{"j1", "j2"}},
                 .error = "token: no"}) ==
        R"({"time":"2026-11-23T10:00:00.007Z","code":403,"method":"POST","path":"/scan/job/",)"
        R"("token":"k1.AAAAAAAAAAAAAAAAAAAAAA","client":"alice",)"
        R"("curve":"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7","jobs":["j1","j2"],)"
        R"("error":"token: no"})");
  CHECK(to_json({.code = 200}) == R"({"time":"1970-01-01T00:00:00.000Z","code":200})");
}

TEST_CASE("sixteen jobs are named, more are counted") {
  AuditLine line;
  for (int i = 0; i < 16; ++i) {
    line.jobs.add("j");
  }
  CHECK(json::parse(to_json(line))["jobs"].size() == 16);
  CHECK_FALSE(json::parse(to_json(line)).contains("moreJobs"));
  line.jobs.add("k");
  CHECK(json::parse(to_json(line))["jobs"].size() == 16);
  CHECK(json::parse(to_json(line))["moreJobs"] == 1);
}

TEST_CASE("whatever bytes there are, a line is one line of JSON") {
  for (int byte = 0; byte < 256; ++byte) {
    INFO(byte);
    const std::string text = std::string("a") + static_cast<char>(byte) + "b";
    const std::string line =
        to_json({.path = text, .client = "c", .jobs = {{text}}, .error = text});
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    const json read = json::parse(line);
    const std::string wanted = byte < 128 ? text
                                          : "a\xEF\xBF\xBD"
                                            "b";
    CHECK(read["path"] == wanted);
    CHECK(read["error"] == wanted);
    CHECK(read["jobs"][0] == wanted);
    CHECK(read["client"] == "c");
  }
  const std::string unicode = "gr\xC3\xBC\xC3\x9F\x65 \xF0\x9F\x98\x80 \xE2\x80\xA8";
  CHECK(json::parse(to_json({.error = unicode}))["error"] == unicode);
}

TEST_CASE_METHOD(AuditFixture, "lines are added to the file by write, and it is the owner's only") {
  {
    AuditLog log(path);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600);
    log.note({.code = 200, .path = "/a"});
    log.note({.code = 403, .path = "/b"});
    CHECK(content_of(path).empty());
    log.write();
    CHECK(lines_of(path).size() == 2);
    log.write();
    CHECK(lines_of(path).size() == 2);
    log.note({.code = 200, .path = "/c"});
  }
  AuditLog again(path);
  put(again, "/d");
  const auto lines = lines_of(path);
  REQUIRE(lines.size() == 3);  // without /c, which was not written
  CHECK(lines[2]["path"] == "/d");
  CHECK(again.lines_lost() == 0);
}

TEST_CASE_METHOD(AuditFixture, "a file that is renamed or removed is made anew") {
  AuditLog log(path);
  put(log, "/a");
  fs::rename(path, path + ".1");
  put(log, "/b");
  fs::remove(path);
  put(log, "/c");
  CHECK(lines_of(path + ".1").size() == 1);
  REQUIRE(lines_of(path).size() == 1);
  CHECK(lines_of(path)[0]["path"] == "/c");
}

TEST_CASE_METHOD(AuditFixture, "a file of others' sight is refused") {
  std::ofstream(path) << "";
  fs::permissions(path, fs::perms(0640));
  CHECK_THAT(error_of(path), Catch::Contains(path) && Catch::Contains("chmod 600"));
  fs::permissions(path, fs::perms(0600));
  CHECK(error_of(path).empty());
  fs::create_symlink(path, path + ".link");
  CHECK_FALSE(error_of(path + ".link").empty());
  CHECK_THAT(error_of((directory.path() / "none" / "audit.log").string()),
             Catch::Contains("No such file"));
  CHECK_THAT(error_of(directory.path().string()), Catch::Contains("directory"));
}

TEST_CASE_METHOD(AuditFixture, "lines that cannot be written are counted, and the next ones come") {
  const fs::path away = directory.path() / "away";
  const fs::path kept = directory.path() / "kept";
  fs::create_directory(away);
  AuditLog log((away / "audit.log").string());
  fs::rename(away, kept);
  log.note({.code = 200});
  put(log, "/a");
  CHECK(log.lines_lost() == 2);
  fs::rename(kept, away);
  put(log, "/b");
  CHECK(log.lines_lost() == 2);
  REQUIRE(lines_of((away / "audit.log").string()).size() == 1);
}

TEST_CASE_METHOD(AuditFixture, "a line that was cut short by a full disk stays alone") {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  AuditLog log(path);
  put(log, "/a");
  const auto whole = fs::file_size(path);
  const rlimit tight{whole + 10, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  put(log, "/lost");
  put(log, "/lost-too");
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(log.lines_lost() == 2);
  put(log, "/b");
  CHECK(log.lines_lost() == 2);

  std::stringstream content(content_of(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(content, line);) {
    lines.push_back(line);
  }
  REQUIRE(lines.size() == 3);
  CHECK(json::parse(lines[0])["path"] == "/a");
  CHECK(lines[1].size() == 10);
  CHECK(json::parse(lines[2])["path"] == "/b");
}

namespace {

struct TrailFixture : AuditFixture {
  AuditLog log{path};
  State state{1};
  AuditTrail trail{&log, state, 0};
  Time now{std::chrono::hours(1)};

  static void refuse(AuditTrail& trail, Time now, Code code, const std::string& token = {},
                     const std::string& detail = "token: no") {
    Request request;
    request.path = "/scan/job/";
    request.grant.token_id = token;
    const Outbound answer{{}, Refused{code, detail}};
    trail.begin({});
    trail.end(now, request, {}, false, {&answer, 1});
  }
  void refuse(int times, Code code, const std::string& token = {}) {
    for (int i = 0; i < times; ++i) {
      refuse(trail, now, code, token);
    }
  }
  void pass(Span span) {
    now += span;
    trail.write(trail.close(now, {}));
  }
  // How many lines of the code and token there are, and what they say was left out.
  std::pair<std::size_t, std::uint64_t> lines(unsigned code, const std::string& token = {}) const {
    std::size_t count = 0;
    std::uint64_t left_out = 0;
    for (const json& line : lines_of(path)) {
      if (line["code"] == code && line.value("token", "") == token) {
        count += line.contains("leftOut") ? 0 : 1;
        left_out += line.value("leftOut", std::uint64_t{0});
      }
    }
    return {count, left_out};
  }
};

using Lines = std::pair<std::size_t, std::uint64_t>;

}  // namespace

TEST_CASE_METHOD(TrailFixture,
                 "of refusals a few a second get a line, and the others are counted") {
  refuse(1'000, Code::kUnauthorized);
  refuse(3, Code::kForbidden, "k1.a");
  refuse(100, Code::kForbidden, "k1.b");
  pass(Span(999));
  CHECK(lines(401) == Lines{5, 0});
  CHECK(lines(403, "k1.a") == Lines{3, 0});
  CHECK(lines(403, "k1.b") == Lines{5, 0});
  pass(Span(1));
  CHECK(lines(401) == Lines{5, 995});
  CHECK(lines(403, "k1.a") == Lines{3, 0});
  CHECK(lines(403, "k1.b") == Lines{5, 95});
  refuse(7, Code::kUnauthorized);
  pass(std::chrono::seconds(5));
  CHECK(lines(401) == Lines{10, 997});
}

TEST_CASE_METHOD(TrailFixture, "however many tokens are refused, the lines of a second are few") {
  for (int i = 0; i < 10'000; ++i) {
    refuse(trail, now, Code::kForbidden, "k1." + std::to_string(i));
  }
  pass(std::chrono::seconds(1));
  std::uint64_t left_out = 0;
  std::size_t own = 0;
  const auto written = lines_of(path);
  for (const json& line : written) {
    own += line.contains("leftOut") ? 0 : 1;
    left_out += line.value("leftOut", std::uint64_t{0});
  }
  CHECK(own == AuditTrail::kLinesMax);
  CHECK(own + left_out == 10'000);
  CHECK(written.size() < 150);
}

TEST_CASE_METHOD(TrailFixture, "below the reserve of the disk no refusal gets a line") {
  AuditTrail tight(&log, state, UINT64_MAX >> 20U);
  refuse(tight, now, Code::kUnauthorized);
  Request change;
  tight.end(now, change, {}, true, {});
  tight.write(tight.close(now + std::chrono::minutes(1), {}));
  REQUIRE(lines_of(path).size() == 1);
  CHECK(lines_of(path)[0]["code"] == 200);
}

TEST_CASE_METHOD(TrailFixture, "what is left out is said when the trail ends") {
  refuse(8, Code::kUnauthorized);
  trail.write(trail.close(now, {}, true));
  CHECK(lines(401) == Lines{5, 3});
}

TEST_CASE_METHOD(TrailFixture, "a long reason is cut in the line of a refusal") {
  refuse(trail, now, Code::kForbidden, "k1.a", std::string(8'000, 'x'));
  pass(Span(0));
  REQUIRE(lines_of(path).size() == 1);
  CHECK(lines_of(path)[0]["error"] == std::string(AuditTrail::kTextMax, 'x'));
}

TEST_CASE("the jobs of a line are those that the request names and those it is handed") {
  const auto jobs_of = [](const Command& command, const Reply& reply) {
    AuditedJobs audited;
    audited.add(command);
    audited.add(reply);
    std::string text;
    for (const std::string& job : audited.named) {
      text += job + ' ';
    }
    return text + std::to_string(audited.more);
  };
  const Reply none = Refused{Code::kConflict, ""};
  Cancel cancel;
  cancel.job = "j1";
  CHECK(jobs_of(cancel, none) == "j1 0");
  Submit submit;
  NewJob first;
  first.job = "j1";
  NewJob third;
  third.job = "j3";
  submit.jobs = {first, std::get<Refused>(none), third};
  CHECK(jobs_of(submit, none) == "j1 j3 0");
  Update update;
  Outcome done;
  done.lease.job = "j1";
  update.outcomes = {done, std::get<Refused>(none), done};
  CHECK(jobs_of(update, none) == "j1 j1 0");
  Renew renew;
  renew.leases.resize(18);
  for (Lease& lease : renew.leases) {
    lease.job = "j";
  }
  CHECK(jobs_of(renew, none) == "j j j j j j j j j j j j j j j j 2");
  AcceptReply accepted;
  accepted.jobs.resize(2);
  accepted.jobs[0].lease.job = "j1";
  accepted.jobs[1].lease.job = "j2";
  CHECK(jobs_of(Accept{}, accepted) == "j1 j2 0");
  RedriveReply redriven;
  redriven.jobs.resize(2);
  redriven.jobs[0].job = "j1";
  redriven.jobs[1].job = "j2";
  CHECK(jobs_of(Redrive{}, redriven) == "j1 j2 0");
}

}  // namespace store
