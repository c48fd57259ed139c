// What a watch hands out, as lines that people read.
#pragma once

#include <string>

#include "jobq/watch.h"

namespace tools {

struct EventDisplay {
  jobq::Time now{};           // by the store's clock
  bool shows_client = false;  // the scope has jobs of several
};

// "12:03:04 job-7 accepted by w1, attempt 2"; with the client: "12:03:04 alice job-7 ...".
[[nodiscard]] std::string event_line(const jobq::Event& event, const EventDisplay& display);

// A line that says what this is, and one for each job. Ends with a newline.
[[nodiscard]] std::string snapshot_lines(const jobq::WatchSnapshot& snapshot,
                                         const EventDisplay& display);

// "-- the store went away; waiting for it, after event 1234"
[[nodiscard]] std::string repair_line(const jobq::WatchRepair& repair);

// The command that goes on from where a watch has ended: "jobq watch scan --from 1234".
[[nodiscard]] std::string command_to_go_on(const jobq::WatchScope& scope, std::uint64_t cursor);

}  // namespace tools
