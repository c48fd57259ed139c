#include <catch2/catch.hpp>
#include <map>

#include "lease_tokens.h"
#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

struct Conversation {
  LocalStore store;
  Peer client{store.request_endpoint()};
  Peer driver{store.driver_endpoint()};
  std::string client_token = store.client_token();
  std::string driver_token = store.driver_token();
  LeaseTokens lease_tokens;
  std::uint64_t next_id = 100;

  Answer submit(const std::vector<NewJob>& jobs) {
    return client.ask(submit_frame(submit_head(++next_id, client_token), jobs));
  }
  Answer accept(const Accept& accept) {
    Answer answer = driver.ask(accept_frame(accept_head(++next_id, driver_token), accept));
    lease_tokens.remember(answer);
    return answer;
  }
  Answer update(std::vector<Outcome> outcomes) {
    for (Outcome& outcome : outcomes) {
      outcome = lease_tokens.with_token(outcome);
    }
    return driver.ask(update_frame(update_head(++next_id, driver_token), outcomes));
  }
  Answer query(const JobQuery& query) {
    return client.ask(
        job_query_frame(client_call(++next_id, Method::GET, "/scan/job", client_token), query));
  }
};

}  // namespace

TEST_CASE_METHOD(Conversation, "a job is submitted, accepted, completed and read") {
  const Answer submitted = submit({{.job = "j-1", .request = R"({"page":1})", .priority = 70}});
  REQUIRE(submitted.code() == 200);
  CHECK(submitted.id() == next_id);
  const auto created = submitted.body().getSubmitted()[0];
  CHECK(created.getCreated());
  CHECK(created.getJob().getStatus() == protocol::Status::SUBMITTED);
  CHECK(created.getJob().getSequence() == 1);

  const Answer accepted = accept({.worker = "w-1", .max = 5});
  REQUIRE(accepted.code() == 200);
  REQUIRE(accepted.body().getAccepted().size() == 1);
  const auto job = accepted.body().getAccepted()[0];
  CHECK(job.getLease().getJob() == "j-1");
  CHECK(job.getLease().getAttempt() == 1);
  CHECK(job.getClient() == "alice");
  CHECK(job.getRequest() == R"({"page":1})");
  CHECK(job.getPriority() == 70);
  CHECK(job.getLeaseUntil() >= job.getSubmittedAt() + 30'000);

  const Answer renewed =
      driver.ask(renew_frame(client_call(++next_id, Method::POST, "/jobs/scan/renew", driver_token),
                             {{"j-1", 1}}, 3'600'000));
  REQUIRE(renewed.code() == 200);
  CHECK(renewed.body().getRenewed()[0].getLeaseUntil() >= job.getSubmittedAt() + 3'600'000);

  const Answer updated = update({{{"j-1", 1}, Done{R"(["done"])"}}});
  REQUIRE(updated.code() == 200);
  CHECK(updated.body().getUpdated()[0].getStatus() == protocol::Status::COMPLETE);

  const Answer read = query({.job = "j-1"});
  REQUIRE(read.code() == 200);
  CHECK(read.body().getJob().getStatus() == protocol::Status::COMPLETE);
  CHECK(read.body().getJob().getResponse() == R"(["done"])");
  CHECK(read.body().getJob().getWorker() == "w-1");
  CHECK(read.body().getJob().getLeaseUntil() == 0);
}

TEST_CASE_METHOD(Conversation, "a failed job tells code, message and detail") {
  REQUIRE(submit({{.job = "j-1"}}).code() == 200);
  REQUIRE(accept({}).code() == 200);
  const Answer updated = update({{{"j-1", 1}, Error{"exit-1", "jammed", "tray 2"}}});
  CHECK(updated.body().getUpdated()[0].getStatus() == protocol::Status::FAILED);
  const Answer read = query({.job = "j-1"});
  const auto error = read.body().getJob().getError();
  CHECK(error.getCode() == "exit-1");
  CHECK(error.getMessage() == "jammed");
  CHECK(error.getDetail() == "tray 2");
}

TEST_CASE_METHOD(Conversation, "what was done is answered the same again") {
  REQUIRE(submit({{.job = "j-1"}}).body().getSubmitted()[0].getCreated());
  const auto before = store.digest();
  const Answer again = submit({{.job = "j-1"}});
  REQUIRE(again.code() == 200);
  CHECK_FALSE(again.body().getSubmitted()[0].getCreated());
  CHECK(submit({{.job = "j-1", .request = "1"}}).code() == 409);
  CHECK(store.digest() == before);

  const Answer first = accept({.request_number = 7, .lease_ms = 60'000});
  const auto leased = store.digest();
  const Answer second = accept({.request_number = 7, .lease_ms = 60'000});
  REQUIRE(second.body().getAccepted().size() == 1);
  CHECK(second.body().getAccepted()[0].getLease().getAttempt() == 1);
  CHECK(second.body().getAccepted()[0].getLeaseUntil() ==
        first.body().getAccepted()[0].getLeaseUntil());
  CHECK(accept({.request_number = 6}).code() == 409);
  CHECK(store.digest() == leased);

  REQUIRE(update({{{"j-1", 1}, Done{"1"}}}).code() == 200);
  const auto complete = store.digest();
  CHECK(update({{{"j-1", 1}, Done{"1"}}}).code() == 200);
  CHECK(update({{{"j-1", 1}, Done{"2"}}}).code() == 409);
  CHECK(update({{{"j-1", 2}, Done{"1"}}}).code() == 409);
  CHECK(store.digest() == complete);
  CHECK(query({.job = "j-1"}).body().getJob().getResponse() == "1");
}

TEST_CASE_METHOD(Conversation, "a list has an answer for each item") {
  const Answer submitted = submit({{.job = "j-1"}, {.job = "list"}, {.job = "j-2"}});
  REQUIRE(submitted.code() == 207);
  const auto results = submitted.body().getSubmitted();
  REQUIRE(results.size() == 3);
  CHECK(results[0].getCode() == 200);
  CHECK(results[1].getCode() == 400);
  CHECK_THAT(results[1].getError().cStr(), Catch::Contains("jobs[1].job"));
  CHECK(results[2].getCode() == 200);
  CHECK(results[2].getJob().getSequence() == 2);
}

TEST_CASE_METHOD(Conversation, "requests in flight on one socket are matched by their ids") {
  constexpr std::uint64_t kRequests = 500;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    client.send(submit_frame(submit_head(i + 1, client_token), {{.job = "j" + std::to_string(i)}}));
  }
  std::map<std::uint64_t, std::string> jobs;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    const Answer answer = client.receive();
    REQUIRE(answer.code() == 200);
    jobs[answer.id()] = answer.body().getSubmitted()[0].getJob().getJob();
  }
  REQUIRE(jobs.size() == kRequests);
  for (const auto& [id, job] : jobs) {
    CHECK(job == "j" + std::to_string(id - 1));
  }
}

TEST_CASE_METHOD(Conversation, "an answer overtakes a request that waits on the same socket") {
  REQUIRE(submit({{.job = "j-1"}}).code() == 200);
  client.send(job_query_frame(client_call(1, Method::GET, "/scan/job", client_token),
                              {.job = "j-1", .wait_ms = 60'000, .until_final = true}));
  CHECK(query({.job = "j-1"}).id() == next_id);
  REQUIRE(accept({}).code() == 200);
  REQUIRE(update({{{"j-1", 1}, {}}}).code() == 200);
  const Answer waited = client.receive();
  CHECK(waited.id() == 1);
  CHECK(waited.body().getJob().getStatus() == protocol::Status::COMPLETE);
  CHECK(waited.body().getJob().getResponse() == "1");
}

TEST_CASE_METHOD(Conversation, "an accept that waits is answered by the next submit") {
  driver.send(accept_frame(accept_head(1, driver_token), {.wait_ms = 60'000}));
  REQUIRE(submit({{.job = "j-1"}}).code() == 200);
  const Answer accepted = driver.receive();
  CHECK(accepted.id() == 1);
  REQUIRE(accepted.body().getAccepted().size() == 1);
  CHECK(accepted.body().getAccepted()[0].getLease().getJob() == "j-1");
}

TEST_CASE_METHOD(Conversation, "an accept that waits in vain is answered with an empty list") {
  const Answer accepted = accept({.wait_ms = 1});
  CHECK(accepted.code() == 200);
  CHECK(accepted.body().isAccepted());
  CHECK(accepted.body().getAccepted().size() == 0);
}

TEST_CASE_METHOD(Conversation, "a client lists its own jobs, a driver all") {
  REQUIRE(submit({{.job = "j-1"}, {.job = "j-2"}, {.job = "j-3"}}).code() == 200);
  const std::string bob = store.client_token("bob");
  REQUIRE(client.ask(submit_frame(submit_head(1, bob), {{.job = "b-1"}})).code() == 200);

  const auto list = [&](Peer& peer, const std::string& path, const std::string& token,
                        const ListQuery& query) {
    return peer.ask(list_query_frame(client_call(++next_id, Method::GET, path, token), query));
  };
  const Answer first = list(client, "/scan/job/list", client_token, {.limit = 2});
  REQUIRE(first.body().getJobs().getJobs().size() == 2);
  const auto cursor = first.body().getJobs().getCursor();
  const Answer second =
      list(client, "/scan/job/list", client_token, {.cursor = cursor, .limit = 2});
  REQUIRE(second.body().getJobs().getJobs().size() == 1);
  CHECK(second.body().getJobs().getJobs()[0].getJob() == "j-3");
  CHECK(second.body().getJobs().getCursor() == 0);

  const Answer all = list(driver, "/jobs/scan/list", driver_token, {});
  CHECK(all.body().getJobs().getJobs().size() == 4);
  const Answer of_bob = list(driver, "/jobs/scan/list", driver_token, {.client = "bob"});
  REQUIRE(of_bob.body().getJobs().getJobs().size() == 1);
  CHECK(of_bob.body().getJobs().getJobs()[0].getJob() == "b-1");
}

TEST_CASE_METHOD(Conversation, "status needs no token and stats count") {
  const Answer status = client.ask(bare_frame({.id = 5, .path = "/status"}));
  REQUIRE(status.code() == 200);
  CHECK(status.id() == 5);
  CHECK(status.body().getStore().getVersion() == "test");
  CHECK(status.body().getStore().getName() == "jobqd");
  CHECK(status.body().getStore().getDurability() == "synced");
  CHECK(client.ask(bare_frame({.path = "/uptime"})).body().isStore());

  REQUIRE(submit({{.job = "j-1"}}).code() == 200);
  const Answer stats =
      client.ask(bare_frame(client_call(6, Method::GET, "/admin/stats", store.operator_token())));
  REQUIRE(stats.code() == 200);
  CHECK(stats.body().getStats().getCommits() == 1);
  CHECK(stats.body().getStats().getSyncs() == 1);
  CHECK(stats.body().getStats().getJobsLive() == 1);
  CHECK(stats.body().getStats().getRequests() == 4);
}

TEST_CASE("a REQ socket and a DEALER without delimiter are understood alike") {
  LocalStore store;
  const std::string frame = bare_frame({.id = 9, .path = "/status"});
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::req);
  socket.set(zmq::sockopt::linger, 0);
  socket.connect(store.request_endpoint());
  REQUIRE(socket.send(zmq::buffer(frame), zmq::send_flags::none));
  zmq::message_t reply;
  REQUIRE(socket.recv(reply));
  CHECK(Answer(reply.to_string()).id() == 9);

  Peer peer(store.request_endpoint());
  peer.send_parts({frame});
  const auto parts = peer.receive_parts();
  REQUIRE(parts.size() == 1);
  CHECK(Answer(parts[0]).id() == 9);
}

TEST_CASE("a turn ends when its time is over, and when it has searched enough", "[turn]") {
  const bool is_search = GENERATE(false, true);
  LocalStore store([&](store::Config& config) {
    if (is_search) {
      config.limits.turn_time_max = std::chrono::hours(1);
      config.limits.search_bytes_per_turn_max = 1;
    } else {
      config.limits.turn_time_max = std::chrono::milliseconds(0);
    }
  });
  Peer peer(store.request_endpoint());
  const std::string token = store.client_token();
  REQUIRE(peer.ask(submit_frame(submit_head(1, token), {{.job = "j"}})).code() == 200);
  const auto turns = [&] {
    const Head head = client_call(2, Method::GET, "/admin/stats", store.operator_token());
    return peer.ask(bare_frame(head)).body().getStats().getTurns();
  };
  constexpr std::uint64_t kRequests = 300;
  const std::uint64_t before = turns();
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    peer.send(list_query_frame(client_call(i, Method::GET, "/scan/job/list", token),
                               {.text = is_search ? "x" : ""}));
  }
  for (std::uint64_t i = 0; i < kRequests; ++i) REQUIRE(peer.receive().code() == 200);
  CHECK(turns() >= before + kRequests);
}

}  // namespace wire
