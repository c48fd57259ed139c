// What a watch hands out, as lines that people read, or as a table that lives.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "jobq/watch.h"
#include "table.h"

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

class WatchTable {
 public:
  // Times are the store's clock. `now` is when the news came.
  void take(const jobq::WatchNews& news, jobq::Time now);

  // "3 accepted, 9 submitted", and what is the matter with the stream.
  [[nodiscard]] std::string summary() const;

  // A header and at most `lines_max` lines in all (0: any number), those that run first; jobs that
  // have ended stay for a few seconds.
  [[nodiscard]] std::string render(jobq::Time now, std::size_t lines_max, const Display& display);

 private:
  struct Row {
    jobq::JobStatus job{};  // as far as it is known
    std::string message{};  // the progress's, or why it failed
    jobq::Time ended_at{};  // zero until it is final
  };

  void take_snapshot(const jobq::WatchSnapshot& snapshot, jobq::Time now);
  void take_event(const jobq::Event& event, jobq::Time now);
  void forget_ended(jobq::Time now);
  static void add_to(Table& table, const Row& row, jobq::Time now);

  std::map<std::uint64_t, Row> rows_;  // by the job's number
  std::string trouble_;
};

}  // namespace tools
