#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>
#include <thread>

#include "worker_fixture.h"

using namespace std::chrono_literals;
using jobq::PendingTask;

namespace {

// The tasks of callbacks that have returned.
class Shelf {
 public:
  void put(PendingTask task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kForEver, [&] { return tasks_.size() >= count; });
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  PendingTask take() {
    if (!wait_for(1)) {
      throw std::runtime_error("no task comes");  // Catch2 is not for several threads
    }
    const std::lock_guard lock(mutex_);
    PendingTask task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PendingTask> tasks_;
};

struct PendingFixture : WorkerFixture {
  Shelf shelf;

  void start_shelving() {
    start_async([this](PendingTask task) { shelf.put(std::move(task)); });
  }
  void start_async(jobq::BeginJob begin) {
    worker = std::make_unique<jobq::Worker>(connection, options);
    worker->on_async(std::move(begin));
    running = std::async(std::launch::async, [run = worker.get()] { run->run(); });
  }
  std::string said(std::size_t number = 0) { return queue.seen().outcomes().at(number).said; }
};

void finish(PendingTask task) { task.finish(jobq::Done{task.task().request()}); }

}  // namespace

TEST_CASE_METHOD(PendingFixture, "one thread has many jobs under way, whose outcomes come later") {
  options.under_way_max = 50;
  queue.add(names("j", 50));
  start_shelving();
  REQUIRE(shelf.wait_for(50));
  REQUIRE(queue.seen().outcomes().empty());
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        finish(shelf.take());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  stop_after(" 200", 50);
  REQUIRE(worker->finished() == 50);
  std::set<std::string> jobs;
  for (const auto& outcome : queue.seen().outcomes()) {
    jobs.insert(outcome.said);
  }
  REQUIRE(jobs.size() == 50);
}

TEST_CASE_METHOD(PendingFixture, "no more jobs are under way than there may be") {
  options.threads = 2;
  options.under_way_max = 3;
  options.prefetch = 2;
  queue.add(names("j", 20));
  start_shelving();
  REQUIRE(shelf.wait_for(3));
  REQUIRE(wait_for_accepts(1));
  REQUIRE(queue.seen().accepts[0].max == 5);
  for (std::size_t done = 1; done <= 17; ++done) {
    finish(shelf.take());
    REQUIRE(outcomes.wait_for(" 200", done));
    REQUIRE(shelf.wait_for(3));
    REQUIRE(shelf.size() == 3);
  }
  while (shelf.size() > 0) {
    finish(shelf.take());
  }
  stop_after(" 200", 20);
}

TEST_CASE_METHOD(PendingFixture, "a task that is dropped is a failure to be retried") {
  queue.add("j1");
  SECTION("within the callback") {
    start_async([](const PendingTask&) {});
    REQUIRE(wait_for_outcomes(1));
    stop();
  }
  SECTION("later") {
    start_shelving();
    { const PendingTask dropped = shelf.take(); }
    stop_after("j1 200");
  }
  SECTION("by another one in its place") {
    options.under_way_max = 2;
    queue.add("j2");
    start_shelving();
    REQUIRE(shelf.wait_for(2));
    PendingTask task = shelf.take();
    task = shelf.take();
    REQUIRE(outcomes.wait_for("j1 200"));
    finish(std::move(task));
    stop_after("j2 200");
  }
  REQUIRE(said() == R"(retry = (error = (code = "no-outcome", )"
                    R"(message = "the task was dropped without an outcome")))");
}

TEST_CASE_METHOD(PendingFixture, "a dropped task whose cancel was requested is cancelled") {
  queue.add("j1");
  start_shelving();
  PendingTask task = shelf.take();
  queue.cancel("j1");
  REQUIRE(task.task().wait_for_interrupt(kForEver));
  REQUIRE(task.task().cancel_requested());
  SECTION("as is one whose owner says so") { task.finish(jobq::Cancelled{}); }
  SECTION("and nobody need say so") { const PendingTask dropped = std::move(task); }
  stop_after("j1 200");
  REQUIRE(queue.seen().outcomes().at(0).report == Which::CANCELLED);
}

TEST_CASE_METHOD(PendingFixture, "what a callback throws is the failure of a task that goes too") {
  queue.add("j1");
  start_async([](const PendingTask&) { throw std::runtime_error("no route"); });
  REQUIRE(wait_for_outcomes(1));
  stop();
  REQUIRE(said() == R"(retry = (error = (code = "exception", message = "no route")))");
}

TEST_CASE_METHOD(PendingFixture, "what a callback throws is told of a task that is elsewhere") {
  queue.add("j1");
  start_async([this](PendingTask task) {
    shelf.put(std::move(task));
    throw std::runtime_error("too late");
  });
  REQUIRE(wait_for_words(Which::LOG, 1));
  finish(shelf.take());
  stop_after("j1 200");
  REQUIRE(said() == R"(complete = "\"j1\"")");
  REQUIRE(queue.seen().log == std::vector<std::string>{"j1 3 the callback threw: too late"});
}

TEST_CASE_METHOD(PendingFixture, "a task has one outcome") {
  queue.add("j1");
  start_shelving();
  PendingTask task = shelf.take();
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      try {
        task.finish(jobq::Done{"1"});
      } catch (const std::logic_error&) {
        ++refused;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  REQUIRE(refused == 3);
  REQUIRE(outcomes.wait_for("j1 200"));
  stop();
  worker.reset();
  // Also when there is no worker any more.
  REQUIRE_THROWS_AS(task.finish(jobq::Done{"2"}), std::logic_error);
  const PendingTask other = std::move(task);
  REQUIRE_THROWS_AS(task.finish(jobq::Done{"2"}), std::logic_error);
  REQUIRE(queue.seen().outcomes().size() == 1);
}

TEST_CASE_METHOD(PendingFixture, "leases of pending tasks are renewed; a lost one is told of") {
  options.lease = 100ms;
  queue.add("slow");
  start_shelving();
  PendingTask task = shelf.take();
  REQUIRE(queue.wait_until([](const auto& seen) { return seen.renewals.size() >= 5; }));
  REQUIRE_FALSE(task.task().interrupted());
  SECTION("and the outcome is taken") {
    finish(std::move(task));
    stop_after("slow 200");
  }
  SECTION("and the outcome is refused") {
    queue.lose("slow");
    REQUIRE(task.task().wait_for_interrupt(kForEver));
    REQUIRE(task.task().lost());
    finish(std::move(task));
    stop_after("slow 409");
    REQUIRE(worker->finished() == 0);
  }
}

TEST_CASE_METHOD(PendingFixture, "what is said of a pending task comes before its outcome") {
  queue.add("j1");
  start_shelving();
  PendingTask task = shelf.take();
  task.task().progress(0.5, "half");
  REQUIRE(wait_for_words(Which::PROGRESS, 1));
  task.task().log(jobq::LogLevel::kInfo, "done");
  finish(std::move(task));
  stop_after("j1 200");
  REQUIRE(queue.seen().log == std::vector<std::string>{"j1 1 done"});
  REQUIRE(queue.seen().updates.back().back().report == Which::COMPLETE);
}

TEST_CASE_METHOD(PendingFixture, "an outcome is given while the store is away, and after") {
  connection.retry_after = 50ms;
  options.under_way_max = 2;
  queue.add(std::vector<std::string>{"j1", "j2"});
  start_shelving();
  REQUIRE(shelf.wait_for(2));
  queue.go_away();
  REQUIRE(trouble.wait_for("cannot connect"));
  finish(shelf.take());
  queue.come_back();
  REQUIRE(outcomes.wait_for("j1 200"));
  finish(shelf.take());
  stop_after("j2 200");
}

TEST_CASE_METHOD(PendingFixture, "a worker that stops waits for pending tasks") {
  options.lease = 100ms;
  queue.add("j1");
  start_shelving();
  PendingTask task = shelf.take();
  SECTION("and renews their leases") {
    worker->stop();
    const std::size_t count = queue.seen().renewals.size();
    REQUIRE(queue.wait_until([&](const auto& seen) { return seen.renewals.size() > count + 2; }));
    REQUIRE_FALSE(task.task().stopping());
    finish(std::move(task));
    wait_for_end();
    REQUIRE(said() == R"(complete = "\"j1\"")");
  }
  SECTION("and tells them with stop_now()") {
    worker->stop_now();
    REQUIRE(task.task().wait_for_interrupt(kForEver));
    REQUIRE(task.task().stopping());
    task.finish(jobq::Release{.delay = 5s, .message = "going"});
    wait_for_end();
    REQUIRE(said() == R"(release = (delayMs = 5000, message = "going"))");
  }
  SECTION("also where its destructor stops it") {
    std::thread ending([&] { worker.reset(); });
    const std::size_t count = queue.seen().renewals.size();
    REQUIRE(queue.wait_until([&](const auto& seen) { return seen.renewals.size() > count + 2; }));
    finish(std::move(task));
    ending.join();
    wait_for_end();
    REQUIRE(said() == R"(complete = "\"j1\"")");
  }
  REQUIRE(queue.seen().outcomes().size() == 1);
}

TEST_CASE_METHOD(PendingFixture, "functions with both kinds of callbacks, and what is none") {
  queue.add(std::vector<std::string>{"now.1", "later.1"});
  options.threads = 2;
  worker = std::make_unique<jobq::Worker>(connection, options);
  worker->on("now", echo).on_async("later", [this](PendingTask task) {
    shelf.put(std::move(task));
  });
  CHECK_THROWS_AS(worker->on_async("now", finish), std::invalid_argument);
  CHECK_THROWS_AS(worker->on_async(finish), std::logic_error);
  running = std::async(std::launch::async, [run = worker.get()] { run->run(); });
  REQUIRE(outcomes.wait_for("now.1 200"));
  finish(shelf.take());
  stop_after("later.1 200");

  jobq::Worker of_all(connection, options, echo);
  CHECK_THROWS_AS(of_all.on_async(finish), std::logic_error);
  const auto checked = [&](unsigned threads, unsigned under_way_max, unsigned prefetch) {
    jobq::Worker(connection,
                 {.datasource = "scan",
                  .threads = threads,
                  .under_way_max = under_way_max,
                  .prefetch = prefetch},
                 echo);
  };
  CHECK_THROWS_AS(checked(3, 2, 0), std::invalid_argument);
  CHECK_THROWS_AS(checked(1, 1025, 0), std::invalid_argument);
  CHECK_THROWS_AS(checked(1, 1000, 25), std::invalid_argument);
  CHECK_NOTHROW(checked(1, 1000, 24));
}
