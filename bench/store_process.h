// A jobqd of one's own: started on a directory, killed and started again, with tokens for it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "child_process.h"
#include "jobq/connection.h"

namespace bench {

class StoreProcess {
 public:
  // Starts `jobqd` on a fresh directory below `parent`, reachable by ipc or, with `tcp`, by
  // loopback. Throws std::runtime_error when it does not come up. `parent` is removed at the end.
  StoreProcess(std::string jobqd, std::filesystem::path parent, bool tcp, bool curve,
               std::vector<std::string> more_arguments = {});
  ~StoreProcess();
  StoreProcess(const StoreProcess&) = delete;
  StoreProcess& operator=(const StoreProcess&) = delete;

  void kill() { running_.reset(); }
  void start();  // again, on the same directory and endpoints

  // For the request endpoint, with a token narrowed by the caveats.
  jobq::Connection connection(const std::vector<std::string>& caveats) const;
  const std::string& status_endpoint() const { return status_; }
  // REQUIRES: it was not killed, or started again.
  pid_t process() const { return running_->process(); }
  Usage usage() const { return running_->usage(); }
  std::filesystem::path data() const { return parent_ / "data"; }

 private:
  std::string jobqd_;
  std::filesystem::path parent_;
  bool curve_;
  std::vector<std::string> more_arguments_;
  std::string request_;
  std::string driver_;
  std::string status_;
  std::string server_key_;
  std::optional<ChildProcess> running_;
};

// A fresh directory below `base`.
std::filesystem::path make_temporary_directory(const std::filesystem::path& base);

}  // namespace bench
