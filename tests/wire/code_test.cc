// Who may add code, and submit jobs that run it: a right that is given by a path of its own.
#include <catch2/catch.hpp>

#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

struct CodeStore {
  LocalStore store;
  Peer peer{store.request_endpoint()};
  std::uint64_t id = 0;
  // "abc", whose hash is in every book.
  const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string path = "/jobs/scan/code/" + hash;
  const std::string plain = store.mint({"path = /scan/*", "client = alice"});
  const std::string runs =
      store.mint({"calls = /scan/*, /jobs/scan/code/*", "client = alice", "rate <= 100/h"});

  Head head(Method method, const std::string& at, const std::string& token) {
    return {.id = ++id, .method = method, .path = at, .token = token};
  }
  Answer add(const std::string& token, const std::string& content = "abc") {
    return peer.ask(new_code_frame(head(Method::POST, path, token), "python3", content));
  }
  Answer submit(const std::string& token, const std::string& job = "j") {
    return peer.ask(submit_frame(head(Method::POST, "/scan/job/", token),
                                 {{.job = job, .client = "alice", .code = hash}}));
  }
};

}  // namespace

TEST_CASE_METHOD(CodeStore, "a client's paths give no right to add code, or to run it") {
  const Answer denied = add(plain);
  CHECK(denied.code() == 403);
  CHECK_THAT(denied.error(), Catch::StartsWith("token: "));
  REQUIRE(add(runs).code() == 200);
  const auto digest = store.digest();
  const Answer refused = submit(plain);
  CHECK(refused.code() == 403);
  CHECK_THAT(refused.error(),
             Catch::StartsWith("token: ") && Catch::Contains("to run code: it needs POST " + path));
  CHECK(store.digest() == digest);
  CHECK(submit(runs).code() == 200);
  CHECK(submit(runs).code() == 200);
  // What another token has submitted is not told to one without the right either.
  CHECK(submit(plain).code() == 403);
}

TEST_CASE_METHOD(CodeStore, "a job of code that says no function is of its runtime's") {
  REQUIRE(add(runs).code() == 200);
  const auto function_of = [](const Answer& answer) {
    REQUIRE(answer.code() == 200);
    return std::string(answer.body().getSubmitted()[0].getJob().getFunction().cStr());
  };
  CHECK(function_of(submit(runs)) == "run-code:python3");
  CHECK(function_of(submit(runs)) == "run-code:python3");  // it is known again
  const Answer own = peer.ask(submit_frame(
      head(Method::POST, "/scan/job/", runs),
      {{.job = "own", .client = "alice", .function = "ocr", .code = hash, .method = "main"}}));
  CHECK(function_of(own) == "ocr");
  // A token for some functions runs code of those alone.
  const std::string narrowed =
      store.mint({"calls = /scan/*, /jobs/scan/code/*", "client = alice", "function = ocr*"});
  CHECK(submit(narrowed, "k").code() == 403);
}

TEST_CASE_METHOD(CodeStore, "a function may name code, and its clients need no right to run it") {
  REQUIRE(add(runs).code() == 200);
  const auto put = [&](const std::string& token, const std::string& code, const char* method) {
    return peer.ask(function_frame(head(Method::POST, "/jobs/scan/functions", token),
                                   {.name = "count", .code = code, .method = method}));
  };
  const std::string driver = store.driver_token();
  const auto digest = store.digest();
  CHECK_THAT(put(driver, "12", "").error(), Catch::StartsWith("code: must be a SHA-256"));
  CHECK_THAT(put(driver, "", "main").error(), Catch::StartsWith("method: goes with code only"));
  CHECK_THAT(put(driver, std::string(64, '0'), "").error(), Catch::StartsWith("code: unknown"));
  // Who may register alone, brings no code.
  const Answer denied = put(store.mint({"path = /jobs/scan/functions"}), hash, "");
  CHECK(denied.code() == 403);
  CHECK_THAT(denied.error(), Catch::Contains("to run code: it needs POST " + path));
  CHECK(store.digest() == digest);
  const Answer registered = put(driver, hash, "");
  REQUIRE(registered.code() == 200);
  CHECK(registered.body().getFunction().getFunction().getMethod() == "main");
  const auto submit_of_function = [&](const char* job, const char* request) {
    return peer.ask(
        submit_frame(head(Method::POST, "/scan/job/", plain),
                     {{.job = job, .request = request, .client = "alice", .function = "count"}}));
  };
  const Answer submitted = submit_of_function("a", R"({"args":[1]})");
  REQUIRE(submitted.code() == 200);
  CHECK(submitted.body().getSubmitted()[0].getJob().getCode() == hash.c_str());
  CHECK_THAT(submit_of_function("b", R"({"args":1})").error(),
             Catch::Contains("request.args: must be a list"));
}

TEST_CASE_METHOD(CodeStore, "a request that is edited stays one that its code can be called with") {
  REQUIRE(add(runs).code() == 200);
  REQUIRE(submit(runs).code() == 200);
  const auto edit = [&](const std::string& request) {
    return peer.ask(edit_frame(head(Method::POST, "/admin/scan/job/j/edit", store.operator_token()),
                               {.request = request}));
  };
  CHECK_THAT(edit(R"({"args":7})").error(), Catch::StartsWith("request.args: must be a list"));
  CHECK_THAT(edit("[]").error(), Catch::StartsWith("request: must be an object"));
  CHECK(edit(R"({"args":[7]})").code() == 200);
}

TEST_CASE_METHOD(CodeStore, "a token may be narrowed to code of one hash, and to none") {
  const std::string one = store.mint({"calls = /scan/*, POST " + path, "client = alice"});
  CHECK(add(one).code() == 200);
  CHECK(submit(one).code() == 200);
  CHECK(peer.ask(bare_frame(head(Method::GET, path, one))).code() == 403);
  const std::string other =
      store.mint({"calls = /scan/*, POST /jobs/scan/code/" + std::string(64, '0')});
  CHECK(add(other).code() == 403);
  CHECK(submit(other).code() == 403);
  const std::string narrowed = store.mint({"calls = /scan/*, /jobs/scan/code/*", "path = /scan/*"});
  CHECK(submit(narrowed).code() == 403);
}

TEST_CASE_METHOD(CodeStore, "code is read by drivers, and by who may add it, byte for byte") {
  const std::string driver = store.driver_token();
  REQUIRE(add(runs).code() == 200);
  for (const std::string& token : {driver, runs}) {
    const Answer read = peer.ask(bare_frame(head(Method::GET, path, token)));
    REQUIRE(read.code() == 200);
    const auto bytes = read.body().getCode().getContent();
    CHECK(std::string(reinterpret_cast<const char*>(bytes.begin()), bytes.size()) == "abc");
    const Answer listed =
        peer.ask(code_query_frame(head(Method::GET, "/jobs/scan/code/list", token), {}));
    REQUIRE(listed.code() == 200);
    CHECK(listed.body().getCodes().getCodes().size() == 1);
    CHECK_FALSE(listed.body().getCodes().getCodes()[0].hasContent());
  }
  CHECK(peer.ask(bare_frame(head(Method::GET, path, plain))).code() == 403);
  // Only a driver, or an operator, removes it.
  CHECK(peer.ask(bare_frame(head(Method::POST, path + "/remove", runs))).code() == 403);
  CHECK(peer.ask(bare_frame(head(Method::POST, path + "/remove", driver))).code() == 200);
  CHECK(peer.ask(bare_frame(head(Method::GET, path, driver))).code() == 404);
}

TEST_CASE_METHOD(CodeStore, "code of the greatest size comes and goes in one message") {
  const std::string content(8'323'072, 'x');
  const std::string of_content =
      "/jobs/scan/code/9dbb3b643799f2261bfcd145fd3a54dd853abc8a7d72d705c38b17299c7991c8";
  CHECK_THAT(add(runs, content).error(), Catch::StartsWith("content: has another SHA-256"));
  const auto frame = new_code_frame(head(Method::POST, of_content, runs), "python3", content);
  CHECK(frame.size() < 8'388'608);
  REQUIRE(peer.ask(frame).code() == 200);
  const Answer read = peer.ask(bare_frame(head(Method::GET, of_content, runs)));
  REQUIRE(read.code() == 200);
  CHECK(read.body().getCode().getContent().size() == content.size());
  const Answer refused =
      peer.ask(new_code_frame(head(Method::POST, of_content, runs), "python3", content + "x"));
  CHECK(refused.code() == 413);
  CHECK_THAT(refused.error(), Catch::StartsWith("content: 8323073") && Catch::Contains("8323072"));
}

}  // namespace wire
