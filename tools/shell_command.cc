#include "shell_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "descriptor.h"
#include "keeper.h"

namespace tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTickMs = 100;
// Where the kernel does not tell of a process's end through a file descriptor, it is asked for.
constexpr int kTickWithoutPidfdMs = 5;
constexpr std::size_t kChunkBytes = 64U << 10;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
  auth::Descriptor read;
  auth::Descriptor write;

  static Pipe make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("cannot make a pipe");
    return {auth::Descriptor(ends[0]), auth::Descriptor(ends[1])};
  }
};

void make_nonblocking(const auth::Descriptor& fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("cannot set up a pipe");
}

std::vector<std::string> environment_of(const ShellCommand& command) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string text = *line;
    const std::string name = text.substr(0, text.find('='));
    const auto& unset = command.unset_environment;
    if (std::find(unset.begin(), unset.end(), name) == unset.end() &&
        !command.set_environment.contains(name)) {
      lines.push_back(text);
    }
  }
  for (const auto& [name, value] : command.set_environment)
    lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Start {
  char* const* arguments;
  char* const* environment;
  std::array<int, 3> standard;
  const char* directory;  // nullptr: stays
};

// Between fork and exec: system calls only, other threads may hold any lock.
[[noreturn]] void become(const void* how, pid_t keeper) {
  const Start& start = *static_cast<const Start*>(how);
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);
  for (int fd = 0; fd < 3; ++fd) {
    if (::dup2(start.standard[static_cast<std::size_t>(fd)], fd) < 0) ::_exit(127);
  }
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (start.directory != nullptr && ::chdir(start.directory) != 0) ::_exit(127);
  // Before they are unblocked: a handler of this program must not run in a copy of it.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/bin/sh", start.arguments, start.environment);
  ::_exit(127);
}

// What a command says on standard error, line by line: the last of the lines that are to be kept.
class ErrorLines {
 public:
  ErrorLines(const CommandLimits& limits, const CommandWatch& watch)
      : limits_(limits), watch_(watch) {}

  void add(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t newline = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, newline);
      bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
      line_ += piece;
      while (line_.size() > limits_.error_line_bytes_max) {
        keep(line_.substr(0, limits_.error_line_bytes_max), "");
        line_.erase(0, limits_.error_line_bytes_max);
      }
      if (newline == std::string_view::npos) return;
      keep(line_, "\n");
      line_.clear();
    }
  }

  // With what came after the last newline.
  std::string take() {
    if (!line_.empty()) keep(line_, "");
    trim();
    return std::move(kept_);
  }

 private:
  void keep(const std::string& line, const char* end) {
    if (watch_.on_error_line && watch_.on_error_line(line)) return;
    kept_ += line;
    kept_ += end;
    if (kept_.size() > 2 * limits_.error_bytes_kept) trim();
  }

  void trim() {
    if (kept_.size() > limits_.error_bytes_kept) {
      kept_.erase(0, kept_.size() - limits_.error_bytes_kept);
    }
  }

  const CommandLimits& limits_;
  const CommandWatch& watch_;
  std::string line_;
  std::string kept_;
};

// A started command and this side of its pipes.
class Process {
 public:
  Process(const ShellCommand& command, const CommandLimits& limits, RunningCommands& running,
          const CommandWatch& watch)
      : limits_(limits),
        running_(running),
        input_(command.input),
        wake_fd_(watch.wake_fd),
        error_lines_(limits, watch) {
    std::vector<std::string> arguments = {"sh", "-c", command.text};
    if (!command.arguments.empty()) arguments.emplace_back("sh");  // $0
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment = environment_of(command);
    const std::vector<char*> argument_pointers = pointers_to(arguments);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    Pipe in = Pipe::make();
    Pipe out = Pipe::make();
    Pipe errors = Pipe::make();
    make_nonblocking(in.write);
    make_nonblocking(out.read);
    make_nonblocking(errors.read);
    Pipe report = Pipe::make();
    const Start start{argument_pointers.data(),
                      environment_pointers.data(),
                      {in.read.get(), out.write.get(), errors.write.get()},
                      command.directory.empty() ? nullptr : command.directory.c_str()};
    const pid_t parent = ::getpid();
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    keeper_ = ::fork();
    if (keeper_ == 0) keep(parent, report.write.get(), {become, &start});
    int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    report.write.close();
    report_ = std::move(report.read);
    if (keeper_ > 0) {
      pid_ = reported().value_or(-EAGAIN);
      error = -pid_;
    }
    if (pid_ < 0) {
      if (keeper_ > 0) ::waitpid(keeper_, nullptr, 0);
      errno = error;
      throw_errno("cannot start a process");
    }
    running_.add(pid_);
    to_ = std::move(in.write);
    from_ = std::move(out.read);
    errors_from_ = std::move(errors.read);
    // The C library's own call has C++ linkage in glibc 2.36, by mistake.
    exit_ = auth::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, keeper_, 0)));
  }

  // An exception on the way must leave neither a zombie nor a running command.
  ~Process() {
    if (!is_reaped_) (void)reap();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Until something happens or a tick has passed; moves what can be moved.
  void step() {
    std::array<pollfd, 5> polled = {{{to_.get(), POLLOUT, 0},
                                     {from_.get(), POLLIN, 0},
                                     {errors_from_.get(), POLLIN, 0},
                                     {exit_.get(), POLLIN, 0},
                                     {wake_fd_, POLLIN, 0}}};
    const int tick = exit_.is_open() ? kTickMs : kTickWithoutPidfdMs;
    if (::poll(polled.data(), polled.size(), tick) < 0 && errno != EINTR) throw_errno("poll");
    if (polled[0].revents != 0) feed();
    if (polled[1].revents != 0) take_output();
    if (polled[2].revents != 0) take_errors();
    if (polled[4].revents != 0) wake_fd_ = -1;  // it stays readable
  }

  bool has_ended() const {
    siginfo_t info{};
    const int options = WEXITED | WNOHANG | WNOWAIT;
    return ::waitid(P_PID, static_cast<id_t>(keeper_), &info, options) == 0 &&
           info.si_pid == keeper_;
  }

  bool has_too_much_output() const { return output_.size() > limits_.output_bytes_max; }

  void signal(int number) const { ::kill(-pid_, number); }

  // After this nobody can write any more: the rest is what the pipes hold.
  CommandEnd finish() {
    kill();
    while (from_.is_open() && !has_too_much_output() && take_output()) {
    }
    for (int chunks = 0; chunks < 64 && errors_from_.is_open() && take_errors(); ++chunks) {
    }
    const int status = reap();
    CommandEnd end;
    end.kind = WIFSIGNALED(status) ? CommandEnd::Kind::kSignalled : CommandEnd::Kind::kExited;
    end.number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    end.output = std::move(output_);
    end.errors = error_lines_.take();
    return end;
  }

 private:
  // Once the keeper has ended, the number may be somebody else's.
  void kill() const {
    if (!has_ended()) signal(SIGKILL);
  }

  int reap() {
    kill();
    running_.remove(pid_);
    while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
    }
    is_reaped_ = true;
    return reported().value_or(SIGKILL);  // a keeper that was killed says nothing
  }

  // The next number that the keeper says.
  std::optional<int> reported() {
    int number = 0;
    ssize_t size = 0;
    do {
      size = ::read(report_.get(), &number, sizeof number);
    } while (size < 0 && errno == EINTR);
    return size == sizeof number ? std::optional(number) : std::nullopt;
  }

  void feed() {
    while (fed_ < input_.size()) {
      const ssize_t size = ::write(to_.get(), input_.data() + fed_, input_.size() - fed_);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size < 0) break;  // the command does not want it
      fed_ += static_cast<std::size_t>(size);
    }
    to_.close();
  }

  // false: nothing there now, or closed.
  static bool take(auth::Descriptor& from, std::string& into) {
    std::array<char, kChunkBytes> chunk;
    const ssize_t size = ::read(from.get(), chunk.data(), chunk.size());
    if (size > 0) {
      into.append(chunk.data(), static_cast<std::size_t>(size));
      return true;
    }
    if (size < 0 && errno == EINTR) return true;
    if (size == 0 || errno != EAGAIN) from.close();
    return false;
  }

  bool take_output() { return take(from_, output_); }

  bool take_errors() {
    std::string bytes;
    const bool has_more = take(errors_from_, bytes);
    error_lines_.add(bytes);
    return has_more;
  }

  const CommandLimits& limits_;
  RunningCommands& running_;
  const std::string& input_;
  pid_t keeper_ = -1;
  pid_t pid_ = -1;
  bool is_reaped_ = false;
  std::size_t fed_ = 0;
  int wake_fd_;
  std::string output_;
  ErrorLines error_lines_;
  auth::Descriptor to_;
  auth::Descriptor from_;
  auth::Descriptor errors_from_;
  auth::Descriptor exit_;
  auth::Descriptor report_;
};

}  // namespace

void RunningCommands::add(pid_t group) {
  const jobq::MutexLock lock(mutex_);
  groups_.insert(group);
}

void RunningCommands::remove(pid_t group) {
  const jobq::MutexLock lock(mutex_);
  groups_.erase(group);
}

bool RunningCommands::is_empty() {
  const jobq::MutexLock lock(mutex_);
  return groups_.empty();
}

void RunningCommands::kill_all() {
  are_killed_ = true;
  const jobq::MutexLock lock(mutex_);
  for (const pid_t group : groups_) ::kill(-group, SIGKILL);
}

void RunningCommands::kill_all_and_exit(int exit_code) {
  // Kept to the end: a thread whose command is killed here waits in remove() for ever.
  const jobq::MutexLock lock(mutex_);
  for (const pid_t group : groups_) ::kill(-group, SIGKILL);
  ::_exit(exit_code);
}

ShellCommand program_command(std::vector<std::string> program_and_arguments) {
  return {.text = "exec \"$@\"", .arguments = std::move(program_and_arguments)};
}

CommandEnd run_command(const ShellCommand& command, const CommandLimits& limits,
                       RunningCommands& running, const CommandWatch& watch) {
  Process process(command, limits, running, watch);
  StopReason stopped = StopReason::kNone;
  Clock::time_point kill_at;
  bool has_too_much_output = false;
  while (!process.has_ended()) {
    process.step();
    if (process.has_too_much_output()) {
      has_too_much_output = true;
      break;
    }
    if (stopped == StopReason::kNone) {
      if (watch.must_stop) stopped = watch.must_stop();
      if (stopped == StopReason::kNone) continue;
      process.signal(SIGTERM);
      kill_at = Clock::now() + limits.grace;
    } else if (Clock::now() >= kill_at) {
      process.signal(SIGKILL);
    }
  }
  CommandEnd end = process.finish();
  if (stopped == StopReason::kNone && running.are_killed()) stopped = StopReason::kWorkerStops;
  if (has_too_much_output || end.output.size() > limits.output_bytes_max) {
    end.kind = CommandEnd::Kind::kTooMuchOutput;
  } else if (stopped != StopReason::kNone) {
    end.kind = CommandEnd::Kind::kStopped;
    end.stopped = stopped;
  }
  return end;
}

}  // namespace tools
