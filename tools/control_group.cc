#include "control_group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "descriptor.h"

namespace tools {
namespace {

// As in the kernel's documentation of cgroup v2: processors by time within a period.
constexpr unsigned kPeriodUs = 100'000;
// Of the program itself, beside those of its commands.
constexpr std::string_view kOwn = "/jobq-own";

bool write_to(const std::string& path, const std::string& text) {
  const auth::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  return file.is_open() &&
         ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool has_word(const std::string& text, std::string_view wanted) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

bool divides(const std::string& directory) {
  const std::string kinds = text_of(directory + "/cgroup.subtree_control");
  return has_word(kinds, "memory") && has_word(kinds, "cpu");
}

// The line of the one tree of v2: "0::/path".
std::string own_path(const std::string& self) {
  std::ifstream file(self);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return {};
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

GroupPlace find_group_place(const std::string& mount, const std::string& self) {
  const std::string path = own_path(self);
  if (path.empty() || text_of(mount + "/cgroup.controllers").empty()) {
    return {.why_not = "there are no control groups (cgroup v2)"};
  }
  std::string directory = mount + (path == "/" ? "" : path);
  if (directory.ends_with(kOwn)) directory.resize(directory.size() - kOwn.size());
  if (divides(directory)) return {.directory = directory};
  const std::string own = directory + std::string(kOwn);
  const bool is_made = ::mkdir(own.c_str(), 0755) == 0 || errno == EEXIST;
  if (!is_made || !write_to(own + "/cgroup.procs", "0") ||
      !write_to(directory + "/cgroup.subtree_control", "+memory +cpu")) {
    return {.why_not = fmt::format("{} may not be divided: {}", directory, std::strerror(errno))};
  }
  return {.directory = directory};
}

const GroupPlace& group_place() {
  static const GroupPlace place = find_group_place("/sys/fs/cgroup", "/proc/self/cgroup");
  return place;
}

std::string how_held(const CommandBounds& bounds, const GroupPlace& place) {
  if (!place.directory.empty() || (bounds.memory_bytes == 0 && bounds.cpus == 0)) return {};
  std::string how = place.why_not + ": ";
  if (bounds.memory_bytes != 0) how += "memory is limited for each process alone (setrlimit)";
  if (bounds.cpus != 0)
    how += bounds.memory_bytes != 0 ? ", cpus not at all" : "cpus are not limited";
  return how;
}

ControlGroup ControlGroup::of(const CommandBounds& bounds, const GroupPlace& place) {
  ControlGroup group;
  if (place.directory.empty() || (bounds.memory_bytes == 0 && bounds.cpus == 0)) return group;
  static std::atomic<unsigned> number = 0;
  group.directory_ = fmt::format("{}/jobq-{}-{}", place.directory, ::getpid(), ++number);
  if (::mkdir(group.directory_.c_str(), 0755) != 0) fail(group.directory_);
  const bool has_memory = bounds.memory_bytes == 0 || write_to(group.directory_ + "/memory.max",
                                                               std::to_string(bounds.memory_bytes));
  const bool has_cpus =
      bounds.cpus == 0 || write_to(group.directory_ + "/cpu.max",
                                   fmt::format("{:.0f} {}", bounds.cpus * kPeriodUs, kPeriodUs));
  if (!has_memory || !has_cpus) fail(group.directory_);
  group.processes_file_ = group.directory_ + "/cgroup.procs";
  return group;
}

ControlGroup::~ControlGroup() {
  if (!directory_.empty()) ::rmdir(directory_.c_str());
}

ControlGroup::ControlGroup(ControlGroup&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      processes_file_(std::exchange(other.processes_file_, {})) {}

ControlGroup& ControlGroup::operator=(ControlGroup&& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(processes_file_, other.processes_file_);
  return *this;
}

}  // namespace tools
