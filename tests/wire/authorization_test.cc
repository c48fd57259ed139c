#include <catch2/catch.hpp>

#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

struct Guarded {
  LocalStore store;
  Peer peer{store.request_endpoint()};
  std::uint64_t digest_before = 0;

  Guarded() {
    const auto frame = submit_frame(submit_head(1, store.client_token("alice")), {{.job = "j-1"}});
    REQUIRE(peer.ask(frame).code() == 200);
    digest_before = store.digest();
  }
  Answer submit(const std::string& token) {
    return peer.ask(submit_frame(submit_head(2, token), {{.job = "new"}}));
  }
  Answer accept(const std::string& token) {
    return peer.ask(accept_frame(accept_head(3, token), {}));
  }
  Answer query(const std::string& token, const std::string& client = "alice") {
    return peer.ask(job_query_frame(client_call(4, Method::GET, "/scan/job", token),
                                    {.job = "j-1", .client = client}));
  }
  // Requires the code, a reason, and that nothing came of the request.
  void check_denied(const Answer& answer, unsigned code) {
    CHECK(answer.code() == code);
    CHECK_THAT(answer.error(), Catch::StartsWith("token: ") && !Catch::Contains("token: token"));
    CHECK(answer.body().isNone());
    CHECK(store.digest() == digest_before);
  }
};

}  // namespace

TEST_CASE_METHOD(Guarded, "without a token, or with none of this store, it is 401") {
  const LocalStore other;
  const std::string good = store.client_token();
  std::string damaged = good;
  damaged[good.size() / 2] = damaged[good.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& token :
       {std::string(), std::string("no token"), damaged, other.client_token(),
        good.substr(0, good.size() / 2), std::string(8193, 'A'), std::string(1'000'000, 'A')}) {
    INFO("a token of " << token.size() << " bytes");
    check_denied(submit(token), 401);
    check_denied(query(token), 401);
    check_denied(accept(token), 401);
    const auto stats = bare_frame(client_call(5, Method::GET, "/admin/stats", token));
    check_denied(peer.ask(stats), 401);
  }
}

// What each caveat allows is in the matrix; here, that a denial leaves no trace.
TEST_CASE_METHOD(Guarded, "what a caveat does not allow is 403 and changes nothing") {
  check_denied(accept(store.client_token()), 403);
  check_denied(submit(store.driver_token()), 403);
  check_denied(submit(store.mint({"path = /scan/job"})), 403);  // it is sent as /scan/job/
  for (const std::string caveat : {"time < 1", "method = GET", "path=/scan/*", "job = j-1"}) {
    INFO(caveat);
    check_denied(submit(store.mint({"path = /scan/*", caveat})), 403);
  }
}

TEST_CASE_METHOD(Guarded, "another client's job is 403, an unknown one 404") {
  CHECK(query(store.client_token("alice")).code() == 200);
  // The token's client counts, whoever the body says it is.
  const Answer others = query(store.client_token("bob"), "alice");
  CHECK(others.code() == 403);
  CHECK(others.body().isNone());
  const Answer unknown =
      peer.ask(bare_frame(client_call(6, Method::GET, "/scan/job/j-2", store.client_token("bob"))));
  CHECK(unknown.code() == 404);
  // Without a pin the body says who it is.
  CHECK(query(store.mint({"path = /scan/*"}), "bob").code() == 403);
  CHECK(query(store.mint({"path = /scan/*"}), "alice").code() == 200);
}

TEST_CASE_METHOD(Guarded, "to wait for a job of another datasource takes the right to read of it") {
  const auto mail = client_call(1, Method::POST, "/mail/job/", store.mint({"client = alice"}));
  REQUIRE(peer.ask(submit_frame(mail, {{.job = "m-1"}})).code() == 200);
  digest_before = store.digest();
  const auto ask = [&](const std::string& token) {
    wire::NewJob job{.job = "new"};
    job.after = {{.datasource = "mail", .job = "m-1"}};
    return peer.ask(submit_frame(submit_head(2, token), {std::move(job)}));
  };
  const Answer denied = ask(store.client_token("alice"));
  check_denied(denied, 403);
  CHECK_THAT(denied.error(), Catch::EndsWith(", to wait for mail/m-1"));
  check_denied(ask(store.mint({"client = alice", "method = POST"})), 403);
  CHECK(ask(store.mint({"client = alice"})).code() == 200);
}

TEST_CASE_METHOD(Guarded, "a pinned client submits under its own name") {
  const auto frame =
      submit_frame(submit_head(2, store.client_token("bob")), {{.job = "new", .client = "alice"}});
  const Answer answer = peer.ask(frame);
  REQUIRE(answer.code() == 200);
  CHECK(answer.body().getSubmitted()[0].getJob().getClient() == "bob");
}

TEST_CASE_METHOD(Guarded,
                 "path and method are judged before the token, the token before the body") {
  CHECK(peer.ask(bare_frame(client_call(1, Method::GET, "/nowhere", ""))).code() == 404);
  CHECK(peer.ask(bare_frame(client_call(1, Method::PUT, "/scan/job", ""))).code() == 405);
  CHECK(peer.ask(bare_frame(client_call(1, Method::GET, "/a b/job", ""))).code() == 400);
  CHECK(peer.ask(bare_frame(client_call(1, Method::POST, "/scan/job", ""))).code() == 401);
  CHECK(peer.ask(bare_frame(submit_head(1, store.client_token()))).code() == 400);
}

TEST_CASE_METHOD(Guarded, "no datasource comes to be that is named like a word of a path") {
  const std::string token = store.mint({});
  for (const std::string_view listed : jobq::limits::kDatasourceWords) {
    const std::string word(listed);
    INFO(word);
    const auto call = [&](const std::string& path) {
      return client_call(7, Method::POST, path, token);
    };
    const auto is_refused = [&](const std::string& frame) {
      const unsigned code = peer.ask(frame).code();
      return code == 400 || code == 404 || code == 405;
    };
    CHECK(is_refused(submit_frame(call("/" + word + "/job"), {{.job = "new"}})));
    CHECK(is_refused(subscribe_frame(call("/" + word + "/job/events"), {})));
    CHECK(is_refused(accept_frame(call("/jobs/" + word + "/accept"), {.wait_ms = 1})));
    CHECK(is_refused(config_frame(call("/jobs/" + word + "/config"), {})));
    CHECK(is_refused(config_frame(call("/admin/" + word + "/config"), {})));
    CHECK(is_refused(config_frame(call("/cat"), {.datasource = word})));
  }
  CHECK(store.digest() == digest_before);
}

TEST_CASE("driver paths can be shut on the request endpoint") {
  LocalStore store([](store::Config& config) { config.drivers_on_request = false; });
  Peer client(store.request_endpoint());
  Peer driver(store.driver_endpoint());
  const auto frame = accept_frame(accept_head(1, store.driver_token()), {});
  const Answer refused = client.ask(frame);
  CHECK(refused.code() == 403);
  CHECK_THAT(refused.error(), Catch::Contains("driver endpoint"));
  CHECK(driver.ask(frame).code() == 200);
  const auto submit = submit_frame(submit_head(2, store.client_token()), {{.job = "j-1"}});
  CHECK(client.ask(submit).code() == 200);
}

}  // namespace wire
