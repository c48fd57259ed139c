#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

#include "worker_fixture.h"

using namespace std::chrono_literals;

TEST_CASE_METHOD(WorkerFixture, "each word of a callback is reported as it is") {
  queue.add(std::vector<std::string>{"retry", "release", "forbid", "fail"});
  start([&](const jobq::Task& task) -> Result {
    if (task.job() == "retry") {
      return jobq::Retry{.error = {"busy", "the scanner is busy", {}}, .delay = 5s};
    }
    if (task.job() == "release") {
      return jobq::Release{.delay = 7s, .message = "moved"};
    }
    if (task.job() == "forbid") {
      return jobq::Forbid{.error = {"not-yours", "another's page", {}}};
    }
    return jobq::JobError{"exit-1", {}, {}};
  });
  stop_after(" 200", 4);
  const auto seen = queue.seen().outcomes();
  REQUIRE(seen.size() == 4);
  REQUIRE(seen[0].said == R"(retry = (error = (code = "busy", message = "the scanner is busy"), )"
                          R"(delayMs = 5000))");
  REQUIRE(seen[1].said == R"(release = (delayMs = 7000, message = "moved"))");
  REQUIRE(seen[2].said == R"(forbid = (code = "not-yours", message = "another\'s page"))");
  REQUIRE(seen[3].said == R"(fail = (code = "exit-1"))");
  REQUIRE(worker->finished() == 4);
}

TEST_CASE_METHOD(WorkerFixture, "a worker has a callback for each of its functions") {
  queue.add(std::vector<std::string>{"ocr.1", "draw.1", "ocr.2", "other.1"});
  worker = std::make_unique<jobq::Worker>(connection, options);
  worker->on("ocr", [](const jobq::Task&) { return jobq::Done{R"("text")"}; })
      .on("draw", [](const jobq::Task&) { return jobq::Done{R"("picture")"}; });
  CHECK_THROWS_AS(worker->on("ocr", echo), std::invalid_argument);
  CHECK_THROWS_AS(worker->on("no name", echo), std::invalid_argument);
  running = std::async(std::launch::async, [run = worker.get()] { run->run(); });
  REQUIRE(wait_for_outcomes(4));
  stop();
  CHECK(queue.seen().accepts[0].functions == std::vector<std::string>{"ocr", "draw"});
  std::map<std::string, std::string> said;
  for (const auto& outcome : queue.seen().outcomes()) {
    said[outcome.job] = outcome.said;
  }
  CHECK(said["ocr.1"] == R"(complete = "\"text\"")");
  CHECK(said["ocr.2"] == said["ocr.1"]);
  CHECK(said["draw.1"] == R"(complete = "\"picture\"")");
  CHECK(said["other.1"].starts_with("release"));  // which a store would not have given
}

TEST_CASE_METHOD(WorkerFixture, "a worker without a callback does not run") {
  jobq::Worker idle(connection, options);
  CHECK_THROWS_AS(idle.run(), std::logic_error);
  jobq::Worker of_all(connection, options, echo);
  CHECK_THROWS_AS(of_all.on("ocr", echo), std::logic_error);
}

TEST_CASE_METHOD(WorkerFixture, "a worker asks only for its functions") {
  options.functions = {"scan", "copy"};
  start(echo);
  REQUIRE(wait_for_accepts(1));
  stop();
  const auto accepts = queue.seen().accepts;
  REQUIRE(accepts.size() == 2);
  REQUIRE(accepts[0].functions == options.functions);
  REQUIRE(accepts[1].functions == options.functions);
}

TEST_CASE_METHOD(WorkerFixture, "what a callback says comes before its outcome") {
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.log(jobq::LogLevel::kInfo, "first");
    task.progress(0.5, "half");
    task.log(jobq::LogLevel::kError, "second");
    task.log(jobq::LogLevel::kError, "");
    return echo(task);
  });
  stop_after("j1 200");
  const auto seen = queue.seen();
  REQUIRE(seen.log == std::vector<std::string>{"j1 1 first", "j1 3 second"});
  const auto progress = seen.words(Which::PROGRESS);
  REQUIRE(progress.size() == 1);
  REQUIRE(progress[0].said == R"(progress = (value = 0.5, message = "half"))");
  REQUIRE(progress[0].attempt == 1);
  REQUIRE(seen.updates.back().back().report == Which::COMPLETE);
  REQUIRE(outcomes.count("") == 1);
  REQUIRE(worker->finished() == 1);
}

TEST_CASE_METHOD(WorkerFixture,
                 "a checkpoint goes with progress, changes of state with the outcome") {
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.progress(0.5, "half");
    begun.open();
    gate.wait();
    task.leave_checkpoint("page 4");
    task.leave_checkpoint("page 5");
    task.change_state({.name = "pages", .how = jobq::ChangeHow::kAdd, .number = 5});
    return echo(task);
  });
  REQUIRE(begun.wait());
  REQUIRE(wait_for_words(Which::PROGRESS, 1));
  gate.open();
  stop_after("j1 200");
  const auto progress = queue.seen().words(Which::PROGRESS);
  REQUIRE(progress.size() == 2);
  REQUIRE(progress[0].said == R"(progress = (value = 0.5, message = "half"))");
  REQUIRE(progress[1].said ==
          R"(progress = (value = 0.5, message = "half"), checkpoint = "page 5")");
  const auto ended = queue.seen().outcomes();
  REQUIRE(ended.size() == 1);
  REQUIRE(ended[0].said ==
          R"(complete = "\"j1\"", state = [(name = "pages", how = add, number = 5)])");
}

TEST_CASE_METHOD(WorkerFixture, "a callback that throws changes no state, nor does one too many") {
  queue.add("j1");
  start([&](const jobq::Task& task) -> Result {
    for (int i = 0; i < 65; ++i) {
      task.change_state({.name = "pages", .how = jobq::ChangeHow::kAdd, .number = 1});
    }
    return echo(task);
  });
  stop_after("j1 200");
  const auto ended = queue.seen().outcomes();
  REQUIRE(ended.size() == 1);
  REQUIRE(ended[0].report == Which::RETRY);
  REQUIRE_THAT(ended[0].said, Catch::Contains("at most 64 changes") && !Catch::Contains("pages"));
}

TEST_CASE_METHOD(WorkerFixture, "of progress that has to wait only the newest is sent") {
  queue.ignores_updates = true;
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.progress(0.1);
    gate.wait();
    for (int i = 2; i <= 9; ++i) {
      task.progress(0.1 * i, std::to_string(i));
    }
    begun.open();
    task.wait_for_interrupt(kForEver);
    return echo(task);
  });
  REQUIRE(wait_for_words(Which::PROGRESS, 1));  // and is not answered
  gate.open();
  REQUIRE(begun.wait());
  queue.ignores_updates = false;
  REQUIRE(queue.wait_until([](const auto& seen) {
    const auto words = seen.words(Which::PROGRESS);
    return words.back().said.ends_with(R"(message = "9"))");
  }));
  worker->stop_now();
  wait_for_end();
  for (const auto& progress : queue.seen().words(Which::PROGRESS)) {
    REQUIRE((progress.said.find("message") == std::string::npos ||
             progress.said.ends_with(R"(message = "9"))")));
  }
}

TEST_CASE_METHOD(WorkerFixture, "log lines arrive once, however often they are sent") {
  connection.retry_after = 50ms;
  queue.ignores_updates = true;  // takes them, does not say so
  queue.add("j1");
  start([&](const jobq::Task& task) {
    for (const char* line : {"a", "b", "c"}) {
      task.log(jobq::LogLevel::kDebug, line);
    }
    gate.wait();
    task.log(jobq::LogLevel::kWarning, "d");
    return echo(task);
  });
  REQUIRE(wait_for_words(Which::LOG, 4));
  gate.open();
  REQUIRE(queue.wait_until([](const auto& seen) { return seen.log.size() == 4; }));
  queue.ignores_updates = false;
  stop_after("j1 200");
  REQUIRE(queue.seen().log == std::vector<std::string>{"j1 0 a", "j1 0 b", "j1 0 c", "j1 2 d"});
  for (const auto& log : queue.seen().words(Which::LOG)) {
    REQUIRE_THAT(log.said, Catch::EndsWith("first = 1)"));
  }
}

TEST_CASE_METHOD(WorkerFixture, "log lines that the store has answered are not sent again") {
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.log(jobq::LogLevel::kInfo, "a");
    gate.wait();
    task.log(jobq::LogLevel::kInfo, "b");
    return echo(task);
  });
  REQUIRE(wait_for_words(Which::LOG, 1));
  gate.open();
  stop_after("j1 200");
  const auto logs = queue.seen().words(Which::LOG);
  REQUIRE(logs.size() == 2);
  REQUIRE(logs[0].said == R"(log = (lines = [(level = info, text = "a")], first = 1))");
  REQUIRE(logs[1].said == R"(log = (lines = [(level = info, text = "b")], first = 2))");
}

TEST_CASE_METHOD(WorkerFixture, "a store that is away does not hold up a callback that logs") {
  connection.retry_after = 50ms;
  queue.add("j1");
  start([&](const jobq::Task& task) {
    queue.go_away();
    for (int i = 0; i < 3'000; ++i) {
      task.log(jobq::LogLevel::kInfo, std::to_string(i));
    }
    queue.come_back();
    return echo(task);
  });
  REQUIRE(trouble.wait_for("log lines are dropped"));
  stop_after("j1 200");
  const auto log = queue.seen().log;
  REQUIRE(log.size() < 3'000);
  REQUIRE(log.back() == "j1 1 2999");
}

TEST_CASE_METHOD(WorkerFixture, "a lost lease shows in the answer to progress") {
  options.lease = 1h;
  queue.lose("j1");
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.progress(0.1);
    was_lost = task.wait_for_interrupt(kForEver) && task.lost();
    task.log(jobq::LogLevel::kInfo, "nobody hears it");
    return echo(task);
  });
  stop_after("j1 409");
  REQUIRE(was_lost);
  REQUIRE(trouble.count("") == 0);
  REQUIRE(queue.seen().log.empty());
}

TEST_CASE_METHOD(WorkerFixture, "a word that is put off is said again") {
  const auto which = GENERATE(Which::COMPLETE, Which::PROGRESS);
  queue.refuse_words(which, 507);
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.progress(0.1);
    if (which == Which::PROGRESS) {
      gate.wait();
    }
    return echo(task);
  });
  REQUIRE(wait_for_words(which, 3));
  queue.refuse_words(which, 0);
  gate.open();
  stop_after("j1 200");
  REQUIRE(worker->finished() == 1);
}

TEST_CASE_METHOD(WorkerFixture, "refused progress is told and costs nothing else") {
  queue.refuse_words(Which::PROGRESS, 400);
  queue.add("j1");
  start([&](const jobq::Task& task) {
    task.progress(0.1);
    return echo(task);
  });
  stop_after("j1 200");
  REQUIRE(trouble.count("job j1: progress or log is refused: 400") == 1);
}
