// What databox's clients ask, over the socket on which Cap'n Proto is spoken too.

#include "zest_fixture.h"

using zest::Answer;
using zest::Code;
using zest::Json;
using zest::Store;

TEST_CASE("a job lives its life over Zest") {
  const Store store;
  const Answer submitted = store.submit("j1");
  CHECK(submitted.code == Code::kCreated);
  CHECK(submitted.json()["status"] == "submitted");

  const Json taken = store.take();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0]["job"] == "j1");
  CHECK(taken[0]["client"] == "c");
  CHECK(taken[0]["request"] == Json{{"page", 1}});

  const Answer done = store.complete(taken[0], {{"text", "abc"}});
  INFO(done.payload);
  CHECK(done.code == Code::kCreated);
  CHECK(done.json()["status"] == "complete");

  const Answer found = store.get(store.app(), "/kv/D/job/c/j1");
  CHECK(found.code == Code::kContent);
  CHECK(found.json()["status"] == "complete");
  CHECK(found.json()["response"] == Json{{"text", "abc"}});
}

TEST_CASE("what is asked over Zest and over Cap'n Proto is one store") {
  const Store store;
  store.submit("j1");
  wire::Peer peer(store.request);
  const std::string token = store.mint({"path = /D/*"});
  wire::Head head{.path = "/D/job", .token = token};
  const auto answer = peer.ask(wire::job_query_frame(head, {.job = "j1", .client = "c"}));
  CHECK(answer.code() == 200);
}

TEST_CASE("a cancel is answered with the job") {
  const Store store;
  store.submit("j1");
  const Answer cancelled =
      store.post(store.app(), "/kv/D/job/cancel", {{"job", "j1"}, {"client", "c"}});
  CHECK(cancelled.code == Code::kCreated);
  CHECK(cancelled.json()["status"] == "cancelled");
}

TEST_CASE("a client's jobs are a list") {
  const Store store;
  store.submit("j1");
  store.submit("j2");
  store.submit("j3", "other");
  const Json jobs = store.get(store.app(), "/kv/D/job/c").json()["jobs"];
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[1]["job"] == "j2");
}

TEST_CASE("the own prefix of jobs means the same") {
  const Store store;
  const std::string app = store.mint({"path = /job/D/*"});
  CHECK(store.post(app, "/job/D/job", {{"job", "j"}, {"client", "c"}, {"request", 1}}).code ==
        Code::kCreated);
  CHECK(store.get(app, "/job/D/job/c/j").code == Code::kContent);
}

TEST_CASE("an app's token reaches nothing of the driver's") {
  const Store store;
  const std::string app = store.app();
  for (const std::string path :
       {"/kv/D.server/take", "/kv/D.server/update", "/jobs/D/accept", "/kv/E/job"}) {
    INFO(path);
    CHECK(store.post(app, path, {{"worker", "w"}, {"requestNumber", 1}}).code ==
          Code::kUnauthorized);
  }
  CHECK(store.ask_to_observe(app, "/kv/D.server/*").code == Code::kUnauthorized);
}

TEST_CASE("nobody observes the jobs of all clients with an app's token") {
  const Store store;
  store.submit("j1");
  for (const std::string path : {"/kv/D/*", "/kv/D/job/*", "/kv/D/job", "/kv/D"}) {
    INFO(path);
    CHECK(store.ask_to_observe(store.app(), path).code == Code::kBadRequest);
  }
}

TEST_CASE("another client's job is refused as one that is not there") {
  const Store store;
  store.submit("j1", "other");
  CHECK(store.get(store.app(), "/kv/D/job/c/j1").code == Code::kUnauthorized);
  CHECK(store.get(store.app(), "/kv/D/job/c/j2").code == Code::kBadRequest);
}

TEST_CASE("no token and what is none are refused") {
  const Store store;
  CHECK(store.get("", "/kv/D/job/c/j").code == Code::kUnauthorized);
  CHECK(store.get("*", "/kv/D/job/c/j").code == Code::kUnauthorized);
}

TEST_CASE("a caveat on the method is about what was sent") {
  const Store store;
  const std::string token = store.mint({"path = /kv/D/*", "method = GET"});
  store.submit("j1");
  CHECK(store.get(token, "/kv/D/job/c/j1").code == Code::kContent);
  CHECK(store.ask_to_observe(token, "/kv/D/job/c/*").code == Code::kContent);
  CHECK(store.post(token, "/kv/D/job/cancel", {{"job", "j1"}, {"client", "c"}}).code ==
        Code::kUnauthorized);
}

TEST_CASE("a token may allow one mode of observing alone") {
  const Store store;
  const std::string token = store.mint({"path = /kv/D/*", "observe = data"});
  store.submit("j1");
  CHECK(store.ask_to_observe(token, "/kv/D/job/c/*").code == Code::kContent);
  CHECK(store.ask_to_observe(token, "/kv/D/job/c/*", "data").code == Code::kContent);
  CHECK(store.ask_to_observe(token, "/kv/D/job/c/*", "audit").code == Code::kUnauthorized);
  CHECK(store.get(token, "/kv/D/job/c/j1").code == Code::kUnauthorized);
}

TEST_CASE("bodies that are wrong are refused, and say where") {
  const Store store;
  const std::string app = store.app();
  const auto refused = [&](const Json& body, const std::string& words) {
    const Answer answer = store.post(app, "/kv/D/job", body);
    CHECK(answer.code == Code::kBadRequest);
    CHECK_THAT(answer.payload, Catch::Contains(words));
  };
  refused({{"job", "j"}, {"client", "c"}, {"request", 1}, {"prio", 1}}, "prio");
  refused({{"job", 7}, {"client", "c"}, {"request", 1}}, "job");
  refused({{"job", "j"}, {"request", 1}}, "client");
  refused({{"job", "j"}, {"client", "c"}, {"request", 1}, {"priority", 1000}}, "priority");
  refused(Json::array(), "object");

  // What a terminal would obey is not told.
  refused({{"\x1b[2J\xc3\xa9", 1}}, "?[2J??: there is no such field");
  const Answer answer = store.post(app, "/kv/D/job", {{std::string(100'000, 'x'), 1}});
  CHECK(answer.code == Code::kBadRequest);
  CHECK(answer.payload.size() < 1000);

  zest::Message post{.code = Code::kPost, .token = app, .path = "/kv/D/job"};
  post.format = zest::Format::kText;
  post.payload = R"({"job":"j","client":"c","request":1})";
  CHECK(store.send(post).code == Code::kUnsupportedFormat);
  post.format = zest::Format::kJson;
  for (const std::string payload : {"", "{", "1", "\xff", "{\"job\":\"j\",\"job\":\"k\"}"}) {
    INFO(payload);
    post.payload = payload;
    CHECK(store.send(post).code == Code::kBadRequest);
  }
}

TEST_CASE("paths that clients cut, or that observers could not tell apart, are refused") {
  const Store store;
  for (const std::string path : {"/kv/\xc3\xa9/job/c/j", "/kv/D/job/c d/j", "kv/D/job/c/j", "",
                                 "/kv", "/kv/D", "/kv/D/jobs", "/kv//job/c", "/kv/.server/list"}) {
    INFO(path);
    CHECK(store.get(store.driver(), path).code == Code::kBadRequest);
  }
}

TEST_CASE("a lease is renewed with the words that the job was given out with") {
  const Store store;
  store.submit("j1");
  const Json taken = store.take();
  Json lease;
  for (const char* const word : {"job", "attempt", "leaseToken"}) {
    lease[word] = taken[0][word];
  }
  const auto renewed = [&] {
    return store.post(store.driver(), "/kv/D.server/renew", {{"leases", {lease}}}).json();
  };
  CHECK(renewed()["code"] == 200);
  CHECK_FALSE(renewed().value("cancelRequested", false));
  store.post(store.app(), "/kv/D/job/cancel", {{"job", "j1"}, {"client", "c"}});
  CHECK(renewed()["cancelRequested"] == true);
}

TEST_CASE("numbers in a request come out as they went in") {
  const Store store;
  const std::string request = R"({"n":12345678901234567890123,"x":1.10})";
  const std::string body = R"({"job":"j","client":"c","request":)" + request + "}";
  const std::string app = store.app();
  CHECK(store
            .send({.code = Code::kPost,
                   .token = app,
                   .path = "/kv/D/job",
                   .format = zest::Format::kJson,
                   .payload = body})
            .code == Code::kCreated);
  const Answer taken =
      store.post(store.driver(), "/kv/D.server/take", {{"worker", "w"}, {"requestNumber", 1}});
  CHECK_THAT(taken.payload, Catch::Contains("\"request\":" + request));
}

TEST_CASE("a message that is cut is answered, and harms nobody") {
  const Store store;
  wire::Peer peer(store.request);
  peer.send(std::string("\x01\x03\x00\x05tok", 7));
  const auto parts = peer.receive_parts();
  REQUIRE(parts.size() == 2);
  CHECK(zest::parse(parts[1])->code == Code::kBadRequest);
  CHECK(store.get("", "/status").code == Code::kContent);
}

TEST_CASE("a datasource that databox's library registers is in the catalogue") {
  const Store store;
  const Json item = {{"item-metadata",
                      {{{"rel", "urn:X-hypercat:rels:hasDescription:en"}, {"val", "scans"}},
                       {{"rel", "urn:X-hypercat:rels:isContentType"}, {"val", "application/json"}},
                       {{"rel", "urn:X-databox:rels:hasVendor"}, {"val", "me"}},
                       {{"rel", "urn:X-databox:rels:hasType"}, {"val", "scan"}},
                       {{"rel", "urn:X-databox:rels:hasDatasourceid"}, {"val", "D"}},
                       {{"rel", "urn:X-databox:rels:hasStoreType"}, {"val", "kv"}},
                       {{"rel", "urn:X-databox:rels:isActuator"}, {"val", true}}}},
                     {"href", "tcp://drv-core-store:5555/kv/D"}};
  const Answer registered = store.post(store.driver(), "/cat", item);
  INFO(registered.payload);
  CHECK(registered.code == Code::kCreated);
  CHECK(store.post(store.driver(), "/cat", item).code == Code::kCreated);
  const Json catalogue = store.get(store.driver(), "/cat").json();
  REQUIRE(catalogue["items"].size() == 1);
  CHECK(catalogue["items"][0] == item);
  CHECK(store.post(store.app(), "/cat", item).code == Code::kUnauthorized);

  Json other = item;
  other["item-metadata"][4]["val"] = "D.server";
  other["href"] = "tcp://drv-core-store:5555/kv/D.server";
  const Answer refused = store.post(store.driver(), "/cat", other);
  CHECK(refused.code == Code::kBadRequest);
  CHECK_THAT(refused.payload, Catch::Contains(".server"));
}
