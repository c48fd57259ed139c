// A fake store that gives jobs to one worker and takes their outcomes, as the contract says, with
// switches for what goes wrong in life. Shows what the worker said.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fake_store.h"

class FakeQueue {
 public:
  struct SeenOutcome {
    std::string job;
    unsigned attempt = 0;
    protocol::Outcome::Which report = protocol::Outcome::COMPLETE;
    std::string said;  // as text_of(): R"(complete = "1")"; empty of more than ten log lines
    std::size_t accepts_before = 0;
    bool ends() const;  // the attempt
  };
  struct SeenAccept {
    std::uint64_t number = 0;
    unsigned max = 0;
    unsigned wait_ms = 0;
    std::vector<std::string> functions;
  };
  struct Seen {
    std::set<std::string> peers;  // sockets that asked
    std::vector<SeenAccept> accepts;
    std::vector<std::vector<std::string>> renewals;  // jobs of each message
    std::vector<std::uint64_t> questions;            // for cancels: what the worker knew
    std::vector<std::vector<SeenOutcome>> updates;   // of each message
    std::vector<SeenOutcome> outcomes() const;       // all that end attempts
    std::vector<SeenOutcome> words(protocol::Outcome::Which which) const;
    // What a store has in the jobs' logs after the updates: numbers that it has had are skipped.
    std::vector<std::string> log;
  };

  explicit FakeQueue(const std::string& endpoint);

  void add(const std::string& job);
  void add(const std::vector<std::string>& jobs);
  // Given with this end of the attempt, in milliseconds of the store's clock, which stands still.
  void add_until(const std::string& job, std::uint64_t until_ms);
  static constexpr std::uint64_t kNowMs = 1'700'000'000'000;
  // Asks for the cancel of a job that is given; returns the request's number.
  std::uint64_t cancel(const std::string& job, std::uint64_t until_ms = kNowMs + 3'600'000);
  void go_away();
  void come_back();

  // Waits for it; false when it does not come.
  bool wait_until(const std::function<bool(const Seen&)>& has_come);
  Seen seen();

  void lose(const std::string& job);  // its lease is not held any more
  void refuse_words(protocol::Outcome::Which which, unsigned code);

  // Switches. Codes of refusals; 0: none.
  std::atomic<unsigned> accepts_refused = 0;
  std::atomic<unsigned> updates_refused = 0;
  std::atomic<unsigned> questions_refused = 0;
  std::atomic<bool> loses_accept_replies = false;  // jobs are given, the worker does not hear of it
  std::atomic<bool> ignores_updates = false;       // takes them, does not answer
  std::atomic<bool> brings_cancels = false;  // of a job that nobody has, at once with each accept
  // What the history of all jobs says of their first attempt; COMPLETE: there is none (404).
  std::atomic<protocol::Attempt::Ending> ending = protocol::Attempt::Ending::COMPLETE;
  // A response that the store does not take.
  static constexpr const char* kNoJson = "no JSON";

 private:
  struct Parked {
    Asked asked;
    std::uint64_t number;
    unsigned max;
  };

  void answer(FakeStore& store, const Asked& asked);
  void accept(FakeStore& store, const Asked& asked);
  void renew(FakeStore& store, const Asked& asked);
  void listen(FakeStore& store, const Asked& asked);
  bool answer_question(FakeStore& store, const Asked& asked);
  void update(FakeStore& store, const Asked& asked);
  void give(FakeStore& store, const Parked& to);

  const std::string endpoint_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Seen seen_;
  std::deque<std::string> waiting_;
  std::optional<Parked> parked_;
  std::map<std::uint64_t, std::vector<std::string>> given_;  // by request number
  std::set<std::string> lost_;
  std::map<std::string, std::uint64_t> attempt_until_;
  struct Cancel {
    std::string job;
    std::uint64_t until_ms;
  };
  std::vector<Cancel> cancels_;  // their numbers are 1, 2, ...
  std::optional<Asked> parked_question_;
  std::map<std::string, unsigned> log_numbers_;
  std::map<protocol::Outcome::Which, unsigned> words_refused_;
  std::unique_ptr<FakeStore> store_;
};
