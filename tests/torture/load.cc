// Loads a store, or writes down all that it has:
//   torture_load load ENDPOINT TOKEN-FILE LOG SEED [TOKEN ID]...    until its standard input ends
//   torture_load lives ENDPOINT TOKEN-FILE COUNT   jobs that come and go in messages of many
//   torture_load dump ENDPOINT TOKEN-FILE LOG
#include <algorithm>
#include <fstream>
#include <iostream>
#include <limits>
#include <thread>

#include "actors.h"
#include "jobq/admin.h"
#include "jobq/client.h"
#include "jobq/driver.h"

namespace torture {
namespace {

constexpr unsigned kClients = 2;
constexpr unsigned kWorkers = 3;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  file >> text;
  return text;
}

jobq::Connection connection_of(const std::string& endpoint, const std::string& token_file) {
  return {.endpoint = endpoint,
          .token = text_of(token_file),
          .patience = std::chrono::hours(1),
          .retry_after = std::chrono::milliseconds(500)};
}

// What ends a thread ends the program: the checker finds no "end" then.
void load(Stage& stage, std::uint64_t seed) {
  jobq::Admin admin(stage.connection);
  for (const std::string& datasource : kDatasources) {
    admin.configure({.datasource = datasource, .cancel_grace = jobq::Span(200)});
  }
  std::vector<std::thread> threads;
  const auto start = [&](auto actor, const std::string& name) {
    threads.emplace_back(actor, std::ref(stage), name, ++seed);
  };
  for (unsigned i = 0; i < kClients; ++i) {
    start(submit_jobs, "c" + std::to_string(i));
  }
  for (unsigned i = 0; i < kWorkers; ++i) {
    start(work, "w" + std::to_string(i));
  }
  start(operate, "operator");
  start(use_tokens, "t");
  for (const std::string& datasource : kDatasources) {
    threads.emplace_back(watch, std::ref(stage), std::cref(datasource));
  }
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  stage.stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  stage.log.add(monotonic(), "end");
}

// In a datasource that nothing else looks at. They are forgotten soon, but not before a repeated
// request of a slow store is answered.
void live(jobq::Connection connection, std::uint64_t count) {
  constexpr unsigned kAtOnce = 256;
  constexpr jobq::Span kHour(3'600'000);
  const std::string datasource = "many";
  const std::string request = '"' + std::string(250, 'x') + '"';
  connection.retry_after = std::chrono::seconds(30);
  jobq::Client client(connection);
  jobq::Driver driver(connection);
  while (count > 0) {
    const std::uint64_t jobs = std::min<std::uint64_t>(kAtOnce, count);
    std::vector<jobq::NewJob> submits(jobs);
    for (jobq::NewJob& job : submits) {
      job = {.request = request, .client = "c", .terms = {.keep_for = std::chrono::minutes(2)}};
    }
    const auto submitted = client.submit_many(datasource, std::move(submits));
    std::uint64_t done = 0;
    while (done < jobs) {
      std::vector<jobq::Outcome> outcomes;
      for (const auto& job : driver.accept(
               datasource,
               {.worker = "w", .max = kAtOnce, .lease = kHour, .wait = jobq::Span(10'000)})) {
        outcomes.push_back({job.lease, jobq::Done{R"({"ok":true})"}});
      }
      if (outcomes.empty()) {
        continue;
      }
      const auto results = driver.update(datasource, outcomes);
      for (const jobq::UpdateResult& result : results) {
        if (result.code != 200) {
          throw std::runtime_error("an outcome is refused: " + result.error);
        }
      }
      done += results.size();
    }
    count -= jobs;
  }
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == "dump") {
    Log log(words[3]);
    dump(connection_of(words[1], words[2]), log);
    return 0;
  }
  if (words.size() == 4 && words[0] == "lives") {
    live(connection_of(words[1], words[2]), std::stoull(words[3]));
    return 0;
  }
  if (words.size() < 5 || words[0] != "load") {
    std::cerr << "see the head of load.cc\n";
    return 2;
  }
  Log log(words[3]);
  Stage stage{.connection = connection_of(words[1], words[2]), .log = log};
  for (std::size_t i = 5; i + 1 < words.size(); i += 2) {
    stage.tokens.push_back(words[i]);
    stage.token_ids.push_back(words[i + 1]);
  }
  load(stage, std::stoull(words[4]));
  return 0;
}

}  // namespace
}  // namespace torture

int main(int count, char** words) {
  try {
    return torture::run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "torture_load: " << error.what() << '\n';
    return 1;
  }
}
