// What a worker tells about trouble that it goes on after: one line at a time, from whichever of
// its threads met it, and a store that is away only once until it is back.
#pragma once

#include <functional>
#include <mutex>
#include <string>

namespace jobq {

class Trouble {
 public:
  explicit Trouble(std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {}

  void tell(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (tell_) {
      tell_(line);
    }
  }

  void store_is_away(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (tell_ && !is_away_) {
      tell_(line);
    }
    is_away_ = true;
  }

  void store_answers() {
    const std::lock_guard lock(mutex_);
    is_away_ = false;
  }

 private:
  std::mutex mutex_;
  const std::function<void(const std::string&)> tell_;
  bool is_away_ = false;
};

}  // namespace jobq
