// Clients, workers, an operator and watchers that go on while their store is tortured, and write
// down all that they are told.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "jobq/connection.h"
#include "jobq/events.h"
#include "log.h"

namespace torture {

// Jobs of the first are kept, those of the second forgotten a second after they ended.
inline const std::vector<std::string> kDatasources = {"lasting", "brief"};

struct Job {
  std::string datasource{};
  std::string id{};
  std::string client{};
};

// What actors tell each other: the last jobs that were submitted.
class Jobs {
 public:
  void add(Job job);
  std::optional<Job> any(std::mt19937_64& random);

 private:
  std::mutex mutex_;
  std::deque<Job> jobs_;
};

struct Stage {
  jobq::Connection connection;  // with a token for everything
  Log& log;
  // Tokens for the submits of one client, to be revoked, and their identifiers.
  std::vector<std::string> tokens{};
  std::vector<std::string> token_ids{};
  Jobs jobs{};
  std::atomic<bool> stop{false};
};

void submit_jobs(Stage& stage, const std::string& name, std::uint64_t seed);
void work(Stage& stage, const std::string& name, std::uint64_t seed);
void operate(Stage& stage, const std::string& name, std::uint64_t seed);
void use_tokens(Stage& stage, const std::string& name, std::uint64_t seed);
// Needs the datasource to be there.
void watch(Stage& stage, const std::string& datasource);

void log_event(Log& log, const jobq::Event& event);
// Writes down all that the store has.
void dump(const jobq::Connection& connection, Log& log);

}  // namespace torture
