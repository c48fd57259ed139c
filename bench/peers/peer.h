// Another queue, for the same load as ours: connections to its server, through the client that its
// users have. Each answer is waited for that says "on disk" by the settings of peers/run.
#pragma once

#include <memory>
#include <string>

namespace bench {

// One connection. Throws std::runtime_error.
class PeerQueue {
 public:
  virtual ~PeerQueue() = default;

  // Submits `jobs` in messages of `batch`, sent without waiting where the peer can do that; all are
  // acknowledged when it returns.
  virtual void submit(unsigned jobs, unsigned batch) = 0;
  // Takes up to so many jobs, finishes them, and returns how many once that is acknowledged. Waits
  // some 100 ms when there are none.
  virtual unsigned work(unsigned jobs, unsigned batch) = 0;
  // One job, and waits until its end is known, which work_and_tell() of another connection tells.
  // Returns how many ms that took.
  virtual double submit_and_wait() = 0;
  virtual void work_and_tell() = 0;
};

struct Peer {
  std::string name;
  std::string script;   // what node runs, for queues whose clients are for it
  std::string address;  // of loopback
  int port = 0;
  std::string request;
};

std::unique_ptr<PeerQueue> connect_redis(const Peer& peer);
std::unique_ptr<PeerQueue> connect_postgres(const Peer& peer);
std::unique_ptr<PeerQueue> connect_beanstalkd(const Peer& peer);
std::unique_ptr<PeerQueue> connect_rabbitmq(const Peer& peer);
// Its process connects with the first call.
std::unique_ptr<PeerQueue> connect_node(const Peer& peer);

}  // namespace bench
