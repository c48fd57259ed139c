// What code, and jobs that name it, are held to.
#include <catch2/catch.hpp>

#include "cases.h"
#include "sha256.h"

namespace store {
namespace {

const std::string kHash(64, 'a');
const std::string kNoHash = "64 hexadecimal digits";

std::string add(const std::string& content, const std::string& runtime = "python3") {
  return wire::new_code_frame(post("/jobs/scan/code/" + jobq::sha256(content)), runtime, content);
}
std::string runs(std::string request, std::string code = kHash, std::string method = {}) {
  return submit({.job = "j",
                 .request = std::move(request),
                 .code = std::move(code),
                 .method = std::move(method)});
}

}  // namespace

TEST_CASE("code is held to every limit") {
  check({
      {"runtime", add("x", a(32)), add("x", a(33)), 400, "32"},
      {"runtime", add("x", "node"), add("x", "py thon"), 400, "[A-Za-z0-9._~-]"},
      {"runtime", add("x", "node"), add("x", ""), 400, "empty"},
      {"content", add("x"), add(""), 400, "empty"},
      {"content", add(a(8'323'072)), add(a(8'323'073)), 413, "8323072"},
      {"content", add("x"), wire::new_code_frame(post("/jobs/scan/code/" + kHash), "python3", "x"),
       400, "SHA-256"},
      {"code", add("x"), wire::new_code_frame(post("/jobs/scan/code/x"), "python3", "x"), 400,
       kNoHash},
      {"code", wire::bare_frame(get("/jobs/scan/code/" + kHash)),
       wire::bare_frame(get("/jobs/scan/code/" + a(63))), 400, kNoHash},
      {"code", wire::bare_frame(post("/jobs/scan/code/" + kHash + "/remove")),
       wire::bare_frame(post("/jobs/scan/code/" + std::string(64, 'A') + "/remove")), 400, kNoHash},
      {"after", wire::code_query_frame(get("/jobs/scan/code/list"), {.after = kHash}),
       wire::code_query_frame(get("/jobs/scan/code/list"), {.after = "x"}), 400, kNoHash},
      {"limit", wire::code_query_frame(get("/jobs/scan/code/list"), {.limit = 1000}),
       wire::code_query_frame(get("/jobs/scan/code/list"), {.limit = 1001}), 400, "1000"},
  });
}

TEST_CASE("a job that names code is held to what it is given") {
  check({
      {"jobs[0].code", runs("{}"), runs("{}", "x"), 400, kNoHash},
      {"jobs[0].method", runs("{}", kHash, a(128)), runs("{}", kHash, a(129)), 400, "128"},
      {"jobs[0].method", runs("{}", kHash, "a.b"), runs("{}", kHash, "a b"), 400, "[A-Za-z0-9"},
      {"jobs[0].method", runs("{}", kHash, "main"), runs("{}", "", "main"), 400, "with code only"},
      {"jobs[0].request", runs("{}"), runs("[]"), 400, "args and kwargs"},
      {"jobs[0].request", runs(R"({"args":[],"kwargs":{}})"), runs(R"({"arg":[]})"), 400, "'arg'"},
      {"jobs[0].request.args", runs(R"({"args":[1,[2]]})"), runs(R"({"args":{}})"), 400, "a list"},
      {"jobs[0].request.kwargs", runs(R"({"kwargs":{"a":1}})"), runs(R"({"kwargs":[]})"), 400,
       "an object"},
  });
  Codec codec;
  const auto taken = codec.body<Submit>(runs("{}"));
  CHECK(std::get<NewJob>(taken.jobs[0]).method == "main");
}

TEST_CASE("a schedule's job names no code") {
  const auto put = [](std::string code) {
    return wire::schedule_frame(post("/scan/job/schedules/nightly"),
                                {.every = std::chrono::hours(1),
                                 .job = {.request = "{}", .client = "a", .code = std::move(code)}});
  };
  check({{"job.code", put(""), put(kHash), 400, "must be empty"}});
}

}  // namespace store
