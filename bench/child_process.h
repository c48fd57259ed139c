// A program of one's own, which says on a line of its output that it is ready.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// What a process has used so far.
struct Usage {
  double cpu_s = 0;
  std::uint64_t bytes_to_disk = 0;  // as the kernel counts pages sent to the device
  std::uint64_t rss_bytes = 0;
};

class ChildProcess {
 public:
  // Throws std::runtime_error when it ends before it has said a line that begins with `ready`.
  ChildProcess(std::vector<std::string> arguments, std::string_view ready);
  ~ChildProcess();  // SIGKILL, and waits for the end
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t process() const { return pid_; }
  // That line, without its end.
  const std::string& said() const { return said_; }
  Usage usage() const;

 private:
  void wait_for_end();

  pid_t pid_ = 0;
  std::string said_;
};

}  // namespace bench
