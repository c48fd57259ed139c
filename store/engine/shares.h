// What each token holds of a table that all share, so that none uses up what is for all. Tokens are
// told apart by their identifiers. What is held with none ("") counts in sum alone.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "invariant.h"

namespace store {

struct Share {
  std::size_t count = 0;
  std::size_t bytes = 0;
};

class Shares {
 public:
  // One more thing of so many bytes. The name is good until give() of the last.
  void take(std::string_view token, std::size_t bytes) {
    auto held = held_.find(token);
    if (held == held_.end()) {
      held = held_.emplace(std::string(token), Share()).first;
    }
    for (Share* share : {&held->second, &all_}) {
      ++share->count;
      share->bytes += bytes;
    }
  }
  // One that was taken.
  void give(std::string_view token, std::size_t bytes) {
    const auto held = held_.find(token);
    INVARIANT(held != held_.end() && held->second.bytes >= bytes, token, bytes);
    for (Share* share : {&held->second, &all_}) {
      --share->count;
      share->bytes -= bytes;
    }
    if (held->second.count == 0) {
      held_.erase(held);
    }
  }

  // Nothing for "", which is nobody.
  Share of(std::string_view token) const {
    const auto held = token.empty() ? held_.end() : held_.find(token);
    return held == held_.end() ? Share() : held->second;
  }
  const Share& all() const { return all_; }

 private:
  std::map<std::string, Share, std::less<>> held_;
  Share all_;
};

}  // namespace store
