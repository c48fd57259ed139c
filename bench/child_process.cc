#include "child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace bench {

ChildProcess::ChildProcess(std::vector<std::string> arguments, std::string_view ready) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    std::perror(argv[0]);
    ::_exit(127);
  }
  ::close(out[1]);
  const std::unique_ptr<FILE, int (*)(FILE*)> said(::fdopen(out[0], "r"), &std::fclose);
  char line[512];
  while (std::fgets(line, sizeof line, said.get()) != nullptr) {
    said_ = line;
    if (said_.starts_with(ready)) {
      said_.erase(said_.find_last_not_of('\n') + 1);
      return;
    }
  }
  wait_for_end();
  throw std::runtime_error(arguments[0] + " did not become ready");
}

ChildProcess::~ChildProcess() {
  ::kill(pid_, SIGKILL);
  wait_for_end();
}

void ChildProcess::wait_for_end() {
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Usage ChildProcess::usage() const {
  const std::string proc = "/proc/" + std::to_string(pid_);
  Usage usage;
  std::ifstream stat(proc + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) {
    fields >> skipped;
  }
  double user = 0;
  double system = 0;
  fields >> user >> system;
  usage.cpu_s = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream io(proc + "/io");
  for (std::string key; io >> key;) {
    std::uint64_t value = 0;
    io >> value;
    if (key == "write_bytes:") {
      usage.bytes_to_disk = value;
    }
  }
  std::ifstream statm(proc + "/statm");
  std::uint64_t pages = 0;
  statm >> pages >> pages;
  usage.rss_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return usage;
}

}  // namespace bench
