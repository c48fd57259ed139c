#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "worker_fixture.h"

using namespace std::chrono_literals;

TEST_CASE_METHOD(WorkerFixture, "a worker runs each job once and reports it") {
  options.threads = 3;
  options.prefetch = 5;
  queue.add(names("a", 50));
  start(echo);
  REQUIRE(wait_for_outcomes(50));
  queue.add(names("b", 50));
  REQUIRE(wait_for_outcomes(100));
  stop();
  const auto outcomes = queue.seen().outcomes();
  REQUIRE(outcomes.size() == 100);
  std::set<std::string> jobs;
  for (const auto& outcome : outcomes) {
    jobs.insert(outcome.job);
    REQUIRE(outcome.attempt == 1);
    REQUIRE(outcome.said == R"(complete = "\")" + outcome.job + R"(\"")");
  }
  REQUIRE(jobs.size() == 100);
  REQUIRE(worker->finished() == 100);
  REQUIRE(this->outcomes.count(" 200") == 100);
  REQUIRE(trouble.count("") == 0);
}

TEST_CASE_METHOD(WorkerFixture, "a worker asks, listens, renews and reports over one socket") {
  connection.retry_after = kForEver;  // no fresh one
  options.threads = 2;
  options.lease = 100ms;
  queue.add(std::vector<std::string>{"slow", "quick"});
  start([this](const jobq::Task& task) {
    if (task.job() == "slow") {
      gate.wait();
    }
    return echo(task);
  });
  REQUIRE(queue.wait_until([](const auto& seen) {
    return !seen.renewals.empty() && !seen.questions.empty() && seen.accepts.size() >= 2;
  }));
  gate.open();
  REQUIRE(wait_for_outcomes(2));
  stop();
  REQUIRE(queue.seen().peers.size() == 1);
}

TEST_CASE_METHOD(WorkerFixture,
                 "a worker asks for as many jobs as it has free threads and prefetch") {
  options.threads = 2;
  options.prefetch = 3;
  queue.add("slow");
  start_gated();
  REQUIRE(wait_for_accepts(2));
  const auto accepts = queue.seen().accepts;
  REQUIRE(accepts[0].max == 5);
  REQUIRE(accepts[1].max == 4);
  REQUIRE(accepts[1].number == accepts[0].number + 1);
  REQUIRE(accepts[1].wait_ms > 0);
}

TEST_CASE_METHOD(WorkerFixture, "outcomes that wait together go into one message") {
  options.threads = 8;
  queue.ignores_updates = true;
  queue.add("first");
  start(echo);
  REQUIRE(wait_for_outcomes(1));
  // While that report waits for its answer, the others gather.
  queue.add(names("j", 8));
  REQUIRE(queue.wait_until([](const auto& seen) { return seen.accepts.size() >= 3; }));
  queue.ignores_updates = false;
  stop_after(" 200", 9);
  std::size_t largest = 0;
  for (const auto& update : queue.seen().updates) {
    largest = std::max(largest, update.size());
  }
  REQUIRE(largest > 1);
}

TEST_CASE_METHOD(WorkerFixture, "leases are renewed while a slow callback runs") {
  options.lease = 100ms;
  queue.add("slow");
  start([&](const jobq::Task& task) {
    gate.wait();
    return task.lost() ? Result(jobq::JobError{"lost", {}, {}}) : echo(task);
  });
  REQUIRE(queue.wait_until([](const auto& seen) { return seen.renewals.size() >= 5; }));
  REQUIRE(queue.seen().renewals[0] == std::vector<std::string>{"slow"});

  SECTION("and reported complete") {
    gate.open();
    REQUIRE(outcomes.wait_for("slow 200"));
    REQUIRE(queue.seen().outcomes()[0].said == R"(complete = "\"slow\"")");
  }
  SECTION("also after stop(), which waits for it") {
    worker->stop();
    const std::size_t count = queue.seen().renewals.size();
    REQUIRE(queue.wait_until([&](const auto& seen) { return seen.renewals.size() > count + 2; }));
    gate.open();
    wait_for_end();
    REQUIRE(worker->finished() == 1);
  }
}

TEST_CASE_METHOD(WorkerFixture,
                 "a callback learns that its lease is lost; its outcome is refused") {
  options.lease = 100ms;
  queue.add("slow");
  start([&](const jobq::Task& task) {
    while (!task.lost()) {
      std::this_thread::yield();
    }
    was_lost = true;
    return echo(task);
  });
  REQUIRE(queue.wait_until([](const auto& seen) { return !seen.renewals.empty(); }));
  queue.lose("slow");
  SECTION("which is told once, with what had ended the attempt") {
    queue.ending = protocol::Attempt::Ending::TIMEOUT;
    REQUIRE(outcomes.wait_for("slow 409 timeout"));
  }
  SECTION("also where the store does not tell what") { REQUIRE(outcomes.wait_for("slow 409")); }
  stop();
  REQUIRE(was_lost);
  REQUIRE(worker->finished() == 0);
  REQUIRE(outcomes.count("") == 1);
  REQUIRE(trouble.count("") == 0);
}

TEST_CASE_METHOD(WorkerFixture, "where no outcomes are listened to, a lost lease is one trouble") {
  options.lease = 100ms;
  options.on_outcome = {};
  queue.add("slow");
  start([&](const jobq::Task& task) {
    task.wait_for_interrupt(kForEver);
    return echo(task);
  });
  REQUIRE(queue.wait_until([](const auto& seen) { return !seen.renewals.empty(); }));
  queue.lose("slow");
  REQUIRE(wait_for_outcomes(1));
  stop();
  REQUIRE(trouble.count("job slow: the lease is lost: the store says so") == 1);
  REQUIRE(trouble.count("") == 1);
}

TEST_CASE_METHOD(WorkerFixture, "a job whose lease is lost before it began is not run") {
  options.lease = 100ms;
  options.prefetch = 1;
  queue.lose("next");
  queue.add(std::vector<std::string>{"slow", "next"});
  start_gated();
  REQUIRE(trouble.wait_for("job next: the lease is lost"));
  gate.open();
  stop_after("slow 200");
  REQUIRE(runs == 1);
  REQUIRE(queue.seen().outcomes().size() == 1);
}

TEST_CASE_METHOD(WorkerFixture,
                 "a lease that cannot be renewed for its whole time counts as lost") {
  options.lease = 100ms;
  connection.retry_after = 50ms;
  queue.add("slow");
  start([&](const jobq::Task& task) {
    was_lost = task.wait_for_interrupt(kForEver) && task.lost();
    gate.open();
    return echo(task);
  });
  REQUIRE(queue.wait_until([](const auto& seen) { return !seen.renewals.empty(); }));
  queue.go_away();
  REQUIRE(gate.wait());
  queue.come_back();
  REQUIRE(outcomes.wait_for("slow 200"));  // the store decides, and still had it
  stop();
  REQUIRE(was_lost);
}

TEST_CASE_METHOD(WorkerFixture, "an error fails the job, an exception is to be retried") {
  queue.add(std::vector<std::string>{"error", "exception", "fine"});
  start([&](const jobq::Task& task) -> Result {
    if (task.job() == "error") {
      return jobq::JobError{"exit-1", "no paper", {}};
    }
    if (task.job() == "exception") {
      throw std::runtime_error("thrown");
    }
    return echo(task);
  });
  REQUIRE(wait_for_outcomes(3));
  stop();
  const auto outcomes = queue.seen().outcomes();
  REQUIRE(outcomes[0].said == R"(fail = (code = "exit-1", message = "no paper"))");
  REQUIRE(outcomes[1].said == R"(retry = (error = (code = "exception", message = "thrown")))");
  REQUIRE(outcomes[2].said == R"(complete = "\"fine\"")");
  REQUIRE(worker->finished() == 3);
}

TEST_CASE_METHOD(WorkerFixture, "a response that the store does not take fails the job") {
  queue.add("j1");
  start([](const jobq::Task&) { return jobq::Done{FakeQueue::kNoJson}; });
  stop_after("j1 200");
  const auto outcomes = queue.seen().outcomes();
  REQUIRE(outcomes.size() == 2);
  REQUIRE(outcomes[1].said ==
          R"(fail = (code = "bad-response", message = "complete: is not JSON"))");
  REQUIRE(trouble.count("is not JSON") == 1);
}
