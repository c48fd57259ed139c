// A whole store in this process: real sockets on ipc paths, a real database, its own thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../temporary_directory.h"
#include "messages.h"
#include "server.h"

namespace wire {

class LocalStore {
 public:
  // `change` may alter the configuration, which has no CURVE and ipc endpoints; it says whether the
  // status endpoint has CURVE too.
  explicit LocalStore(const std::function<void(store::Config&)>& change = {},
                      const store::Clock* clock = nullptr,
                      store::StatusSocketOptions publishing = {});
  ~LocalStore();
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  const std::string& request_endpoint() const { return config_.request_endpoints.at(0); }
  const std::string& driver_endpoint() const { return config_.driver_endpoints.at(0); }
  const std::string& status_endpoint() const { return config_.status_endpoints.at(0); }
  // Z85, whether CURVE is on or not.
  std::string public_key() const;

  // A token for this store.
  std::string mint(const std::vector<std::string>& caveats) const;
  // Tokens for everything a client, a driver and an operator may do.
  std::string client_token(const std::string& client = "alice") const;
  std::string driver_token() const { return mint({"path = /jobs/*"}); }
  std::string operator_token() const { return mint({"path = /admin/*"}); }

  // Of the engine between two turns: the server is stopped, which answers those who wait with 503,
  // and runs again afterwards.
  std::uint64_t digest();

  // Alters the configuration likewise, between two turns.
  void change(const std::function<void(store::Config&)>& change);

  // Between two turns, as Rights has it.
  void trust_arbiter(const std::string& secret, bool is_new);

  // Stops the server; the sockets stay, and nobody serves them.
  void stop();

 private:
  struct Parts;
  void start();

  TemporaryDirectory directory_;
  store::Config config_;
  std::unique_ptr<Parts> parts_;
  int stop_fd_ = -1;
  std::thread thread_;
};

// Heads of requests to the datasource "scan".
Head client_call(std::uint64_t id, Method method, const std::string& path,
                 const std::string& token);
Head submit_head(std::uint64_t id, const std::string& token);
Head accept_head(std::uint64_t id, const std::string& token);
Head update_head(std::uint64_t id, const std::string& token);

}  // namespace wire
