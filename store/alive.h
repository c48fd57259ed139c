// When the store was last alive, in a small file of the data directory: from which a start knows
// how far time has come, and how long nobody was served.
//
//   "<store time, ms since 1970> <ms since the machine's start> <id of that start>\n"
#pragma once

#include <optional>
#include <string>

#include "clock.h"
#include "descriptor.h"

namespace store {

class AliveFile {
 public:
  // Nothing depends on the file: when it is missing or damaged, last() is empty.
  explicit AliveFile(const std::string& path);

  // As of the opening, if the machine has not been started since.
  const std::optional<LastAlive>& last() const { return last_; }

  // Not synced: it survives the end of the process, and the machine's end makes it worthless.
  void note(Time now, Span elapsed);

 private:
  std::string boot_;
  std::optional<LastAlive> last_;
  auth::Descriptor file_;
};

}  // namespace store
