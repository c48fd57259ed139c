// Clients and workers that go on while the store is killed and comes back.
#pragma once

#include <atomic>
#include <functional>
#include <random>
#include <string>
#include <zmq.hpp>

#include "ledger.h"
#include "messages.h"

namespace wire {

// What all actors share. The endpoint stays the same over all lives of the store.
struct Stage {
  std::string endpoint;
  std::string token;
  Ledger& ledger;
  // Grows when a store is ready to answer.
  std::atomic<std::uint64_t> lives{0};
  std::atomic<bool> clients_stop{false};
  std::atomic<bool> workers_stop{false};
  // From then on no worker falls asleep.
  std::atomic<bool> is_final_act{false};
};

// Says a request until it is answered, over as many lives of the store as that takes.
class PersistentPeer {
 public:
  explicit PersistentPeer(const Stage& stage) : stage_(stage) {}

  // `make` makes the frame for the head given.
  Answer ask(Method method, const std::string& path,
             const std::function<std::string(const Head&)>& make);
  // How often the last request had to be said.
  unsigned times_said() const { return times_said_; }

 private:
  void connect();

  const Stage& stage_;
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  std::uint64_t life_ = 0;
  std::uint64_t next_id_ = 1;
  unsigned times_said_ = 0;
};

// Submits lists of jobs until clients stop.
void run_client(const Stage& stage, const std::string& name, std::uint64_t seed);

// Accepts and completes jobs until workers stop. Now and then it falls asleep over what it holds;
// another worker starts in its place, and it wakes up when somebody else has the jobs.
void run_worker(const Stage& stage, const std::string& name, std::uint64_t seed);

}  // namespace wire
