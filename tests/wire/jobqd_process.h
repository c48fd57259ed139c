// A real jobqd in a process of its own. It ends with this object, or with the test program.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace wire {

class JobqdProcess {
 public:
  // Starts `program` with the arguments given.
  JobqdProcess(const std::string& program, const std::vector<std::string>& arguments);
  ~JobqdProcess();
  JobqdProcess(const JobqdProcess&) = delete;
  JobqdProcess& operator=(const JobqdProcess&) = delete;

  // Waits for the line "ready"; false when the process ends or the time is over before.
  bool wait_until_ready(std::chrono::milliseconds patience);

  void send_signal(int signal);
  pid_t id() const { return process_; }

  // Waits for the end: the exit code, or 128 + the signal that ended it.
  int wait_for_exit();

  // What it has printed so far.
  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }

 private:
  // Reads what is there, for as long as `patience`; false at the end of both streams.
  bool read_some(std::chrono::milliseconds patience);

  pid_t process_ = -1;
  int output_fd_ = -1;
  int errors_fd_ = -1;
  std::string output_;
  std::string errors_;
};

}  // namespace wire
