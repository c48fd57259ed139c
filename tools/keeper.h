// A process between this program and a command, which gathers what the command leaves behind:
// processes that made themselves a session or a group of their own are found and killed too.
#pragma once

#include <sys/types.h>

namespace tools {

// To be called in a fresh child of `parent`, all signals blocked. Starts the command by `start`,
// which gets the keeper's own process number, runs in a child of the keeper and does not return;
// writes the command's number to `report`, or less than 0 with what errno said; waits for the
// command's end, or until `parent` is no more; kills whatever descends from it; and writes how the
// command ended, as waitpid() tells it. Makes system calls only: other threads of the program that
// it was forked from may hold any lock.
struct StartCommand {
  void (*start)(const void* how, pid_t keeper);
  const void* how;
};
[[noreturn]] void keep(pid_t parent, int report, const StartCommand& command);

// Where this is the first process of a container or a machine: goes on in a child, while this one
// hands it the signals, takes away the dead that nobody else does, and ends as the child does.
// REQUIRES: there is one thread.
void leave_first_process();

}  // namespace tools
