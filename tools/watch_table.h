// The jobs of a watch as a table that lives: what is known of each from a snapshot and the events
// after it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "jobq/watch.h"
#include "table.h"

namespace tools {

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
    std::string job;
    std::string client;
    jobq::Status status = jobq::Status::kSubmitted;
    unsigned attempt = 0;
    std::string worker;
    double progress = 0;
    std::string message;  // the progress's, or why it failed
    bool is_cancel_requested = false;
    jobq::Time since{};     // submitted, or heard of first
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
