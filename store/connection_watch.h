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

  // Readable once a connection has ended, until next_look().
  int fd() const { return connections_.ended_fd(); }
  // When connections that have ended are to be looked at; Time::max(): there are no new ones.
  Time next_look() {
    has_news_ = connections_.take_ended() || has_news_;
    return has_news_ ? next_look_ : Time::max();
  }

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
