// The files by which `jobq work` and a command tell each other what is too long for a line: what an
// attempt leaves for the next one, and what the function keeps between runs.
#pragma once

#include <optional>
#include <string>

#include "jobq/driver.h"
#include "private_directory.h"

namespace tools {

// In a directory of their own, which goes with this.
class JobFiles {
 public:
  // Throws std::system_error.
  explicit JobFiles(const jobq::AcceptedJob& job);

  [[nodiscard]] std::string request_path() const { return directory_.path_of(kRequest); }
  [[nodiscard]] std::string checkpoint_path() const { return directory_.path_of(kCheckpoint); }
  // As JSON: {"name": "value"}.
  [[nodiscard]] std::string state_path() const { return directory_.path_of(kState); }

  // What became of the jobs that it waited for, with their responses, as JSON: [{"job": "page-1",
  // "status": "complete", "response": ...}].
  [[nodiscard]] std::string after_path() const { return directory_.path_of(kAfter); }

  // What the job was submitted with for its worker alone; the token for what its function calls.
  // Empty files where there is none.
  [[nodiscard]] std::string grants_path() const { return directory_.path_of(kGrants); }
  [[nodiscard]] std::string acting_token_path() const { return directory_.path_of(kActingToken); }

  // What is in the file now, if it is another text than when this was asked before. A file that is
  // not there is empty. One byte more than the store takes is as far as it is read.
  [[nodiscard]] std::optional<std::string> new_checkpoint();

 private:
  static constexpr const char* kRequest = "request";
  static constexpr const char* kCheckpoint = "checkpoint";
  static constexpr const char* kState = "state";
  static constexpr const char* kAfter = "after";
  static constexpr const char* kGrants = "grants";
  static constexpr const char* kActingToken = "acting-token";

  PrivateDirectory directory_{"jobq"};
  std::string known_;
};

}  // namespace tools
