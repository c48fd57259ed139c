// A real jobqd on ipc paths of its own, which is killed and comes back on the same directory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../temporary_directory.h"
#include "jobq/connection.h"
#include "jobqd_process.h"

namespace watch {

class WatchedStore {
 public:
  explicit WatchedStore(std::vector<std::string> arguments = {}, bool curve = false);

  // SIGKILL; returns when it is ready again.
  void kill_and_restart();

  std::string request_endpoint() const { return endpoint("request"); }
  std::string status_endpoint() const { return endpoint("status"); }
  // An endpoint that nobody has yet.
  std::string endpoint(const std::string& name) const;
  std::string token(const std::vector<std::string>& caveats) const;
  jobq::Connection connection(const std::vector<std::string>& caveats = {}) const;

 private:
  void start();

  const TemporaryDirectory directory_;
  const std::vector<std::string> arguments_;
  const bool curve_;
  std::unique_ptr<wire::JobqdProcess> process_;
};

}  // namespace watch
