#include "keeper.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace tools {
namespace {

// A process that does not die of SIGKILL sits in the kernel; nobody waits for that.
constexpr int kKillRoundsMax = 2000;
constexpr timespec kKillRound{0, 1'000'000};
// Between SIGTERM and SIGKILL for a command whose worker is no more.
constexpr timespec kGraceOfOrphan{2, 0};

// A child that has ended and is still to be reaped; 0: none has; -1: there are no children.
pid_t ended_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : -1;
}

// Kills the children but `spared`, and takes away those that are dead. Returns whether there was
// any.
bool kill_children(pid_t spared) {
  const int list = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  std::array<char, 4096> text;
  const ssize_t size = list < 0 ? 0 : ::read(list, text.data(), text.size());
  ::close(list);
  bool has_any = false;
  pid_t child = 0;
  for (ssize_t i = 0; i < size; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c >= '0' && c <= '9') {
      child = child * 10 + (c - '0');
      continue;
    }
    if (child > 0 && child != spared) {
      has_any = true;
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, WNOHANG);
    }
    child = 0;
  }
  return has_any;
}

// What the killed leave behind becomes a child too: until there is none but the command, which is
// reaped last, so that its number is nobody else's meanwhile.
void kill_all(pid_t command) {
  for (int round = 0; round < kKillRoundsMax; ++round) {
    ::kill(-command, SIGKILL);
    if (!kill_children(command)) return;
    ::nanosleep(&kKillRound, nullptr);
  }
}

sigset_t set_of(int one, int other) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, one);
  ::sigaddset(&set, other);
  return set;
}

void write_number(int to, int number) {
  [[maybe_unused]] const ssize_t size = ::write(to, &number, sizeof number);
}

}  // namespace

void keep(pid_t parent, int report, const StartCommand& command) {
  ::setpgid(0, 0);  // what a terminal sends is for the program to hand on
  ::prctl(PR_SET_NAME, "jobq keeper");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) command.start(command.how, self);
  const int error = errno;
  if (pid > 0) ::setpgid(pid, pid);  // the child does so too: whoever comes first
  write_number(report, pid > 0 ? pid : -error);
  if (pid < 0) ::_exit(EXIT_FAILURE);
  const auto kept = static_cast<unsigned>(report);
  if (kept > 0) ::close_range(0, kept - 1, 0);
  ::close_range(kept + 1, ~0U, 0);
  const sigset_t awaited = set_of(SIGCHLD, SIGTERM);
  bool is_alone = false;
  while (true) {
    const pid_t ended = ended_child();
    if (ended == pid) break;
    if (ended > 0) {
      ::waitpid(ended, nullptr, 0);
      continue;
    }
    const int number = is_alone ? ::sigtimedwait(&awaited, nullptr, &kGraceOfOrphan)
                                : ::sigwaitinfo(&awaited, nullptr);
    if (number < 0 && errno == EAGAIN) break;
    if (number == SIGTERM) {
      is_alone = true;
      ::kill(-pid, SIGTERM);
    }
  }
  kill_all(pid);
  int status = 0;
  ::waitpid(pid, &status, 0);
  write_number(report, status);
  ::_exit(EXIT_SUCCESS);
}

void leave_first_process() {
  if (::getpid() != 1) return;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child <= 0) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return;
  }
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended == child) ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    if (ended > 0) continue;
    const int number = ::sigwaitinfo(&all, nullptr);
    if (number > 0 && number != SIGCHLD) ::kill(child, number);
  }
}

}  // namespace tools
