// What the server does about the clock between turns: says in the log when it goes another way than
// the store's time, and notes that the store is alive.
#pragma once

#include "alive.h"
#include "clock.h"

namespace store {

class ClockWatch {
 public:
  // `alive`: nullptr if nothing is to be noted. Both must outlive this.
  ClockWatch(const StoreTime& time, AliveFile* alive) : time_(time), alive_(alive) {}

  // A turn begins, at `now`, which is what the time was asked for last.
  void look(Time now);

 private:
  const StoreTime& time_;
  AliveFile* const alive_;
  Pace pace_ = Pace::kClock;
  Time next_note_{};
};

}  // namespace store
