// What each token holds of a table that all share, so that none uses up what is for all. Tokens are
// told apart by their identifiers. What is held with none ("") counts in sum alone.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "invariant.h"

namespace store {

struct Share {
  std::size_t count = 0;
  std::size_t bytes = 0;
};

class Shares {
 public:
  // A token with what it holds; good while it holds something.
  using Holder = std::pair<const std::string, Share>*;

  // One more thing of so many bytes.
  Holder take(std::string_view token, std::size_t bytes) {
    auto held = held_.find(token);
    if (held == held_.end()) {
      held = held_.emplace(std::string(token), Share()).first;
    }
    for (Share* share : {&held->second, &all_}) {
      ++share->count;
      share->bytes += bytes;
    }
    return &*held;
  }
  // One that was taken.
  void give(Holder holder, std::size_t bytes) {
    INVARIANT(holder->second.count > 0 && holder->second.bytes >= bytes, holder->first, bytes);
    for (Share* share : {&holder->second, &all_}) {
      --share->count;
      share->bytes -= bytes;
    }
    if (holder->second.count == 0) {
      held_.erase(held_.find(holder->first));
    }
  }
  void give(std::string_view token, std::size_t bytes) {
    const auto held = held_.find(token);
    INVARIANT(held != held_.end(), token);
    give(&*held, bytes);
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
