#include "connection_watch.h"

#include <spdlog/spdlog.h>

#include <string>

namespace store {
namespace {

// Who has gone matters to those who wait, and soon to those who wait for what he had.
constexpr Span kLookInterval{100};
// Between two lines of the log about the same.
constexpr Span kTellInterval = std::chrono::seconds(10);

struct Reason {
  const char* name;         // in statistics
  std::uint64_t told_from;  // so many in an interval
  const char* what;
  const char* why;
};
// By Connections::Why.
constexpr std::array<Reason, Connections::kWhys> kReasons = {{
    {"connectionsMax", 1, "were closed",
     "more were open than --connections-max and the limit of open files allow"},
    {"connectionsFlooding", 1, "were closed", "their peers sent more than the store could take"},
    {"connectionsUnread", 1, "were closed", "their peers did not read what they were answered"},
    {"connectionsSilent", 100, "have ended", "nothing was said over them"},
}};

}  // namespace

bool ConnectionWatch::look(Time now) {
  if (now < next_look_) {
    return false;
  }
  next_look_ = now + kLookInterval;
  has_news_ = false;
  const Connections::Counters counters = connections_.counters();
  tell(now, counters);
  const bool have_ended = counters.ended != ended_;
  ended_ = counters.ended;
  return have_ended;
}

void ConnectionWatch::tell(Time now, const Connections::Counters& counters) {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    const Connections::Ended& ended = counters.let_go[i];
    Told& told = told_[i];
    if (ended.count == told.count || now < told.next) {
      continue;
    }
    if (const std::uint64_t count = ended.count - told.count; count >= kReasons[i].told_from) {
      spdlog::warn("{} connections {}, the last of {}: {}", count, kReasons[i].what,
                   ended.last.empty() ? "this machine" : ended.last, kReasons[i].why);
    }
    told = {ended.count, now + kTellInterval};
  }
}

std::vector<jobq::RefusalCount> ConnectionWatch::counts() const {
  std::vector<jobq::RefusalCount> counts;
  const Connections::Counters counters = connections_.counters();
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (counters.let_go[i].count > 0) {
      counts.push_back({kReasons[i].name, counters.let_go[i].count});
    }
  }
  return counts;
}

}  // namespace store
