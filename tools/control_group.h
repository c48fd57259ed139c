// What a command may use of the machine, by a control group of its own (cgroup v2), where this
// program may make one.
#pragma once

#include <cstdint>
#include <string>

#include "jobq/types.h"

namespace tools {

// 0: no limit.
struct CommandBounds {
  std::uint64_t memory_bytes = 0;  // all of its processes together; without a group, each of them
  double cpus = 0;                 // processors at the same time; without a group, not held
  jobq::Span cpu_time{};           // of each of its processes, to the second
  bool operator==(const CommandBounds&) const = default;
};

// Where groups of this program's commands go. Finds that once, when there is a first command with
// bounds: its own group, which must be its alone to use, as under systemd with Delegate=yes; it
// moves to a group below then, since a group with processes cannot divide what it has.
struct GroupPlace {
  std::string directory{};  // empty: there can be none
  std::string why_not{};
};
const GroupPlace& group_place();
// The same for any tree: `mount` is where it is, `self` a file like /proc/self/cgroup.
[[nodiscard]] GroupPlace find_group_place(const std::string& mount, const std::string& self);

// How `bounds` are held, for people: empty when all of it is by a group or there are none.
[[nodiscard]] std::string how_held(const CommandBounds& bounds, const GroupPlace& place);

// A group for one command, for as long as this is.
class ControlGroup {
 public:
  ControlGroup() = default;
  // Empty when there are no bounds for a group, or no place. Throws std::system_error.
  static ControlGroup of(const CommandBounds& bounds, const GroupPlace& place);
  ~ControlGroup();
  ControlGroup(ControlGroup&& other) noexcept;
  ControlGroup& operator=(ControlGroup&& other) noexcept;

  // A process that writes 0 to it is in the group. Empty: there is no group.
  const std::string& processes_file() const { return processes_file_; }

 private:
  std::string directory_;
  std::string processes_file_;
};

}  // namespace tools
