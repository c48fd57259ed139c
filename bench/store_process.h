// A jobqd of one's own: started on a directory, killed and started again, with tokens for it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "jobq/connection.h"

namespace bench {

// What the process has used so far.
struct Usage {
  double cpu_s = 0;
  std::uint64_t bytes_to_disk = 0;  // as the kernel counts pages sent to the device
  std::uint64_t rss_bytes = 0;
};

class StoreProcess {
 public:
  // Starts `jobqd` on a fresh directory below `parent`, reachable by ipc or, with `tcp`, by
  // loopback. Throws std::runtime_error when it does not come up. `parent` is removed at the end.
  StoreProcess(std::string jobqd, std::filesystem::path parent, bool tcp, bool curve,
               std::vector<std::string> more_arguments = {});
  ~StoreProcess();
  StoreProcess(const StoreProcess&) = delete;
  StoreProcess& operator=(const StoreProcess&) = delete;

  void kill();   // SIGKILL, and waits for the end
  void start();  // again, on the same directory and endpoints

  // For the request endpoint, with a token narrowed by the caveats.
  jobq::Connection connection(const std::vector<std::string>& caveats) const;
  const std::string& status_endpoint() const { return status_; }
  pid_t process() const { return pid_; }
  Usage usage() const;
  std::filesystem::path data() const { return parent_ / "data"; }

 private:
  void wait_for_end();

  std::string jobqd_;
  std::filesystem::path parent_;
  bool curve_;
  std::vector<std::string> more_arguments_;
  std::string request_;
  std::string driver_;
  std::string status_;
  std::string server_key_;
  pid_t pid_ = 0;
};

// A fresh directory below `base`.
std::filesystem::path make_temporary_directory(const std::filesystem::path& base);

}  // namespace bench
