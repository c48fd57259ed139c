// A function as a folder: function.yaml says what it is called, what it means, what its jobs are
// given when they do not say, and which command does them; beside it is whatever the command needs.
// docs/workers.md has the format.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "descriptor.h"
#include "jobq/functions.h"
#include "shell_command.h"

namespace tools {

inline constexpr const char* kFunctionFile = "function.yaml";

struct FunctionFolder {
  std::string path;         // of the folder, from the root on
  std::string text;         // of the file
  jobq::Function function;  // as it is registered; its name is the folder's where the file has none
  ShellCommand command;     // without input; runs in the folder, or in `directory` of the file
  bool is_lines = false;    // started once for all jobs (line_command.h)
  bool operator==(const FunctionFolder&) const = default;
};

// The folders with a function in these directories, and the directories that are such themselves;
// by the names of their functions, 64 at most. `on_trouble` is told, by file, and field or line, of
// each that cannot be read, which stays as it is in `before`; and of the second of two of one name
// and of those that are too many, which are left out. What is in `before` is parsed only if its
// file has changed.
using FunctionFolders = std::map<std::string, FunctionFolder>;
[[nodiscard]] FunctionFolders read_function_folders(
    const std::vector<std::string>& directories,
    const std::function<void(const std::string& trouble)>& on_trouble,
    const FunctionFolders& before = {});

// What a worker has to know of them to run their commands, however the files are by then: for a
// program that starts workers, and for those. Its text is nobody else's. It is a file in memory
// alone, which programs that are started inherit. Throws std::system_error.
inline constexpr const char* kPoolSnapshot = "JOBQ_POOL_SNAPSHOT";  // environment: its file
inline constexpr std::size_t kSnapshotBytesMax = 64u << 20;
[[nodiscard]] auth::Descriptor snapshot_of(const FunctionFolders& folders);
[[nodiscard]] FunctionFolders folders_of_snapshot(const std::string& text);

}  // namespace tools
