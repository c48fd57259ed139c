// Observers: what they are told, and when it ends.

#include "zest_fixture.h"

using zest::Answer;
using zest::Code;
using zest::Json;
using zest::Store;

TEST_CASE("an observer is told what is, and then what happens") {
  const Store store;
  store.submit("j1");
  const auto observer = store.observer(store.app(), "/kv/D/job/c/*");
  const auto [path, first] = observer->next_data();
  CHECK(path == "/kv/D/job/c/j1");
  CHECK(first["job"] == "j1");
  CHECK(first["client"] == "c");
  CHECK(first["status"] == "submitted");

  const Json taken = store.take();
  CHECK(observer->next_data().second["status"] == "accepted");
  store.complete(taken[0], 7);
  const Json last = observer->next_data().second;
  CHECK(last["status"] == "complete");
  CHECK(last["response"] == 7);
}

TEST_CASE("lines wait for an observer who connects late") {
  const Store store;
  store.submit("j1");
  const Answer answer = store.ask_to_observe(store.app(), "/kv/D/job/c/*");
  REQUIRE(answer.code == Code::kContent);
  store.submit("j2");
  store.submit("j3");
  zest::Observer observer(store.observe, answer.payload);
  CHECK(observer.next_data().second["job"] == "j1");
  CHECK(observer.next_data().second["job"] == "j2");
  CHECK(observer.next_data().second["job"] == "j3");
}

TEST_CASE("an observer of a job hears of that job alone, of a client of that client alone") {
  const Store store;
  store.submit("j1");
  const auto of_job = store.observer(store.app(), "/kv/D/job/c/j1");
  const auto of_client = store.observer(store.app(), "/kv/D/job/other/*");
  const auto of_driver = store.observer(store.driver(), "/kv/D.server/*");
  store.submit("j2");
  store.submit("j3", "other");
  store.post(store.app(), "/kv/D/job/cancel", {{"job", "j1"}, {"client", "c"}});
  CHECK(of_job->next_data().second["status"] == "submitted");
  CHECK(of_job->next_data().second["status"] == "cancelled");
  CHECK(of_client->next_data().second["job"] == "j3");
  for (const std::string job : {"j1", "j2", "j3", "j1"}) {
    CHECK(of_driver->next_data().second["job"] == job);
  }
}

TEST_CASE("an observe ends with its time, and says so") {
  const Store store;
  store.submit("j1");
  const auto observer = store.observer(store.app(), "/kv/D/job/c/*", "", 1);
  CHECK(observer->next().code == Code::kContent);
  const Answer end = observer->next();
  CHECK(end.code == Code::kUnavailable);
  CHECK(end.payload.empty());
}

TEST_CASE("an observe ends with the store, and says so") {
  const Store store;
  store.submit("j1");
  const auto observer = store.observer(store.app(), "/kv/D/job/c/*");
  CHECK(observer->next().code == Code::kContent);
  store.process->send_signal(SIGTERM);
  CHECK(observer->next().code == Code::kUnavailable);
  CHECK(store.process->wait_for_exit() == 0);
}

TEST_CASE("an observe ends when tokens are revoked") {
  const Store store;
  store.submit("j1");
  const auto observer = store.observer(store.app(), "/kv/D/job/c/*");
  CHECK(observer->next().code == Code::kContent);
  CHECK(store.post(store.driver(), "/admin/tokens/k1.x/revoke", Json::object()).code ==
        Code::kCreated);
  CHECK(observer->next().code == Code::kUnavailable);
}

TEST_CASE("in audit mode each request is told, refused ones too") {
  const Store store;
  store.submit("j1");
  const auto observer = store.observer(store.driver(), "/kv/D.server/*", "audit");
  store.submit("j2");
  store.get("", "/kv/D/job/c/j1");
  store.ask_to_observe(store.app(), "/kv/D/job/c/*");
  const auto words = [&] {
    const std::string line = observer->next().payload;
    return line.substr(line.find(' ') + 1);
  };
  CHECK(words() == "jobqd app POST /kv/D/job 65");
  CHECK(words() == "jobqd app GET /kv/D/job/c/j1 129");
  CHECK(words() == "jobqd app GET(OBSERVE) /kv/D/job/c/* 69");
}

TEST_CASE("in notification mode what was posted is told, if it was not refused") {
  const Store store;
  store.submit("j1");
  const auto observer = store.observer(store.driver(), "/kv/D.server/*", "notification");
  store.get(store.app(), "/kv/D/job/c/j1");
  store.post(store.app(), "/kv/D/job", Json::object());
  store.submit("j2");
  const std::string line = observer->next().payload;
  CHECK_THAT(line, Catch::Contains(" app /kv/D/job json {") && Catch::Contains("\"j2\""));
}

TEST_CASE("modes that there are none of are refused") {
  const Store store;
  store.submit("j1");
  CHECK(store.ask_to_observe(store.app(), "/kv/D/job/c/*", "all").code == Code::kBadRequest);
}

TEST_CASE("lines that nobody takes cost nobody else his") {
  const Store store;
  const std::string greedy = store.app();
  const std::string response(1'000'000, 'x');
  store.submit("j1");
  for (int i = 0; i < 70; ++i) {
    REQUIRE(store.ask_to_observe(greedy, "/kv/D/job/c/*").code == Code::kContent);
  }
  REQUIRE(store.complete(store.take(1)[0], response).code == Code::kCreated);

  store.submit("j2");
  const auto observer = store.observer(store.app(), "/kv/D/job/c/*");
  CHECK(observer->next_data().second["status"] == "submitted");
  REQUIRE(store.complete(store.take(2)[0], response).code == Code::kCreated);
  CHECK(observer->next_data().second["status"] == "accepted");
  CHECK(observer->next_data().second["response"] == response);
}

TEST_CASE("an observer who has been quiet for long, and is away for a moment, misses nothing") {
  const Store store;
  store.submit("j1");
  const Answer answer = store.ask_to_observe(store.app(), "/kv/D/job/other/*");
  REQUIRE(answer.code == Code::kContent);
  // Until it would be too late for a line that waited since then.
  store.post(store.driver(), "/kv/E.server/take",
             {{"worker", "w"}, {"requestNumber", 1}, {"waitMs", 10'500}});
  store.submit("j2", "other");
  zest::Observer observer(store.observe, answer.payload);
  CHECK(observer.next_data().second["job"] == "j2");
}
