#include "jobqd_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "peer.h"

namespace wire {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  return ends;
}

}  // namespace

JobqdProcess::JobqdProcess(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> words = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  const auto output = make_pipe();
  const auto errors = make_pipe();
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output[1], STDOUT_FILENO);
    ::dup2(errors[1], STDERR_FILENO);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::close(output[1]);
  ::close(errors[1]);
  output_fd_ = output[0];
  errors_fd_ = errors[0];
  if (process_ < 0) {
    throw std::runtime_error("no process");
  }
}

JobqdProcess::~JobqdProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_fd_);
  ::close(errors_fd_);
}

bool JobqdProcess::read_some(std::chrono::milliseconds patience) {
  std::array<pollfd, 2> items = {{{output_fd_, POLLIN, 0}, {errors_fd_, POLLIN, 0}}};
  if (::poll(items.data(), items.size(), static_cast<int>(patience.count())) <= 0) {
    return true;
  }
  bool at_end = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::array<char, 4096> buffer;
    if (items[i].revents == 0) {
      at_end = false;
      continue;
    }
    const ssize_t got = ::read(items[i].fd, buffer.data(), buffer.size());
    if (got > 0) {
      at_end = false;
      (i == 0 ? output_ : errors_).append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  return !at_end;
}

bool JobqdProcess::wait_until_ready(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (output_.find("ready\n") == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !read_some(left)) {
      return false;
    }
  }
  return true;
}

void JobqdProcess::send_signal(int signal) { ::kill(process_, signal); }

int JobqdProcess::wait_for_exit() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (read_some(std::chrono::milliseconds(1000))) {
    if (std::chrono::steady_clock::now() > until) {
      ::kill(process_, SIGKILL);
    }
  }
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace wire
