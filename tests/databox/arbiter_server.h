// An arbiter with its socket: REP, a server of CURVE, as the real one has it.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "arbiter.h"

namespace databox {

// A bound REP.
zmq::socket_t bind_rep(zmq::context_t& context, const std::string& curve_secret,
                       const std::vector<std::string>& endpoints);

// Answers until `stop_fd` is readable.
void serve(zmq::socket_t& rep, int stop_fd,
           const std::function<std::string(std::string_view frame)>& answer);

// One that runs beside a test. It keeps what it knows while it is down.
class ArbiterServer {
 public:
  ArbiterServer(std::string endpoint, std::string cm_key);
  ~ArbiterServer();
  ArbiterServer(const ArbiterServer&) = delete;
  ArbiterServer& operator=(const ArbiterServer&) = delete;

  void start();
  void stop();

  // Z85. What is changed counts from the next start.
  std::string public_key;
  std::string secret_key;

  // Safe while it runs, and when it does not.
  void with(const std::function<void(Arbiter&)>& call);
  std::string secret_of(const std::string& name);
  // Frames that it has answered since it was made.
  std::size_t answered();

 private:
  const std::string endpoint_;
  std::mutex mutex_;
  Arbiter arbiter_;
  std::size_t answered_ = 0;
  zmq::context_t context_{1};
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace databox
