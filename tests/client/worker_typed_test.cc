#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "worker_fixture.h"

namespace {

// The queue's requests are the jobs' names as JSON texts.
struct Page {
  std::string name;
};
struct Text {
  std::string text;
};

}  // namespace

template <>
struct jobq::JsonOf<Page> {
  static Page read(std::string_view json) {
    if (json.starts_with("\"bad")) {
      throw std::invalid_argument("name: must not be bad");
    }
    return {std::string(json.substr(1, json.size() - 2))};
  }
};
template <>
struct jobq::JsonOf<Text> {
  static std::string write(const Text& text) {
    if (text.text.empty()) {
      throw std::length_error("no text");
    }
    return "{\"text\": \"" + text.text + "\"}";
  }
};

namespace {

struct TypedFixture : WorkerFixture {
  void begin() {
    running = std::async(std::launch::async, [run = worker.get()] { run->run(); });
  }
  std::string said(const std::string& job) {
    for (const auto& outcome : queue.seen().outcomes()) {
      if (outcome.job == job) {
        return outcome.said;
      }
    }
    return {};
  }
};

}  // namespace

TEST_CASE_METHOD(TypedFixture, "a typed callback gets what was read and returns what is written") {
  queue.add(std::vector<std::string>{"ocr.1", "bad.1"});
  worker = std::make_unique<jobq::Worker>(
      connection, options, jobq::typed<Page, Text>([](const Page& page, const jobq::Task& task) {
        return Text{page.name + " of " + task.job()};
      }));
  begin();
  stop_after(" 200", 2);
  CHECK(said("ocr.1") == R"(complete = "{\"text\": \"ocr.1 of ocr.1\"}")");
  CHECK(said("bad.1") == R"(fail = (code = "bad-request", message = "name: must not be bad"))");
}

TEST_CASE_METHOD(TypedFixture, "a typed callback may say any other word, or none that is JSON") {
  queue.add(std::vector<std::string>{"error.1", "either.1", "either.2", "none.1"});
  worker = std::make_unique<jobq::Worker>(connection, options);
  worker
      ->on<Page, Text>("error",
                       [](const Page&, const jobq::Task&) {
                         return jobq::JobError{"no-paper", "none", {}};
                       })
      .on<Page, Text>("either",
                      [](const Page& page, const jobq::Task&) -> jobq::ResultOf<Text> {
                        if (page.name == "either.2") {
                          return jobq::Forbid{{"not-you", "no", {}}};
                        }
                        return Text{"fine"};
                      })
      .on<Page, Text>("none", [](const Page&, const jobq::Task&) { return Text{}; });
  begin();
  stop_after(" 200", 4);
  CHECK(said("error.1") == R"(fail = (code = "no-paper", message = "none"))");
  CHECK(said("either.1") == R"(complete = "{\"text\": \"fine\"}")");
  CHECK(said("either.2") == R"(forbid = (code = "not-you", message = "no"))");
  CHECK(said("none.1") == R"(retry = (error = (code = "exception", message = "no text")))");
}

TEST_CASE_METHOD(TypedFixture, "a typed callback that only begins the job") {
  queue.add(std::vector<std::string>{"ocr.1", "ocr.2", "bad.1"});
  options.under_way_max = 3;
  worker = std::make_unique<jobq::Worker>(connection, options);
  std::thread later;
  worker->on_async<Page>("bad", [](const Page&, const jobq::PendingTask&) {});
  worker->on_async<Page>("ocr", [&](Page page, jobq::PendingTask task) {
    if (page.name == "ocr.2") {
      return task.finish(jobq::JobError{"no-paper", {}, {}});
    }
    later = std::thread([page = std::move(page), task = std::move(task)]() mutable {
      task.finish(jobq::done_with(Text{page.name}));
    });
  });

  begin();
  stop_after(" 200", 3);
  later.join();
  CHECK(said("ocr.1") == R"(complete = "{\"text\": \"ocr.1\"}")");
  CHECK(said("ocr.2") == R"(fail = (code = "no-paper"))");
  CHECK(said("bad.1") == R"(fail = (code = "bad-request", message = "name: must not be bad"))");
}
