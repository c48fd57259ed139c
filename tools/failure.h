// How jobq ends: the exit codes that scripts rely on, the exception for what the caller got wrong,
// and what the store refused, in words, with what would help where that is known. `jobq --help`
// lists the codes for people.
#pragma once

#include <stdexcept>
#include <string>

#include "jobq/types.h"

namespace tools {

enum ExitCode : int {
  kOk = 0,
  kJobFailed = 1,    // the job waited for is failed, cancelled or forbidden
  kUsage = 2,        // command line or local input
  kDenied = 3,       // the store says 401 or 403
  kUnknown = 4,      // the store says 404
  kRefused = 5,      // the store says anything else
  kUnreachable = 6,  // no answer from the store
  kNotFinal = 7,     // the time to wait is over
  kInternal = 70,    // trouble inside jobq, e.g. no memory, output that cannot be written
  kTryLater = 75,    // the store says 429 or 503: not now; as a command of `jobq work` says it
};

constexpr ExitCode exit_code_of_refusal(unsigned code) {
  if (code == 401 || code == 403) return kDenied;
  if (code == 429 || code == 503) return kTryLater;
  return code == 404 ? kUnknown : kRefused;
}

// One line that says what to do otherwise. Nothing has been sent to the store.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "refused by the store (403): ...".
[[nodiscard]] std::string refusal_text(unsigned code, const std::string& what,
                                       jobq::Span retry_after);

}  // namespace tools
