// Tokens that the store hands out, and how they and others are taken back.
#include <algorithm>
#include <catch2/catch.hpp>

#include "local_store.h"
#include "macaroon.h"
#include "peer.h"

namespace wire {
namespace {

struct Shop {
  LocalStore store;
  Peer peer{store.request_endpoint()};
  std::uint64_t next_id = 0;

  Head head(Method method, const std::string& path, const std::string& token) {
    return client_call(++next_id, method, path, token);
  }
  Answer get(const std::string& path, const std::string& token) {
    return peer.ask(bare_frame(head(Method::GET, path, token)));
  }
  Answer post(const std::string& path, const std::string& token) {
    return peer.ask(bare_frame(head(Method::POST, path, token)));
  }
  Answer submit(const std::string& token, const NewJob& job) {
    return peer.ask(submit_frame(head(Method::POST, "/scan/job/", token), {job}));
  }
  std::string ticket(const std::string& token, const std::string& job) {
    const Answer answer = submit(token, {.job = job});
    REQUIRE(answer.code() == 200);
    return answer.body().getSubmitted()[0].getTicket();
  }
  Lease accept(const std::string& token, std::uint64_t number) {
    const Answer answer = peer.ask(accept_frame(head(Method::POST, "/jobs/scan/accept", token),
                                                {.worker = "w", .request_number = number}));
    REQUIRE(answer.body().getAccepted().size() == 1);
    const auto lease = answer.body().getAccepted()[0].getLease();
    return {lease.getJob(), lease.getAttempt(), lease.getToken()};
  }
  Answer update(const std::string& token, const Outcome& outcome) {
    return peer.ask(update_frame(head(Method::POST, "/jobs/scan/update", token), {outcome}));
  }
  unsigned code_of_status(const std::string& token, const std::string& job) {
    return get("/scan/job/" + job, token).code();
  }
};

std::string narrowed(const std::string& token, const std::string& caveat) {
  const auto parsed = auth::Macaroon::parse(token);
  return std::get<auth::Macaroon>(parsed).with_caveat(caveat)->serialize();
}

std::string identifier_of(const std::string& token) {
  const auto parsed = auth::Macaroon::parse(token);
  return std::string(std::get<auth::Macaroon>(parsed).identifier());
}

}  // namespace

TEST_CASE_METHOD(Shop, "a ticket is for its job alone", "[tickets]") {
  const std::string alice = store.client_token();
  const std::string ticket = this->ticket(alice, "j1");
  REQUIRE(submit(alice, {.job = "j2"}).code() == 200);
  CHECK(this->ticket(alice, "j1") == ticket);  // of a repeated submit too

  for (const std::string operation : {"", "/log", "/explain", "/events"}) {
    CHECK(get("/scan/job/j1" + operation, ticket).code() == 200);
    CHECK(get("/scan/job/j2" + operation, ticket).code() == 403);
  }
  CHECK(post("/scan/job/j1/events", ticket).code() == 200);
  CHECK(get("/scan/job/list", ticket).code() == 403);
  CHECK(get("/other/job/j1", ticket).code() == 403);
  CHECK(submit(ticket, {.job = "j1"}).code() == 403);
  CHECK(post("/scan/job/j2/cancel", ticket).code() == 403);
  CHECK(post("/scan/job/j1/cancel", narrowed(ticket, "status-only")).code() == 403);
  CHECK(code_of_status(narrowed(ticket, "status-only"), "j1") == 200);
  CHECK(post("/scan/job/j1/cancel", ticket).code() == 200);
}

TEST_CASE_METHOD(Shop, "a ticket does not outlive its token, and needs no more of it",
                 "[tickets]") {
  const std::string past = "time < 1000000000";
  const std::string submit_only =
      store.mint({"path = /scan/job/", "method = POST", "client = alice", "time < 4102444800"});
  const std::string ticket = this->ticket(submit_only, "j1");
  CHECK(code_of_status(submit_only, "j1") == 403);
  CHECK(code_of_status(ticket, "j1") == 200);
  CHECK(code_of_status(narrowed(ticket, past), "j1") == 403);
  const auto parsed = auth::Macaroon::parse(ticket);
  const auto caveats = std::get<auth::Macaroon>(parsed).caveats();
  CHECK(std::any_of(caveats.begin(), caveats.end(), [](const auth::Caveat& caveat) {
    return caveat.predicate == "time < 4102444800";
  }));
  const Answer without = peer.ask(
      submit_frame(head(Method::POST, "/scan/job/", store.client_token()), {{.job = "j2"}}, true));
  CHECK_FALSE(without.body().getSubmitted()[0].hasTicket());
}

TEST_CASE_METHOD(Shop, "who could not follow a job gets no ticket of one that was there already",
                 "[tickets]") {
  const std::string alice = store.client_token();
  const auto ticket_of = [&](const std::string& token, const std::string& job) {
    const Answer answer = submit(token, {.job = job});
    REQUIRE(answer.code() == 200);
    return std::string(answer.body().getSubmitted()[0].getTicket());
  };
  REQUIRE_FALSE(ticket_of(alice, "j1").empty());
  for (const std::vector<std::string>& less :
       std::vector<std::vector<std::string>>{{"path = /scan/job/", "method = POST"},
                                             {"method = POST"},
                                             {"path = /scan/job/"},
                                             {"path = /scan/job*", "method = POST"}}) {
    std::string token = alice;
    for (const std::string& caveat : less) token = narrowed(token, caveat);
    INFO(less.front());
    CHECK(ticket_of(token, "j1").empty());
    CHECK_FALSE(ticket_of(token, "new" + std::to_string(next_id)).empty());
  }
  CHECK(ticket_of(store.mint({"path = /scan/job/", "client = alice"}), "j1").empty());
  CHECK_FALSE(ticket_of(store.client_token(), "j1").empty());  // another token that may follow it
}

TEST_CASE_METHOD(Shop, "an outcome needs the token of its lease", "[leases]") {
  const std::string driver = store.driver_token();
  const std::string alice = store.client_token();
  for (const std::string job : {"j1", "j2"}) REQUIRE(submit(alice, {.job = job}).code() == 200);
  const Lease first = accept(driver, 1);
  const Lease second = accept(driver, 2);
  REQUIRE(first.token != second.token);

  CHECK(update(driver, {{first.job, 1}, {}}).code() == 403);
  CHECK(update(driver, {{first.job, 1, second.token}, {}}).code() == 403);
  CHECK(update(driver, {{first.job, 2, first.token}, {}}).code() == 409);
  CHECK(update(driver, progress(first, 0.5)).code() == 200);

  // The lease as the request's own token.
  CHECK(update(first.token, progress({first.job, 1}, 0.6)).code() == 200);
  CHECK(update(first.token, {{second.job, 1}, {}}).code() == 409);
  CHECK(get("/jobs/scan/job/" + first.job, first.token).code() == 403);
  CHECK(peer.ask(accept_frame(head(Method::POST, "/jobs/scan/accept", first.token), {})).code() ==
        403);
  const auto renew = [&](const Renew& renew) {
    return peer.ask(renew_frame(head(Method::POST, "/jobs/scan/renew", first.token), renew)).code();
  };
  CHECK(renew({.leases = {{first.job, 1}}}) == 200);
  CHECK(renew({.leases = {{second.job, 1}}}) == 409);
  CHECK(renew({.leases = {{first.job, 1}}, .worker = "w"}) == 403);
  const Head elsewhere = head(Method::POST, "/jobs/other/update", first.token);
  CHECK(peer.ask(update_frame(elsewhere, {{{first.job, 1}, {}}})).code() == 403);

  CHECK(update(driver, release(first)).code() == 200);
  CHECK(update(first.token, {{first.job, 1}, {}}).code() == 409);
  const Lease again = accept(driver, 3);
  REQUIRE(again.attempt == 2);
  CHECK(update(driver, {{first.job, 2, first.token}, {}}).code() == 403);
  CHECK(update(first.token, {{first.job, 2}, {}}).code() == 409);
  CHECK(update(again.token, {{first.job, 2}, {}}).code() == 200);
}

TEST_CASE_METHOD(Shop, "revoking a token ends what it has, and what was made from it", "[revoke]") {
  const std::string driver = store.driver_token();
  const std::string alice = store.client_token();
  const std::string admin = store.operator_token();
  const std::string ticket = this->ticket(alice, "j1");
  const Lease lease = accept(driver, 1);
  REQUIRE(post("/scan/job/events", alice).code() == 200);
  const auto stats = [&] { return get("/admin/stats", admin); };
  REQUIRE(stats().body().getStats().getTopics() == 1);
  Peer waiting(store.driver_endpoint());
  waiting.send(accept_frame(client_call(7, Method::POST, "/jobs/scan/accept", driver),
                            {.worker = "v", .wait_ms = 60'000}));
  while (stats().body().getStats().getWaitersParked() == 0) {
  }

  const Answer revoked = post("/admin/tokens/" + identifier_of(driver) + "/revoke", admin);
  REQUIRE(revoked.code() == 200);
  CHECK(revoked.body().getTokens().getTokens()[0].getIsRevoked());
  CHECK(waiting.receive().code() == 401);
  CHECK(post("/jobs/scan/accept", narrowed(driver, "method = POST")).code() == 401);
  CHECK(update(lease.token, {{"j1", 1}, {}}).code() == 401);
  const Answer job = get("/scan/job/j1", ticket);
  CHECK(job.body().getJob().getStatus() == protocol::Status::SUBMITTED);
  CHECK(job.body().getJob().getReleases() == 1);
  CHECK(stats().body().getStats().getTopics() == 0);

  REQUIRE(post("/admin/tokens/" + identifier_of(alice) + "/revoke", admin).code() == 200);
  CHECK(code_of_status(ticket, "j1") == 401);
  CHECK(get("/admin/tokens", admin).body().getTokens().getTokens().size() >= 2);
}

TEST_CASE_METHOD(Shop, "root keys are made and retired while the store runs", "[keys]") {
  const std::string alice = store.client_token();
  const std::string admin = store.operator_token();
  REQUIRE(get("/admin/keys", admin).body().getKeys().size() == 1);
  const Answer made = post("/admin/keys", admin);
  REQUIRE(made.code() == 200);
  REQUIRE(made.body().getKeys().size() == 2);
  CHECK(made.body().getKeys()[1].getId() == "k2");
  CHECK(made.body().getKeys()[1].getIsNewest());

  const std::string ticket = this->ticket(alice, "j1");
  const std::string admin2 = store.operator_token();
  const std::string driver2 = store.driver_token();
  CHECK(identifier_of(admin2).starts_with("k2."));
  CHECK(post("/admin/keys/k2/retire", admin2).code() == 409);
  CHECK(post("/admin/keys/k9/retire", admin2).code() == 404);
  const Lease lease = accept(driver2, 1);
  CHECK(post("/admin/keys/k1/retire", admin2).body().getKeys().size() == 1);
  for (const std::string& token : {alice, ticket}) CHECK(code_of_status(token, "j1") == 401);
  CHECK(get("/admin/keys", admin).code() == 401);
  CHECK(update(driver2, {lease, {}}).code() == 200);  // was accepted with the newer key
}

}  // namespace wire
