// What tokens of databox's arbiter have of the store: leases, tickets, budgets, and how all of it
// is taken back.
#include <catch2/catch.hpp>

#include "arbiter.h"
#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

const std::string kSecret = "5c2f6ba1-9f0d-4a53-9a39-fb0a4a3a4c67";

std::string arbiter_token(const std::vector<std::string>& caveats,
                          const std::string& secret = kSecret) {
  return auth::Macaroon::mint(secret, {}, {}).with_caveats(caveats)->serialize();
}

std::string arbiter_token(const std::string& path, const std::string& method,
                          const std::string& secret = kSecret) {
  return arbiter_token({"path = " + path, "method = " + method, "target = jobqd"}, secret);
}

// Narrowed to one client, as its holder may.
std::string status_token(const std::string& secret = kSecret) {
  return arbiter_token({"path = /scan/job/*", "method = GET", "target = jobqd", "client = c"},
                       secret);
}

std::string id_of(const std::string& token) {
  return auth::identity_of(std::get<auth::Macaroon>(auth::Macaroon::parse(token)));
}

// A store in databox, an app that may submit and a driver that may work.
struct Box {
  LocalStore store;
  Peer peer{store.request_endpoint()};
  std::uint64_t next_id = 0;
  const std::string app = arbiter_token("/scan/job/", "POST");
  const std::string app_status = status_token();
  const std::string driver = arbiter_token("/jobs/scan/*", "POST");

  Box() { store.trust_arbiter(kSecret, false); }

  Answer get(const std::string& path, const std::string& token) {
    return peer.ask(bare_frame(client_call(++next_id, Method::GET, path, token)));
  }
  Answer post(const std::string& path, const std::string& token) {
    return peer.ask(bare_frame(client_call(++next_id, Method::POST, path, token)));
  }
  Answer submit(const std::string& token, const std::string& job) {
    return peer.ask(submit_frame(submit_head(++next_id, token), {{.job = job, .client = "c"}}));
  }
  Answer accept(const std::string& token) {
    ++next_id;
    return peer.ask(
        accept_frame(accept_head(next_id, token), {.worker = "w", .request_number = next_id}));
  }
  Lease lease(const Answer& accepted) {
    REQUIRE(accepted.code() == 200);
    REQUIRE(accepted.body().getAccepted().size() == 1);
    const auto lease = accepted.body().getAccepted()[0].getLease();
    return {lease.getJob(), lease.getAttempt(), lease.getToken()};
  }
  unsigned update(const std::string& token, const Outcome& outcome) {
    return peer.ask(update_frame(update_head(++next_id, token), {outcome})).code();
  }
};

TEST_CASE_METHOD(Box, "an app and a driver of databox get a job through", "[databox]") {
  const Answer submitted = submit(app, "j1");
  REQUIRE(submitted.code() == 200);
  const std::string ticket = submitted.body().getSubmitted()[0].getTicket();
  CHECK(submit(driver, "j2").code() == 403);
  CHECK(accept(app).code() == 403);

  const Lease lease = this->lease(accept(driver));
  REQUIRE_FALSE(lease.token.empty());
  CHECK(update(driver, {{lease.job, lease.attempt}, {}}) == 403);
  CHECK(update(lease.token, progress({lease.job, lease.attempt}, 0.5)) == 200);
  CHECK(update(driver, {lease, {}}) == 200);

  CHECK(get("/scan/job/j1", ticket).code() == 200);
  CHECK(get("/scan/job/j1", app_status).body().getJob().getStatus() == protocol::Status::COMPLETE);
  CHECK(get("/scan/job/j1", app).code() == 403);
  CHECK(get("/scan/job/j1", store.client_token("c")).code() == 200);  // of a root key, beside them
}

TEST_CASE_METHOD(Box, "tokens of the arbiter are revoked by the data source that they are for",
                 "[databox]") {
  const std::string ticket = submit(app, "j1").body().getSubmitted()[0].getTicket();
  const Lease lease = this->lease(accept(driver));
  const std::string admin = store.operator_token();
  REQUIRE(id_of(driver) == id_of(arbiter_token("/jobs/scan/accept", "POST")));

  const Answer revoked = post("/admin/tokens/" + id_of(driver) + "/revoke", admin);
  REQUIRE(revoked.code() == 200);
  CHECK(revoked.body().getTokens().getTokens()[0].getIsRevoked());
  CHECK(accept(arbiter_token("/jobs/scan/accept", "POST")).code() == 401);
  CHECK(update(lease.token, {{lease.job, lease.attempt}, {}}) == 401);
  const Answer job = get("/scan/job/j1", ticket);
  CHECK(job.body().getJob().getStatus() == protocol::Status::SUBMITTED);
  CHECK(submit(app, "j2").code() == 200);  // another one

  REQUIRE(post("/admin/tokens/" + id_of(app) + "/revoke", admin).code() == 200);
  CHECK(submit(app, "j3").code() == 401);
  CHECK(get("/scan/job/j1", ticket).code() == 401);
}

TEST_CASE_METHOD(Box, "what tokens of the arbiter have is counted for each data source",
                 "[databox]") {
  const auto narrowed = [](const std::string& datasource) {
    return arbiter_token(
        {"path = /" + datasource + "/job/", "method = POST", "target = jobqd", "rate <= 1/d"});
  };
  CHECK(submit(narrowed("scan"), "j1").code() == 200);
  CHECK(submit(narrowed("scan"), "j2").code() == 429);
  const Head other = client_call(++next_id, Method::POST, "/mail/job/", narrowed("mail"));
  CHECK(peer.ask(submit_frame(other, {{.job = "j1", .client = "c"}})).code() == 200);
  CHECK(get("/admin/tokens", store.operator_token()).body().getTokens().getTokens().size() == 2);
}

TEST_CASE_METHOD(Box, "a new secret of the arbiter ends what was made with the old one",
                 "[databox]") {
  const std::string ticket = submit(app, "j1").body().getSubmitted()[0].getTicket();
  const Lease lease = this->lease(accept(driver));
  const std::string admin = store.operator_token();
  const std::string other = arbiter_token("/mail/job/", "POST");
  const auto submit_other = [&](const std::string& token) {
    const Head head = client_call(++next_id, Method::POST, "/mail/job/", token);
    return peer.ask(submit_frame(head, {{.job = "j1", .client = "c"}})).code();
  };
  REQUIRE(post("/admin/tokens/" + id_of(other) + "/revoke", admin).code() == 200);

  store.trust_arbiter(kSecret, false);  // as after a start
  CHECK(submit_other(other) == 401);
  CHECK(get("/scan/job/j1", app_status).body().getJob().getStatus() == protocol::Status::ACCEPTED);

  store.trust_arbiter("another", true);
  for (const std::string& token : {ticket, app_status}) {
    CHECK(get("/scan/job/j1", token).code() == 401);
  }
  CHECK(update(lease.token, {{lease.job, lease.attempt}, {}}) == 401);
  CHECK(submit_other(arbiter_token("/mail/job/", "POST", "another")) == 200);
  const std::string status = status_token("another");
  CHECK(get("/scan/job/j1", status).body().getJob().getStatus() == protocol::Status::SUBMITTED);
  CHECK(this->lease(accept(arbiter_token("/jobs/scan/accept", "POST", "another"))).attempt == 2);
}

}  // namespace
}  // namespace wire
