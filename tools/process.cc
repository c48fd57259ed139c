#include "process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "keeper.h"

namespace tools {
namespace {

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
  const char* group;      // a control group's file of its processes; nullptr: stays
  rlim_t memory_bytes;    // of each process; RLIM_INFINITY: as this program's
  rlim_t cpu_seconds;
};

// 0: as it is.
rlim_t most_of(std::uint64_t limit) { return limit == 0 ? RLIM_INFINITY : limit; }

void limit(int resource, rlim_t most) {
  rlimit now{};
  if (most == RLIM_INFINITY || ::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) {
    return;
  }
  now.rlim_cur = now.rlim_max = std::min(now.rlim_max, most);
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) ::_exit(127);
}

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
  if (start.group != nullptr) {
    const int group = ::open(start.group, O_WRONLY | O_CLOEXEC);
    if (::write(group, "0", 1) != 1) ::_exit(127);
    ::close(group);
  }
  limit(RLIMIT_AS, start.memory_bytes);
  limit(RLIMIT_CPU, start.cpu_seconds);
  // Before they are unblocked: a handler of this program must not run in a copy of it.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/bin/sh", start.arguments, start.environment);
  ::_exit(127);
}

}  // namespace

Process::Process(const ShellCommand& command, const CommandLimits& limits, RunningCommands& running)
    : limits_(limits), running_(running) {
  start(command);
}

Process::~Process() {
  if (!is_reaped_) (void)reap();
}

void Process::start(const ShellCommand& command) {
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
  if (command.bounds != CommandBounds()) {
    group_ = ControlGroup::of(command.bounds, group_place());
  }
  const bool has_group = !group_.processes_file().empty();
  const Start start{argument_pointers.data(),
                    environment_pointers.data(),
                    {in.read.get(), out.write.get(), errors.write.get()},
                    command.directory.empty() ? nullptr : command.directory.c_str(),
                    has_group ? group_.processes_file().c_str() : nullptr,
                    has_group ? RLIM_INFINITY : most_of(command.bounds.memory_bytes),
                    most_of(static_cast<std::uint64_t>(command.bounds.cpu_time.count() / 1000))};
  const pid_t parent = ::getpid();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  keeper_ = running_.fork_keeper([&] { keep(parent, report.write.get(), {become, &start}); });
  int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  report.write.close();
  report_ = std::move(report.read);
  if (keeper_ > 0) {
    pid_ = reported().value_or(-EAGAIN);
    error = -pid_;
  }
  if (pid_ < 0) {
    if (keeper_ > 0) running_.end_keeper(keeper_, /*was_killed=*/true);
    is_reaped_ = true;
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

void Process::send(std::string_view text) {
  has_woken_ = false;
  input_.erase(0, std::exchange(fed_, 0));
  input_ += text;
}

void Process::end_input() { is_input_over_ = true; }

void Process::step(const CommandWatch& watch) {
  const bool has_input = fed_ < input_.size() || is_input_over_;
  std::array<pollfd, 5> polled = {{{has_input ? to_.get() : -1, POLLOUT, 0},
                                   {from_.get(), POLLIN, 0},
                                   {errors_from_.get(), POLLIN, 0},
                                   {exit_.get(), POLLIN, 0},
                                   {has_woken_ ? -1 : watch.wake_fd, POLLIN, 0}}};
  const int tick = exit_.is_open() ? kTickMs : kTickWithoutPidfdMs;
  if (::poll(polled.data(), polled.size(), tick) < 0 && errno != EINTR) throw_errno("poll");
  if (polled[0].revents != 0) feed();
  if (polled[1].revents != 0) take_output();
  if (polled[2].revents != 0) take_errors(watch);
  if (polled[4].revents != 0) has_woken_ = true;  // it stays readable
}

bool Process::has_ended() const {
  siginfo_t info{};
  const int options = WEXITED | WNOHANG | WNOWAIT;
  return ::waitid(P_PID, static_cast<id_t>(keeper_), &info, options) == 0 && info.si_pid == keeper_;
}

void Process::signal(int number) const { ::kill(-pid_, number); }

void Process::take_what_is_there(const CommandWatch& watch) {
  while (from_.is_open() && !has_too_much_output() && take_output()) {
  }
  for (int chunks = 0; chunks < 64 && errors_from_.is_open() && take_errors(watch); ++chunks) {
  }
}

CommandEnd Process::finish(const CommandWatch& watch) {
  kill();
  take_what_is_there(watch);
  const int status = reap();
  CommandEnd end;
  end.kind = WIFSIGNALED(status) ? CommandEnd::Kind::kSignalled : CommandEnd::Kind::kExited;
  end.number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  end.output = std::move(output_);
  end.errors = error_lines_.take(watch);
  return end;
}

// Once the keeper has ended, the number may be somebody else's.
void Process::kill() const {
  if (!has_ended()) signal(SIGKILL);
}

int Process::reap() {
  kill();
  running_.remove(pid_);
  const std::optional<int> status = reported();  // waits until it has ended
  running_.end_keeper(keeper_, /*was_killed=*/!status);
  is_reaped_ = true;
  return status.value_or(SIGKILL);
}

// The next number that the keeper says.
std::optional<int> Process::reported() {
  int number = 0;
  ssize_t size = 0;
  do {
    size = ::read(report_.get(), &number, sizeof number);
  } while (size < 0 && errno == EINTR);
  return size == sizeof number ? std::optional(number) : std::nullopt;
}

void Process::feed() {
  while (fed_ < input_.size()) {
    const ssize_t size = ::write(to_.get(), input_.data() + fed_, input_.size() - fed_);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) {  // the command does not want it
      is_input_over_ = true;
      break;
    }
    fed_ += static_cast<std::size_t>(size);
  }
  if (is_input_over_) to_.close();
}

namespace {

// false: nothing there now, or closed.
bool take(auth::Descriptor& from, std::string& into) {
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

}  // namespace

bool Process::take_output() { return take(from_, output_); }

bool Process::take_errors(const CommandWatch& watch) {
  std::string bytes;
  const bool has_more = take(errors_from_, bytes);
  error_lines_.add(bytes, watch);
  return has_more;
}

Stopping::Stopping(Process& process, const CommandLimits& limits, const CommandWatch& watch)
    : process_(process), limits_(limits), watch_(watch) {}

void Stopping::look() {
  if (why_ != StopReason::kNone) {
    if (std::chrono::steady_clock::now() >= kill_at_) process_.signal(SIGKILL);
    return;
  }
  if (watch_.must_stop) why_ = watch_.must_stop();
  if (why_ == StopReason::kNone) return;
  process_.signal(SIGTERM);
  kill_at_ = std::chrono::steady_clock::now() + limits_.grace;
}

CommandEnd Stopping::finish(const RunningCommands& running) {
  const bool has_too_much_output = process_.has_too_much_output();
  CommandEnd end = process_.finish(watch_);
  if (running.are_killed() && !has_begun()) why_ = StopReason::kWorkerStops;
  if (has_too_much_output || end.output.size() > limits_.output_bytes_max) {
    end.kind = CommandEnd::Kind::kTooMuchOutput;
  } else if (why_ != StopReason::kNone) {
    end.kind = CommandEnd::Kind::kStopped;
    end.stopped = why_;
  }
  return end;
}

void ErrorLines::add(std::string_view bytes, const CommandWatch& watch) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, newline);
    bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
    line_ += piece;
    while (line_.size() > limits_.error_line_bytes_max) {
      keep(line_.substr(0, limits_.error_line_bytes_max), "", watch);
      line_.erase(0, limits_.error_line_bytes_max);
    }
    if (newline == std::string_view::npos) return;
    keep(line_, "\n", watch);
    line_.clear();
  }
}

std::string ErrorLines::take(const CommandWatch& watch) {
  if (!line_.empty()) keep(std::exchange(line_, {}), "", watch);
  trim();
  return std::exchange(kept_, {});
}

void ErrorLines::keep(const std::string& line, const char* end, const CommandWatch& watch) {
  if (watch.on_error_line && watch.on_error_line(line)) return;
  kept_ += line;
  kept_ += end;
  if (kept_.size() > 2 * limits_.error_bytes_kept) trim();
}

void ErrorLines::trim() {
  if (kept_.size() > limits_.error_bytes_kept) {
    kept_.erase(0, kept_.size() - limits_.error_bytes_kept);
  }
}

}  // namespace tools
