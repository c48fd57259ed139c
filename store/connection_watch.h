// What the server does about connections between turns: looks who has gone, and says in the log who
// floods.
#pragma once

#include <array>
#include <vector>

#include "clock.h"
#include "connections.h"
#include "jobq/types.h"

namespace store {

class ConnectionWatch {
 public:
  // Must outlive this.
  explicit ConnectionWatch(Connections& connections) : connections_(connections) {}

  // Takes note of connections that have ended, of which the descriptor tells that is to be waited
  // for; then, when they are to be looked at; Time::max() when there is nothing new.
  int fd() const { return connections_.ended_fd(); }
  void hear() { has_news_ = connections_.take_ended() || has_news_; }
  Time next_look() const { return has_news_ ? next_look_ : Time::max(); }

  // A turn begins. Returns whether some have ended since the last time that this was found; it is
  // not looked in each turn.
  [[nodiscard]] bool look(Time now);

  // Of those that were let go, by the reason; none that is 0.
  std::vector<jobq::RefusalCount> counts() const;

 private:
  struct Told {
    std::uint64_t count = 0;
    Time next{};
  };
  void tell(Time now, const Connections::Counters& counters);

  Connections& connections_;
  bool has_news_ = false;
  Time next_look_{};
  std::uint64_t ended_ = 0;
  std::array<Told, Connections::kWhys> told_{};
};

}  // namespace store
