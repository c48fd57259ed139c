// When the store was last alive, in a small file of the data directory: from which a start knows
// how far time has come, and how long nobody was served.
//
//   "<store time, ms since 1970> <ms since the machine's start> <id of that start> <check>   \n"
//
// Spaces fill it up to 101 bytes. The check is that of the text before it (auth/check_line.h);
// older stores did not write it.
#pragma once

#include <optional>
#include <string>

#include "clock.h"
#include "descriptor.h"

namespace store {

class AliveFile {
 public:
  // Nothing depends on the file: when it is missing or damaged, last() is empty; and when it has no
  // check and is more than a day ahead of the clock and of `journal_last`, the last turn's time.
  AliveFile(const std::string& path, const Clock& clock, Time journal_last);

  // As of the opening, if the machine has not been started since.
  const std::optional<LastAlive>& last() const { return last_; }

  // Something is in the file, but not what a store has written. It is not synced, so the machine's
  // end may do that too.
  static bool is_damaged(const std::string& path);

  // Not synced: it survives the end of the process, and the machine's end makes it worthless.
  void note(Time now, Span elapsed);

 private:
  std::string boot_;
  std::optional<LastAlive> last_;
  auth::Descriptor file_;
};

}  // namespace store
