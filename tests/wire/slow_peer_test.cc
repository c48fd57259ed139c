#include <catch2/catch.hpp>
#include <set>

#include "lease_tokens.h"
#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

Answer stats(LocalStore& store, Peer& peer) {
  Answer answer =
      peer.ask(bare_frame(client_call(1, Method::GET, "/admin/stats", store.operator_token())));
  REQUIRE(answer.code() == 200);
  return answer;
}
std::uint64_t replies_dropped(LocalStore& store, Peer& peer) {
  return stats(store, peer).body().getStats().getRepliesDropped();
}
std::uint64_t waiters_parked(LocalStore& store, Peer& peer) {
  return stats(store, peer).body().getStats().getWaitersParked();
}

void submit(LocalStore& store, Peer& peer, const std::vector<NewJob>& jobs) {
  const Answer answer = peer.ask(submit_frame(submit_head(1, store.client_token()), jobs));
  REQUIRE(answer.code() == 200);
}

// How often something was refused by this name.
std::uint64_t times_refused(LocalStore& store, Peer& peer, const std::string& what) {
  const Answer told = stats(store, peer);
  for (const auto count : told.body().getStats().getRefused()) {
    if (count.getWhat() == what) {
      return count.getCount();
    }
  }
  return 0;
}

// A job "large" that has ended with this response.
void complete_large(LocalStore& store, Peer& peer, const std::string& response) {
  submit(store, peer, {{.job = "large"}});
  const Answer accepted = peer.ask(accept_frame(accept_head(2, store.driver_token()), {}));
  REQUIRE(accepted.body().getAccepted().size() == 1);
  LeaseTokens tokens;
  tokens.remember(accepted);
  REQUIRE(peer.ask(update_frame(update_head(3, store.driver_token()),
                                {tokens.with_token({{"large", 1}, Done{response}})}))
              .code() == 200);
}

std::vector<NewJob> many_jobs(std::size_t count) {
  std::vector<NewJob> jobs;
  for (std::size_t i = 0; i < count; ++i) {
    jobs.push_back({.job = "j" + std::to_string(i)});
  }
  return jobs;
}

}  // namespace

TEST_CASE("a worker that ends while it waits for jobs has lost no reply") {
  LocalStore store;
  Peer witness(store.request_endpoint());
  submit(store, witness, {{.job = "j"}});
  const auto accept = [&](std::uint32_t wait_ms) {
    return accept_frame(accept_head(2, store.driver_token()),
                        {.request_number = wait_ms, .wait_ms = wait_ms});
  };
  LeaseTokens tokens;
  tokens.remember(witness.ask(accept(1)));
  {
    Peer worker(store.request_endpoint());
    worker.send(accept(100));
    worker.send(renew_frame(client_call(3, Method::POST, "/jobs/scan/renew", store.driver_token()),
                            {.leases = {{"j", 1}}, .worker = "w", .wait_ms = 100}));
    while (waiters_parked(store, witness) < 2) {
    }
  }
  while (waiters_parked(store, witness) > 0) {
  }
  CHECK(replies_dropped(store, witness) == 0);
}

TEST_CASE("a turn ends when too much of it has gone on tokens that are none") {
  constexpr std::uint64_t kRequests = 30;
  LocalStore store([](store::Config& config) {
    config.limits.refused_token_time_per_turn_max = std::chrono::microseconds(0);
  });
  Peer flood(store.request_endpoint());
  Peer witness(store.request_endpoint());
  const auto turns = [&] { return stats(store, witness).body().getStats().getTurns(); };
  const std::uint64_t before = turns();
  // All of them are there when the store goes on.
  store.change([&](store::Config&) {
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      flood.send(
          bare_frame(client_call(i, Method::GET, "/admin/stats", "none" + std::to_string(i))));
    }
  });
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    REQUIRE(flood.receive().code() == 401);
  }
  CHECK(turns() - before >= kRequests);
}

TEST_CASE("a peer that does not read loses replies and holds up nobody") {
  constexpr std::uint64_t kRequests = 5000;
  LocalStore store;
  Peer witness(store.request_endpoint());
  // A reply is large enough that the buffers in between cannot take them all.
  const std::string response = '"' + std::string(10'000, 'x') + '"';
  complete_large(store, witness, response);

  Peer slow(store.request_endpoint(), {.receive_high_water = 1});
  const std::string token = store.client_token();
  for (std::uint64_t id = 1; id <= kRequests; ++id) {
    slow.send(bare_frame(client_call(id, Method::GET, "/scan/job/large", token)));
  }
  while (replies_dropped(store, witness) == 0) {
  }
  submit(store, witness, {{.job = "meanwhile"}});

  // What it did get is whole and in order. As long as replies are lost, others are on their way.
  std::uint64_t last = 0;
  for (std::uint64_t id = kRequests + 1; last <= kRequests; ++id) {
    slow.send(bare_frame(client_call(id, Method::GET, "/scan/job/large", token)));
    const Answer answer = slow.receive();
    REQUIRE(answer.id() > last);
    REQUIRE(answer.body().getJob().getResponse() == response);
    last = answer.id();
  }
}

TEST_CASE("who is closed since he did not read is counted") {
  constexpr int kPeers = 12;
  LocalStore store;
  Peer witness(store.request_endpoint());
  complete_large(store, witness, '"' + std::string(1'000'000, 'x') + '"');
  const std::string token = store.client_token();
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < kPeers; ++i) {
    peers.push_back(
        std::make_unique<Peer>(store.request_endpoint(), PeerOptions{.receive_high_water = 1}));
  }
  // They go on asking, since what is on its way may become less by what buffers take.
  while (times_refused(store, witness, "connectionsUnread") == 0) {
    for (const auto& peer : peers) {
      peer->send(bare_frame(client_call(1, Method::GET, "/scan/job/large", token)));
    }
  }
}

TEST_CASE("a worker that vanishes while its accept waits costs the job nothing") {
  LocalStore store;
  Peer witness(store.request_endpoint());
  const std::string token = store.driver_token();
  {
    Peer vanishing(store.driver_endpoint());
    vanishing.send(accept_frame(accept_head(1, token),
                                {.worker = "gone", .lease_ms = 3'600'000, .wait_ms = 60'000}));
    while (waiters_parked(store, witness) == 0) {
    }
  }
  while (waiters_parked(store, witness) > 0) {
  }
  submit(store, witness, {{.job = "j-1"}});
  const Answer accepted =
      witness.ask(accept_frame(accept_head(2, token), {.worker = "here", .wait_ms = 60'000}));
  REQUIRE(accepted.body().getAccepted().size() == 1);
  CHECK(accepted.body().getAccepted()[0].getLease().getAttempt() == 1);
}

TEST_CASE("a thousand workers that wait get one job each") {
  constexpr std::size_t kPeers = 10;
  constexpr std::size_t kEach = 100;
  LocalStore store;
  Peer witness(store.request_endpoint());
  const std::string token = store.driver_token();
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::size_t i = 0; i < kPeers; ++i) {
    peers.push_back(std::make_unique<Peer>(store.driver_endpoint()));
    for (std::size_t k = 0; k < kEach; ++k) {
      peers[i]->send(
          accept_frame(accept_head(k, token),
                       {.worker = std::to_string(i) + "-" + std::to_string(k), .wait_ms = 60'000}));
    }
  }
  while (waiters_parked(store, witness) < kPeers * kEach) {
  }
  submit(store, witness, many_jobs(kPeers * kEach));
  std::set<std::string> given;
  for (const auto& peer : peers) {
    for (std::size_t k = 0; k < kEach; ++k) {
      const Answer answer = peer->receive();
      REQUIRE(answer.body().getAccepted().size() == 1);
      given.insert(answer.body().getAccepted()[0].getLease().getJob());
    }
  }
  CHECK(given.size() == kPeers * kEach);
  CHECK(waiters_parked(store, witness) == 0);
}

TEST_CASE("a worker that asks anew has given up on what it asked before") {
  LocalStore store;
  Peer witness(store.request_endpoint());
  Peer driver(store.driver_endpoint());
  const std::string token = store.driver_token();
  driver.send(accept_frame(accept_head(1, token), {.request_number = 1, .wait_ms = 60'000}));
  driver.send(accept_frame(accept_head(2, token), {.request_number = 2, .wait_ms = 60'000}));
  const Answer given_up = driver.receive();
  CHECK(given_up.id() == 1);
  CHECK(given_up.body().getAccepted().size() == 0);
  submit(store, witness, {{.job = "j-1"}});
  const Answer answer = driver.receive();
  CHECK(answer.id() == 2);
  CHECK(answer.body().getAccepted().size() == 1);
}

TEST_CASE("more waiting requests than the limit are refused with 429") {
  LocalStore store([](store::Config& config) { config.limits.waiters_max = 3; });
  Peer witness(store.request_endpoint());
  Peer driver(store.driver_endpoint());
  const std::string token = store.driver_token();
  for (std::uint64_t id = 1; id <= 4; ++id) {
    driver.send(accept_frame(accept_head(id, token),
                             {.worker = "w" + std::to_string(id), .wait_ms = 60'000}));
  }
  const Answer refused = driver.receive();
  CHECK(refused.id() == 4);
  CHECK(refused.code() == 429);
  CHECK_THAT(refused.error(), Catch::Contains("waitersMax = 3"));
  CHECK(times_refused(store, witness, "waitersMax") == 1);
  submit(store, witness, many_jobs(3));
  for (std::uint64_t id = 1; id <= 3; ++id) {
    CHECK(driver.receive().id() == id);
  }
}

TEST_CASE("stopping answers those who wait with 503") {
  LocalStore store;
  Peer witness(store.request_endpoint());
  Peer driver(store.driver_endpoint());
  submit(store, witness, {{.job = "j-1"}});
  driver.send(accept_frame(
      {.id = 1, .method = Method::POST, .path = "/jobs/idle/accept", .token = store.driver_token()},
      {.wait_ms = 60'000}));
  driver.send(job_query_frame(client_call(2, Method::GET, "/scan/job", store.client_token()),
                              {.job = "j-1", .wait_ms = 60'000}));
  while (waiters_parked(store, witness) < 2) {
  }
  store.stop();
  CHECK(driver.receive().code() == 503);
  CHECK(driver.receive().code() == 503);
}

TEST_CASE("a job that is forgotten in the turn in which it failed can still be waited for") {
  LocalStore store([](store::Config& config) {
    config.limits.finished_max = 0;
    config.limits.defaults.terms.lost_leases_max = 1;
  });
  Peer client(store.request_endpoint());
  submit(store, client, {{.job = "j-1", .terms = {.keep_for = Span(1)}}});
  client.send(job_query_frame(client_call(1, Method::GET, "/scan/job", store.client_token()),
                              {.job = "j-1", .wait_ms = 60'000, .until_final = true}));
  Peer driver(store.driver_endpoint());
  const Answer accepted =
      driver.ask(accept_frame(accept_head(1, store.driver_token()), {.lease_ms = 100}));
  REQUIRE(accepted.body().getAccepted().size() == 1);
  const Answer answer = client.receive();
  CHECK(answer.body().getJob().getStatus() == protocol::Status::FAILED);
  CHECK(answer.body().getJob().getError().getCode() == "lost-leases");
}

}  // namespace wire
