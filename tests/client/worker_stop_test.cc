#include <catch2/catch.hpp>
#include <stdexcept>

#include "worker_fixture.h"

using namespace std::chrono_literals;

TEST_CASE_METHOD(WorkerFixture,
                 "stop() interrupts an accept that the store holds, and takes it back") {
  connection.retry_after = 10s;
  start(echo);
  REQUIRE(wait_for_accepts(1));
  const auto start = std::chrono::steady_clock::now();
  stop();
  REQUIRE(std::chrono::steady_clock::now() - start < 5s);  // it would be held for 30 s
  const auto accepts = queue.seen().accepts;
  REQUIRE(accepts.size() == 2);
  REQUIRE(accepts[1].number == accepts[0].number);
  REQUIRE(accepts[1].wait_ms == 0);
}

TEST_CASE_METHOD(WorkerFixture, "jobs given to an accept that stop() interrupted are released") {
  connection.retry_after = kForEver;
  queue.loses_accept_replies = true;
  start(echo);
  REQUIRE(wait_for_accepts(1));
  queue.add("given");
  queue.loses_accept_replies = false;
  stop();
  REQUIRE(worker->finished() == 0);
  const auto outcomes = queue.seen().outcomes();
  REQUIRE(outcomes.size() == 1);
  REQUIRE(outcomes[0].job == "given");
  REQUIRE(outcomes[0].report == Which::RELEASE);
}

TEST_CASE_METHOD(WorkerFixture, "stop() releases what was taken ahead and not begun, at once") {
  options.prefetch = 5;
  queue.add(names("j", 3));
  start_gated();
  REQUIRE(begun.wait());
  REQUIRE(wait_for_accepts(2));  // held, with the thread busy and two jobs waiting
  worker->stop();
  REQUIRE(wait_for_words(Which::RELEASE, 2));  // while the callback still runs
  gate.open();
  wait_for_end();
  REQUIRE(runs == 1);
  REQUIRE(worker->finished() == 1);
  const auto released = queue.seen().words(Which::RELEASE);
  REQUIRE(released.size() == 2);
  REQUIRE(released[0].said == R"(release = (message = "not begun: worker stops"))");
  REQUIRE(outcomes.count("") == 1);  // on_outcome is for callbacks' outcomes
}

TEST_CASE_METHOD(WorkerFixture, "stop_now() tells callbacks, which can hand their jobs back") {
  queue.add("j1");
  start([&](const jobq::Task& task) -> Result {
    begun.open();
    if (task.wait_for_interrupt(kForEver) && task.stopping() && !task.lost() &&
        !task.cancel_requested()) {
      return jobq::Release{.delay = 5s, .message = "going"};
    }
    return jobq::JobError{"not-told", {}, {}};
  });
  REQUIRE(begun.wait());
  worker->stop_now();
  wait_for_end();
  const auto outcomes = queue.seen().outcomes();
  REQUIRE(outcomes.size() == 1);
  REQUIRE(outcomes[0].said == R"(release = (delayMs = 5000, message = "going"))");
  REQUIRE(worker->finished() == 1);
}

TEST_CASE_METHOD(WorkerFixture, "what is handed back does not come back to a worker that stops") {
  connection.retry_after = 10s;
  options.threads = 2;
  queue.add("j1");
  start([&](const jobq::Task& task) -> Result {
    task.wait_for_interrupt(kForEver);
    return jobq::Release{};
  });
  REQUIRE(wait_for_accepts(2));  // the second is held
  queue.loses_accept_replies = true;
  worker->stop_now();
  REQUIRE(wait_for_accepts(3));
  REQUIRE(queue.seen().outcomes().empty());
  queue.loses_accept_replies = false;
  queue.go_away();  // so that it asks again
  queue.come_back();
  wait_for_end();
  REQUIRE(queue.seen().outcomes().at(0).report == Which::RELEASE);
  REQUIRE(queue.seen().outcomes().at(0).accepts_before == 4);
}

TEST_CASE_METHOD(WorkerFixture,
                 "stop() before run() ends it at once, and the store away does not matter") {
  queue.go_away();
  jobq::Worker idle(connection, options, echo);
  idle.stop();
  idle.run();
  REQUIRE_THROWS_AS(idle.run(), std::logic_error);
}

TEST_CASE_METHOD(WorkerFixture, "a worker waits for a store that is away and says so once") {
  connection.retry_after = 50ms;
  queue.go_away();
  start(echo);
  REQUIRE(trouble.wait_for("cannot connect"));
  queue.come_back();
  queue.add("j1");
  REQUIRE(outcomes.wait_for("j1 200"));
  REQUIRE(trouble.count("cannot connect") == 1);
  queue.go_away();
  REQUIRE(trouble.wait_for("cannot connect", 2));
  queue.come_back();
  queue.add("j2");
  stop_after("j2 200");
  REQUIRE(worker->finished() == 2);
}

TEST_CASE_METHOD(WorkerFixture, "an outcome waits for a store that is away") {
  connection.retry_after = 50ms;
  queue.add("j1");
  start_gated();
  REQUIRE(begun.wait());
  queue.go_away();
  gate.open();
  REQUIRE(trouble.wait_for("cannot connect"));

  SECTION("and is reported when it is back") {
    queue.come_back();
    stop_after("j1 200");
  }
  SECTION("also after stop()") {
    worker->stop();
    queue.come_back();
    wait_for_end();
    REQUIRE(worker->finished() == 1);
  }
}

TEST_CASE_METHOD(WorkerFixture, "after stop() a store that stays away is not waited for for ever") {
  connection.retry_after = 50ms;
  connection.patience = 300ms;
  queue.add("j1");
  start_gated();
  REQUIRE(begun.wait());
  queue.go_away();
  gate.open();
  stop();
  REQUIRE(worker->finished() == 0);
  REQUIRE(trouble.count("1 outcomes could not be reported") == 1);
}

TEST_CASE_METHOD(WorkerFixture, "a refused accept ends run(), a busy store does not") {
  SECTION("401") {
    queue.accepts_refused = 401;
    start(echo);
    REQUIRE_THROWS_AS(wait_for_end(), jobq::Refused);
  }
  SECTION("403, after the jobs under way") {
    queue.add("j1");
    options.threads = 2;
    start_gated();
    REQUIRE(wait_for_accepts(2));
    queue.accepts_refused = 403;
    queue.go_away();  // so that it asks again
    queue.come_back();
    REQUIRE(wait_for_accepts(3));
    gate.open();
    REQUIRE_THROWS_AS(wait_for_end(), jobq::Refused);
    REQUIRE(worker->finished() == 1);
  }
  SECTION("429") {
    queue.accepts_refused = 429;
    queue.add("j1");
    start(echo);
    REQUIRE(wait_for_accepts(3));
    queue.accepts_refused = 0;
    stop_after("j1 200");
    REQUIRE(trouble.count("accept: refused") == 1);
    const auto accepts = queue.seen().accepts;
    REQUIRE(accepts[0].number == accepts[2].number);
  }
}

TEST_CASE_METHOD(WorkerFixture, "refused reports end run(), a busy store does not") {
  queue.add("j1");
  SECTION("403") {
    queue.updates_refused = 403;
    start(echo);
    REQUIRE_THROWS_AS(wait_for_end(), jobq::Refused);
  }
  SECTION("429") {
    queue.updates_refused = 429;
    start(echo);
    REQUIRE(wait_for_outcomes(3));
    queue.updates_refused = 0;
    stop_after("j1 200");
    REQUIRE(trouble.count("update: refused") == 1);
  }
}

TEST_CASE_METHOD(WorkerFixture, "a worker ends by itself after as many jobs as it is to do") {
  options.threads = 3;
  options.prefetch = 2;
  options.jobs_max = 6;
  queue.add(names("j", 9));
  start([&](const jobq::Task& task) {
    ++runs;
    return echo(task);
  });
  wait_for_end();
  REQUIRE(runs == 6);
  REQUIRE(queue.seen().outcomes().size() == 6);  // and none was taken in vain
  REQUIRE(queue.seen().words(Which::RELEASE).empty());
}

TEST_CASE_METHOD(WorkerFixture, "a worker ends by itself when the queue is empty") {
  options.threads = 2;
  options.until_empty = true;
  queue.add(names("j", 5));
  start([&](const jobq::Task& task) {
    if (++runs == 5) {
      queue.add("late");  // the queue was empty, but this worker still held a job
    }
    return echo(task);
  });
  wait_for_end();
  REQUIRE(runs == 6);
  REQUIRE(worker->finished() == 6);
  for (const auto& accept : queue.seen().accepts) {
    REQUIRE(accept.wait_ms == 0);
  }
}

TEST_CASE_METHOD(WorkerFixture, "a worker that is destroyed stops and waits for run()") {
  start(echo);
  REQUIRE(wait_for_accepts(1));
  worker.reset();
  REQUIRE(running.wait_for(kForEver) == std::future_status::ready);
}

TEST_CASE("a worker's options are checked") {
  jobq::Connection connection;
  const auto run_job = [](const jobq::Task&) { return jobq::Done{"{}"}; };
  REQUIRE_THROWS_AS(jobq::Worker(connection, {.datasource = "scan", .threads = 0}, run_job),
                    std::invalid_argument);
  REQUIRE_THROWS_AS(
      jobq::Worker(connection, {.datasource = "scan", .threads = 1000, .prefetch = 25}, run_job),
      std::invalid_argument);
}
