// What a callback has said of its job while it runs, and the store has not answered yet: the newest
// progress, and log lines in order. Not safe for several threads by itself.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobq/limits.h"
#include "jobq/outcomes.h"

namespace jobq {

class Speech {
 public:
  // Nothing to send, and no dropped lines to tell of.
  bool is_empty() const { return !progress_ && !checkpoint_ && lines_.empty() && dropped_ == 0; }
  // Roughly what it adds to a message, and to our memory.
  std::size_t bytes() const {
    return lines_bytes_ + (progress_ || checkpoint_ ? kItemBytes : 0) +
           (checkpoint_ ? checkpoint_->size() : 0);
  }

  void say(Progress progress) {
    last_ = progress;
    progress_ = std::move(progress);
  }
  // For the next attempt: sent with the newest progress.
  void leave(std::string checkpoint) { checkpoint_ = std::move(checkpoint); }
  // Beyond kLinesMax the oldest goes: the store would not keep it either. `has_room`: there is
  // memory for another line; else this one goes.
  void say(LogText line, bool has_room);

  // Of what the function keeps: go with the outcome. False: there are as many as it may have.
  bool add(StateChange change);
  std::vector<StateChange> take_changes() { return std::exchange(changes_, {}); }

  // Takes all out but the changes; empty ones are not set.
  struct Batch {
    std::optional<Log> log;
    std::optional<Progress> progress;
    std::optional<std::string> checkpoint;  // with the progress
  };
  Batch take();
  // What was taken and not answered comes before what was said since.
  void put_back(Log log);
  void put_back(Progress progress, std::optional<std::string> checkpoint = std::nullopt);

  // Lines dropped since the last call.
  std::size_t take_dropped() { return std::exchange(dropped_, 0); }

  static constexpr std::size_t kLinesMax =
      limits::kLogLinesKept;                       // of a job's log, the store keeps as many
  static constexpr std::size_t kItemBytes = 1100;  // a text at its limit and what is around it
  static std::size_t bytes_of(const LogText& line) { return line.text.size() + kLineExtraBytes; }

 private:
  static constexpr std::size_t kLineExtraBytes = 64;

  void drop_oldest();

  std::optional<Progress> progress_;
  std::optional<std::string> checkpoint_;
  std::vector<StateChange> changes_;
  Progress last_;
  // The last one has the number next_ - 1; there are no gaps.
  std::deque<LogText> lines_;
  unsigned next_ = 1;
  std::size_t lines_bytes_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace jobq
