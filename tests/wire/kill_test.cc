// What has been promised holds when the store is killed right after the promise.
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <thread>

#include "../temporary_directory.h"
#include "authorizer.h"
#include "jobqd_process.h"
#include "lease_tokens.h"
#include "peer.h"

namespace wire {
namespace {

class KilledStore {
 public:
  KilledStore() { start(); }

  void kill_and_restart(const std::function<bool()>& is_time = [] { return true; }) {
    process_->send_signal(SIGKILL);
    process_->wait_for_exit();
    peer_.reset();
    while (!is_time()) {
      std::this_thread::yield();
    }
    start();
  }

  // What happens to reach the store while it stands still, is read by it afterwards.
  template <typename Send>
  void stand_still(Span span, const Send& send) {
    process_->send_signal(SIGSTOP);
    const auto over = std::chrono::steady_clock::now() + span;
    while (std::chrono::steady_clock::now() < over) {
      std::this_thread::yield();
    }
    send();
    process_->send_signal(SIGCONT);
  }
  Answer receive() { return peer_->receive(); }
  void send(Method method, const std::string& path,
            const std::function<std::string(const Head&)>& make) {
    peer_->send(make({.id = ++last_id_, .method = method, .path = path, .token = token_}));
  }
  Answer ask(Method method, const std::string& path,
             const std::function<std::string(const Head&)>& make) {
    send(method, path, make);
    return receive();
  }
  Answer post(const std::string& path) {
    return ask(Method::POST, path, [](const Head& head) { return bare_frame(head); });
  }
  Answer submit(const NewJob& job) {
    return ask(Method::POST, "/scan/job",
               [&](const Head& head) { return submit_frame(head, {job}); });
  }
  Answer accept(const Accept& accept) {
    Answer answer = ask(Method::POST, "/jobs/scan/accept",
                        [&](const Head& head) { return accept_frame(head, accept); });
    lease_tokens_.remember(answer);
    return answer;
  }
  Answer update(const Outcome& outcome) {
    return ask(Method::POST, "/jobs/scan/update", [&](const Head& head) {
      return update_frame(head, {lease_tokens_.with_token(outcome)});
    });
  }
  Answer query(const JobQuery& query) {
    return ask(Method::GET, "/scan/job",
               [&](const Head& head) { return job_query_frame(head, query); });
  }
  Answer cancel(const std::string& job) {
    return ask(Method::POST, "/scan/job/cancel",
               [&](const Head& head) { return job_query_frame(head, {.job = job}); });
  }
  Answer renew(const Renew& renew) {
    return ask(Method::POST, "/jobs/scan/renew",
               [&](const Head& head) { return renew_frame(head, renew); });
  }
  Answer configure(const Config& config) {
    return ask(Method::POST, "/admin/scan/config",
               [&](const Head& head) { return config_frame(head, config); });
  }

 private:
  LeaseTokens lease_tokens_;
  void start() {
    process_ = std::make_unique<JobqdProcess>(
        JOBQD_PATH, std::vector<std::string>{"--data", path("data"), "--no-curve", "--request",
                                             scratch_.endpoint("request"), "--driver",
                                             scratch_.endpoint("driver"), "--status",
                                             scratch_.endpoint("status")});
    REQUIRE(process_->wait_until_ready(kPatience));
    const std::vector<std::string> caveats = {"path = *"};
    token_ = auth::mint_token(auth::RootKeys::load(path("data")), "jobqd", caveats).serialize();
    peer_ = std::make_unique<Peer>(scratch_.endpoint("request"));
  }
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  TemporaryDirectory scratch_;
  std::unique_ptr<JobqdProcess> process_;
  std::unique_ptr<Peer> peer_;
  std::string token_;
  std::uint64_t last_id_ = 0;
};

}  // namespace

TEST_CASE_METHOD(KilledStore, "a requested cancel reaches the worker after a kill") {
  REQUIRE(submit({.job = "j"}).code() == 200);
  REQUIRE(accept({.worker = "w", .lease_ms = 3'600'000}).body().getAccepted().size() == 1);
  const Answer requested = cancel("j");
  REQUIRE(requested.code() == 200);
  REQUIRE(requested.body().getJob().getStatus() == protocol::Status::ACCEPTED);
  REQUIRE(requested.body().getJob().getCancelRequestedAt() > 0);
  kill_and_restart();

  const Answer told = renew({.leases = {{"j", 1}}, .worker = "w", .wait_ms = 60'000});
  REQUIRE(told.code() == 200);
  CHECK(told.body().getRenewed()[0].getCancelRequested());
  REQUIRE(told.reply().getCancels().size() == 1);
  CHECK(told.reply().getCancels()[0].getLease().getJob() == "j");
  CHECK(told.reply().getCancels()[0].getUntil() == requested.body().getJob().getCancelUntil());

  REQUIRE(update(cancelled({"j", 1})).code() == 200);
  kill_and_restart();
  CHECK(query({.job = "j"}).body().getJob().getStatus() == protocol::Status::CANCELLED);
  CHECK(update(cancelled({"j", 1})).code() == 200);  // the answer might have been lost
  CHECK(update({{"j", 1}, {}}).code() == 409);
}

TEST_CASE_METHOD(KilledStore, "leases that end while the store is down are held by their workers") {
  REQUIRE(submit({.job = "j", .terms = {.lost_leases_max = 1}}).code() == 200);
  REQUIRE(accept({.worker = "w", .lease_ms = 1000}).body().getAccepted().size() == 1);
  for (int outage = 0; outage < 3; ++outage) {
    const auto over = std::chrono::steady_clock::now() + std::chrono::milliseconds(1100);
    kill_and_restart([&] { return std::chrono::steady_clock::now() > over; });
    const Answer renewed = renew({.leases = {{"j", 1}}, .lease_ms = 1000, .worker = "w"});
    REQUIRE(renewed.code() == 200);
  }
  CHECK(update({{"j", 1}, {}}).code() == 200);
}

TEST_CASE_METHOD(KilledStore, "a lease that ends while the store stands still is renewed") {
  REQUIRE(submit({.job = "j", .terms = {.lost_leases_max = 1}}).code() == 200);
  REQUIRE(accept({.worker = "w", .lease_ms = 500}).body().getAccepted().size() == 1);
  stand_still(Span(900), [&] {
    send(Method::POST, "/jobs/scan/renew", [](const Head& head) {
      return renew_frame(head, {.leases = {{"j", 1}}, .lease_ms = 60'000, .worker = "w"});
    });
  });
  CHECK(receive().code() == 200);
  CHECK(update({{"j", 1}, {}}).code() == 200);
}

TEST_CASE_METHOD(KilledStore, "the grace of a cancel ends while the store is down") {
  REQUIRE(configure({.cancel_grace = Span(1)}).code() == 200);
  REQUIRE(submit({.job = "j"}).code() == 200);
  REQUIRE(accept({.worker = "w", .lease_ms = 3'600'000}).body().getAccepted().size() == 1);
  REQUIRE(cancel("j").code() == 200);
  kill_and_restart();
  const Answer end = query({.job = "j", .wait_ms = 60'000, .until_final = true});
  CHECK(end.body().getJob().getStatus() == protocol::Status::CANCELLED);
  CHECK(update({{"j", 1}, {}}).code() == 409);
}

TEST_CASE_METHOD(KilledStore, "retries, their reasons and delays outlive a kill") {
  REQUIRE(
      submit({.job = "j", .terms = {.backoff = Backoff{Span(3'600'000), Span(3'600'000), 100, 0}}})
          .code() == 200);
  REQUIRE(accept({.worker = "w"}).body().getAccepted().size() == 1);
  REQUIRE(update(log({"j", 1}, {{.text = "line one"}}, 1)).code() == 200);
  REQUIRE(update(progress({"j", 1}, 0.5, "half")).code() == 200);
  const Answer retried = update(retry({"j", 1}, {.code = "busy", .message = "later"}));
  REQUIRE(retried.code() == 200);
  const auto not_before = retried.body().getUpdated()[0].getNotBefore();
  kill_and_restart();

  const Answer answer = query({.job = "j", .with_attempts = true});
  const auto job = answer.body().getJob();
  CHECK(job.getStatus() == protocol::Status::RETRYING);
  CHECK(job.getFailures() == 1);
  CHECK(job.getNotBefore() == not_before);
  CHECK(job.getError().getCode() == "busy");
  REQUIRE(job.getAttempts().size() == 1);
  CHECK(job.getAttempts()[0].getEnding() == protocol::Attempt::Ending::FAILED);
  CHECK(job.getAttempts()[0].getError().getMessage() == "later");
  const Answer lines = ask(Method::GET, "/scan/job/j/log",
                           [](const Head& head) { return log_query_frame(head, {}); });
  REQUIRE(lines.body().getLog().getLines().size() == 1);
  CHECK(lines.body().getLog().getLines()[0].getText() == "line one");
  CHECK(accept({.worker = "w", .request_number = 2}).body().getAccepted().size() == 0);

  // An operator does not want to wait.
  REQUIRE(post("/admin/scan/job/j/restart").code() == 200);
  kill_and_restart();
  const Answer again = accept({.worker = "w", .request_number = 2});
  REQUIRE(again.body().getAccepted().size() == 1);
  CHECK(again.body().getAccepted()[0].getLease().getAttempt() == 2);
  CHECK(query({.job = "j"}).body().getJob().getProgress() == 0);
}

TEST_CASE_METHOD(KilledStore, "a paused datasource stays paused, a configured one configured") {
  REQUIRE(configure({.description = "scans",
                     .terms = {.failures_max = 7},
                     .waiting_per_client_max = 1,
                     .weights = {{"alice", 3}}})
              .code() == 200);
  REQUIRE(post("/admin/scan/pause").code() == 200);
  REQUIRE(submit({.job = "j"}).code() == 200);
  kill_and_restart();
  CHECK(accept({.worker = "w"}).body().getAccepted().size() == 0);
  const Answer refused = submit({.job = "k"});
  CHECK(refused.code() == 429);
  CHECK(refused.body().getSubmitted()[0].getRetryAfterMs() > 0);
  CHECK(query({.job = "j"}).body().getJob().getTerms().getFailuresMax() == 7);
  const Answer config =
      ask(Method::GET, "/admin/scan/config", [](const Head& head) { return bare_frame(head); });
  CHECK(config.body().getConfig().getMode() == protocol::Mode::PAUSED);
  CHECK(config.body().getConfig().getWeights()[0].getWeight() == 3);
  REQUIRE(post("/admin/scan/resume").code() == 200);
  kill_and_restart();
  CHECK(accept({.worker = "w"}).body().getAccepted().size() == 1);
}

TEST_CASE_METHOD(KilledStore, "a restarted job and its parent find each other after a kill") {
  REQUIRE(submit({.job = "j", .request = R"({"page":7})", .tags = {"t"}}).code() == 200);
  REQUIRE(accept({.worker = "w"}).body().getAccepted().size() == 1);
  REQUIRE(update({{"j", 1}, Error{"broken"}}).code() == 200);
  const Answer restarted = post("/admin/scan/job/j/restart");
  REQUIRE(restarted.code() == 200);
  const std::string child = restarted.body().getSubmitted()[0].getJob().getJob();
  kill_and_restart();
  CHECK(query({.job = "j"}).body().getJob().getChild() == child);
  const Answer answer = query({.job = child, .with_request = true});
  CHECK(answer.body().getJob().getParent() == "j");
  CHECK(answer.body().getJob().getRequest() == R"({"page":7})");
  CHECK(answer.body().getJob().getTags()[0] == "t");
  const Answer again = post("/admin/scan/job/j/restart");
  CHECK(again.body().getSubmitted()[0].getJob().getJob() == child);
  CHECK_FALSE(again.body().getSubmitted()[0].getCreated());
}

}  // namespace wire
