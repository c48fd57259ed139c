#include <poll.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "worker_fixture.h"

using namespace std::chrono_literals;

TEST_CASE_METHOD(WorkerFixture, "a cancel reaches the callback at once, which acknowledges it") {
  queue.add("j1");
  start([&](const jobq::Task& task) -> Result {
    begun.open();
    if (task.wait_for_interrupt(kForEver) && task.cancel_requested() && !task.lost()) {
      return jobq::Cancelled{};
    }
    return echo(task);
  });
  REQUIRE(begun.wait());
  REQUIRE(wait_for_questions(1));
  queue.cancel("j1");
  stop_after("j1 200");
  const auto seen = queue.seen();
  REQUIRE(seen.outcomes().size() == 1);
  REQUIRE(seen.outcomes()[0].report == Which::CANCELLED);
  REQUIRE(seen.renewals.empty());  // which would have told of it, after ten seconds
  REQUIRE(seen.questions.at(0) == 0);
}

TEST_CASE_METHOD(WorkerFixture, "a callback that waits in poll() hears of a cancel") {
  const bool is_opened_before = GENERATE(true, false);
  queue.add("j1");
  start([&](const jobq::Task& task) -> Result {
    pollfd item{.fd = is_opened_before ? task.interrupt_fd() : -1, .events = POLLIN, .revents = 0};
    if (is_opened_before && poll(&item, 1, 0) != 0) {
      return jobq::JobError{"readable-before", {}, {}};
    }
    begun.open();
    if (!is_opened_before && task.wait_for_interrupt(kForEver)) {
      item.fd = task.interrupt_fd();
    }
    const int count = poll(&item, 1, static_cast<int>(jobq::Span(kForEver).count()));
    return count == 1 && task.interrupted() ? Result(jobq::Cancelled{}) : echo(task);
  });
  REQUIRE(begun.wait());
  queue.cancel("j1");
  stop_after("j1 200");
  REQUIRE(queue.seen().outcomes().at(0).report == Which::CANCELLED);
}

TEST_CASE_METHOD(WorkerFixture, "one cancel after another arrives, each told once") {
  options.threads = 3;
  queue.add(names("j", 3));
  start([&](const jobq::Task& task) -> Result {
    if (++runs == 3) begun.open();
    return task.wait_for_interrupt(kForEver) ? Result(jobq::Cancelled{}) : echo(task);
  });
  REQUIRE(begun.wait());  // of a job that has not begun no outcome would be told
  for (const std::string job : {"j1", "j0", "j2"}) {
    REQUIRE(wait_for_questions(1));
    queue.cancel(job);
    REQUIRE(outcomes.wait_for(job + " 200"));
  }
  stop();
  const auto questions = queue.seen().questions;
  REQUIRE(std::is_sorted(questions.begin(), questions.end()));
  REQUIRE(questions.back() >= 2);
  REQUIRE(queue.seen().words(Which::CANCELLED).size() == 3);
}

TEST_CASE_METHOD(WorkerFixture, "a cancel also comes with the renewals") {
  queue.questions_refused = 403;
  options.lease = 100ms;
  queue.add("j1");
  start_cancellable();
  REQUIRE(begun.wait());
  queue.cancel("j1");
  stop_after("j1 200");
  REQUIRE(queue.seen().outcomes().at(0).report == Which::CANCELLED);
  REQUIRE(trouble.count("cancels come late: renew: refused") == 1);
  REQUIRE(queue.seen().questions.size() == 1);
}

TEST_CASE_METHOD(WorkerFixture, "a store too busy to hold the question is asked again") {
  queue.questions_refused = 429;
  queue.add("j1");
  start_cancellable();
  REQUIRE(begun.wait());
  REQUIRE(wait_for_questions(3));
  queue.questions_refused = 0;
  queue.cancel("j1");
  stop_after("j1 200");
  REQUIRE(queue.seen().outcomes().at(0).report == Which::CANCELLED);
  REQUIRE(trouble.count("cancels come late") == 1);
}

TEST_CASE_METHOD(WorkerFixture, "a job that is cancelled before it began is not run") {
  options.prefetch = 1;
  queue.add(std::vector<std::string>{"slow", "next"});
  start_gated();
  REQUIRE(wait_for_questions(1));
  queue.cancel("next");
  REQUIRE(wait_for_words(Which::CANCELLED, 1));
  gate.open();
  stop_after("slow 200");
  REQUIRE(runs == 1);
  REQUIRE(queue.seen().words(Which::CANCELLED).at(0).job == "next");
  REQUIRE(worker->finished() == 1);
}

TEST_CASE_METHOD(WorkerFixture, "a cancel that overtakes its job is remembered until that comes") {
  options.threads = 2;
  queue.add("slow");
  start_gated();
  REQUIRE(wait_for_accepts(2));
  REQUIRE(wait_for_questions(1));
  queue.loses_accept_replies = true;
  queue.add("late");
  const auto number = queue.cancel("late");
  // The next question shows that the worker knows of it.
  REQUIRE(queue.wait_until([&](const auto& seen) { return seen.questions.back() == number; }));
  queue.loses_accept_replies = false;
  queue.go_away();  // so that it asks again
  queue.come_back();
  REQUIRE(wait_for_words(Which::CANCELLED, 1));
  gate.open();
  stop_after("slow 200");
  REQUIRE(runs == 1);
  REQUIRE(queue.seen().words(Which::CANCELLED).at(0).job == "late");
}

TEST_CASE_METHOD(WorkerFixture, "what a callback does with a cancel is its business") {
  queue.add("j1");
  SECTION("an exception acknowledges it") {
    start([&](const jobq::Task& task) -> Result {
      begun.open();
      task.wait_for_interrupt(kForEver);
      throw std::runtime_error("interrupted");
    });
    REQUIRE(begun.wait());
    queue.cancel("j1");
    REQUIRE(wait_for_outcomes(1));
    REQUIRE(queue.seen().outcomes()[0].report == Which::CANCELLED);
  }
  SECTION("a response still counts") {
    start([&](const jobq::Task& task) {
      begun.open();
      task.wait_for_interrupt(kForEver);
      return echo(task);
    });
    REQUIRE(begun.wait());
    queue.cancel("j1");
    REQUIRE(wait_for_outcomes(1));
    REQUIRE(queue.seen().outcomes()[0].report == Which::COMPLETE);
  }
  SECTION("one that nobody asked for is a failure") {
    start([&](const jobq::Task&) { return jobq::Cancelled{}; });
    REQUIRE(wait_for_outcomes(1));
    REQUIRE(queue.seen().outcomes()[0].report == Which::RETRY);
    REQUIRE_THAT(queue.seen().outcomes()[0].said, Catch::Contains("\"not-cancelled\""));
  }
  stop();
}

TEST_CASE_METHOD(WorkerFixture, "a callback is told of a cancel also after stop()") {
  queue.add("j1");
  start([&](const jobq::Task& task) -> Result {
    begun.open();
    return task.wait_for_interrupt(kForEver) && !task.stopping() ? Result(jobq::Cancelled{})
                                                                 : echo(task);
  });
  REQUIRE(begun.wait());
  worker->stop();
  queue.cancel("j1");
  wait_for_end();
  REQUIRE(queue.seen().outcomes().at(0).report == Which::CANCELLED);
}

TEST_CASE_METHOD(WorkerFixture, "stop() ends the question that the store holds for a worker") {
  connection.retry_after = 10s;
  queue.add("j1");
  start(echo);
  REQUIRE(outcomes.wait_for("j1 200"));
  REQUIRE(wait_for_accepts(2));
  const auto start = std::chrono::steady_clock::now();
  stop();
  REQUIRE(std::chrono::steady_clock::now() - start < 5s);  // it would be held for 30 s
}

TEST_CASE_METHOD(WorkerFixture, "a worker with idle threads asks at once after each cancel") {
  queue.brings_cancels = true;
  start(echo);
  REQUIRE(wait_for_accepts(400));  // with pauses of 100 ms that would take longer than it waits
}

TEST_CASE_METHOD(WorkerFixture, "a lease is lost when the attempt has run out of time") {
  options.lease = 1h;  // it is never renewed here
  queue.add_until("j1", FakeQueue::kNowMs + 50);
  start([&](const jobq::Task& task) {
    was_lost = task.wait_for_interrupt(kForEver) && task.lost();
    return echo(task);
  });
  stop_after("j1 200");
  REQUIRE(was_lost);
  REQUIRE(queue.seen().renewals.empty());
}

TEST_CASE_METHOD(WorkerFixture, "a lease is not lost before the attempt has run out of time") {
  options.lease = 100ms;
  queue.add_until("j1", FakeQueue::kNowMs + 3'600'000);
  start([&](const jobq::Task& task) {
    gate.wait();
    was_lost = task.lost();
    return echo(task);
  });
  REQUIRE(queue.wait_until([](const auto& seen) { return seen.renewals.size() >= 5; }));
  gate.open();
  stop_after("j1 200");
  REQUIRE_FALSE(was_lost);
  REQUIRE(trouble.count("") == 0);
}

TEST_CASE_METHOD(WorkerFixture, "a lease is lost when the grace of a cancel is over") {
  options.lease = 1h;
  queue.add("j1");
  start([&](const jobq::Task& task) {
    begun.open();
    while (!task.lost()) {
      std::this_thread::yield();
    }
    was_lost = task.cancel_requested();
    return echo(task);
  });
  REQUIRE(begun.wait());
  queue.cancel("j1", FakeQueue::kNowMs + 50);
  stop_after("j1 200");
  REQUIRE(was_lost);
}
