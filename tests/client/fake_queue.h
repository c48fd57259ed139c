// A fake store that gives jobs to one worker and takes their outcomes, as the contract says, with
// switches for what goes wrong in life. Shows what the worker said.
#pragma once

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
    std::string response;    // empty when it failed
    std::string error_code;  // empty when it is complete
    std::string error_message;
  };
  struct SeenAccept {
    std::uint64_t number = 0;
    unsigned max = 0;
    unsigned wait_ms = 0;
  };
  struct Seen {
    std::vector<SeenAccept> accepts;
    std::vector<std::vector<std::string>> renewals;  // jobs of each message
    std::vector<std::vector<SeenOutcome>> updates;   // of each message
    std::vector<SeenOutcome> outcomes() const;       // all of them
  };

  explicit FakeQueue(const std::string& endpoint);

  void add(const std::string& job);
  void add(const std::vector<std::string>& jobs);
  void go_away();
  void come_back();

  // Waits for it; false when it does not come.
  bool wait_until(const std::function<bool(const Seen&)>& has_come);
  Seen seen();

  // Switches.
  void lose(const std::string& job);      // its lease is not held any more
  void lose_replies_to_accepts(bool on);  // jobs are given, the worker does not learn of it
  void refuse_accepts(unsigned code);     // 0: no more
  void refuse_updates(unsigned code);
  void ignore_updates(bool on);                       // takes them, does not answer
  void refuse_response(const std::string& response);  // as if it were no JSON

 private:
  struct Parked {
    Asked asked;
    std::uint64_t number;
    unsigned max;
  };

  void answer(FakeStore& store, const Asked& asked);
  void accept(FakeStore& store, const Asked& asked);
  void renew(FakeStore& store, const Asked& asked);
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
  std::string bad_response_;
  bool loses_accept_replies_ = false;
  bool ignores_updates_ = false;
  unsigned accepts_refused_ = 0;
  unsigned updates_refused_ = 0;
  std::unique_ptr<FakeStore> store_;
};
