// kill -9 at random moments, as often as JOBQ_CRASH_KILLS says, with the choices of
// JOBQ_CRASH_SEED. A kill keeps the page cache: that commits are synced is the storage tests'
// business.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "../temporary_directory.h"
#include "actors.h"
#include "authorizer.h"
#include "jobqd_process.h"
#include "peer.h"

namespace wire {
namespace {

constexpr int kClients = 2;
constexpr int kWorkers = 3;

std::uint64_t number_of_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class CrashTest {
 public:
  explicit CrashTest(std::uint64_t seed) : random_(seed) {
    start();
    stage_.endpoint = endpoint_;
    stage_.token = auth::mint_token(auth::RootKeys::load(data_), "jobqd", {}).serialize();
  }

  void start_actors() {
    for (int i = 0; i < kClients; ++i) {
      clients_.emplace_back(run_client, std::cref(stage_), "c" + std::to_string(i), random_());
    }
    for (int i = 0; i < kWorkers; ++i) {
      workers_.emplace_back(run_worker, std::cref(stage_), "w" + std::to_string(i), random_());
    }
  }

  // Kills the store in the middle of its work, and now and then the next one in its start.
  void kill_and_restart() {
    ledger_.wait_for_progress(at_most(1000));
    // Not always just after an answer.
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(at_most(3000));
    while (std::chrono::steady_clock::now() < moment) {
      std::this_thread::yield();
    }
    kill();
    while (at_most(3) == 0) {
      process_ = std::make_unique<JobqdProcess>(JOBQD_PATH, arguments());
      process_->wait_until_ready(std::chrono::milliseconds(at_most(60)));
      kill();
    }
    start();
  }

  // Lets the workers finish everything, and ends all actors.
  void finish() {
    stage_.clients_stop = true;
    join(clients_);
    stage_.is_final_act = true;
    PersistentPeer peer(stage_);
    for (std::string job = unfinished(peer); !job.empty() && !ledger_.has_errors();
         job = unfinished(peer)) {
      peer.ask(Method::GET, "/jobs/scan/job/" + job, [](const Head& head) {
        return job_query_frame(head, {.wait_ms = 1000, .until_final = true});
      });
    }
    stage_.workers_stop = true;
    join(workers_);
    kill();
    start();
  }

  // Compares what the store has on disk with what it acknowledged.
  void check() {
    for (const std::string& error : ledger_.errors()) {
      FAIL_CHECK(error);
    }
    Peer peer(endpoint_);
    for (const std::string& id : ledger_.all_taken()) {
      INFO(id);
      const Answer answer =
          peer.ask(bare_frame({.path = "/jobs/scan/job/" + id, .token = stage_.token}));
      REQUIRE(answer.code() == 200);
      check(id, answer.body().getJob());
    }
    CHECK(count_jobs(peer) == ledger_.all_taken().size());
    CHECK(ledger_.all_taken().size() > 0);
    CHECK(ledger_.all_completed().size() > 0);
    std::cout << ledger_.all_taken().size() << " jobs taken, " << ledger_.all_completed().size()
              << " completions acknowledged, " << ledger_.all_refused().size() << " refused\n";
  }

 private:
  void check(const std::string& id, protocol::JobStatus::Reader job) {
    const auto acknowledged = ledger_.all_completed().find(id);
    const Ledger::Attempt last{id, job.getAttempt()};
    if (acknowledged == ledger_.all_completed().end()) {
      // Three workers in a row may have lost it, if the stores were slow to come back.
      REQUIRE(job.getStatus() == protocol::Status::FAILED);
      REQUIRE(job.getLostLeases() == 3);
      return;
    }
    CHECK(job.getStatus() == protocol::Status::COMPLETE);
    CHECK(job.getAttempt() == acknowledged->second);
    CHECK(job.getResponse() == response_of(last));
    CHECK_FALSE(ledger_.all_refused().contains(last));
  }

  // Some job that is not final, or nothing.
  static std::string unfinished(PersistentPeer& peer) {
    std::uint64_t cursor = 0;
    do {
      const Answer page = peer.ask(Method::GET, "/jobs/scan/list", [&](const Head& head) {
        return list_query_frame(
            head, {.cursor = cursor,
                   .limit = 1,
                   .statuses = {Status::kSubmitted, Status::kAccepted, Status::kRetrying}});
      });
      const auto jobs = page.body().getJobs();
      if (jobs.getJobs().size() > 0) {
        return jobs.getJobs()[0].getJob();
      }
      cursor = jobs.getCursor();
    } while (cursor != 0);
    return {};
  }

  std::size_t count_jobs(Peer& peer) {
    std::size_t count = 0;
    std::uint64_t cursor = 0;
    do {
      const Answer page = peer.ask(list_query_frame(
          {.path = "/jobs/scan/list", .token = stage_.token}, {.cursor = cursor, .limit = 1000}));
      count += page.body().getJobs().getJobs().size();
      cursor = page.body().getJobs().getCursor();
    } while (cursor != 0);
    return count;
  }

  std::vector<std::string> arguments() const {
    return {"--data",
            data_,
            "--no-curve",
            "--log-level",
            "warn",
            "--request",
            endpoint_,
            "--driver",
            scratch_.endpoint("d"),
            "--status",
            scratch_.endpoint("s")};
  }

  void start() {
    process_ = std::make_unique<JobqdProcess>(JOBQD_PATH, arguments());
    const bool is_ready = process_->wait_until_ready(kPatience);
    INFO(process_->errors());
    REQUIRE(is_ready);
    ++stage_.lives;
  }
  void kill() {
    process_->send_signal(SIGKILL);
    const int code = process_->wait_for_exit();
    INFO(process_->errors());
    REQUIRE(code == 128 + SIGKILL);  // it did not end by itself
  }

  std::uint64_t at_most(std::uint64_t max) {
    return std::uniform_int_distribution<std::uint64_t>(0, max)(random_);
  }
  static void join(std::vector<std::thread>& threads) {
    for (std::thread& thread : threads) {
      thread.join();
    }
    threads.clear();
  }

  TemporaryDirectory scratch_;
  const std::string data_ = (scratch_.path() / "data").string();
  const std::string endpoint_ = scratch_.endpoint("request");
  std::mt19937_64 random_;
  Ledger ledger_;
  Stage stage_{.endpoint = {}, .token = {}, .ledger = ledger_};
  std::unique_ptr<JobqdProcess> process_;
  std::vector<std::thread> clients_;
  std::vector<std::thread> workers_;
};

}  // namespace

TEST_CASE("what was acknowledged outlives kill -9, and no job is finished twice") {
  const std::uint64_t seed = number_of_environment("JOBQ_CRASH_SEED", std::random_device()());
  const std::uint64_t kills = number_of_environment("JOBQ_CRASH_KILLS", 10);
  std::cout << "JOBQ_CRASH_SEED=" << seed << " JOBQ_CRASH_KILLS=" << kills << std::endl;
  CrashTest test(seed);
  test.start_actors();
  for (std::uint64_t i = 0; i < kills; ++i) {
    test.kill_and_restart();
  }
  test.finish();
  test.check();
}

}  // namespace wire
