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
  explicit ConnectionWatch(const Connections& connections) : connections_(connections) {}

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

  const Connections& connections_;
  Time next_look_{};
  std::uint64_t ended_ = 0;
  std::array<Told, Connections::kWhys> told_{};
};

}  // namespace store
