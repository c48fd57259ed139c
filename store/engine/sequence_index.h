// Slots ordered by sequence: append at the end, erase anywhere, find and walk from any sequence.
// A sorted queue with lazy deletion: appends come in rising order because sequences are given out
// in that order. Finding is O(log n), the rest O(1) amortised.
#pragma once

#include <algorithm>
#include <deque>

#include "invariant.h"
#include "job.h"

namespace store {

class SequenceIndex {
 public:
  struct Place {
    Sequence sequence;
    Slot slot;  // kNoSlot once erased
  };

  // REQUIRES: `sequence` is greater than every one before.
  void append(Sequence sequence, Slot slot) {
    INVARIANT(places_.empty() || places_.back().sequence < sequence, sequence);
    places_.push_back({sequence, slot});
    ++count_;
  }

  void erase(Sequence sequence) {
    const auto place = lower_bound(sequence);
    INVARIANT(place != places_.end() && place->sequence == sequence && place->slot != kNoSlot,
              sequence);
    places_[static_cast<std::size_t>(place - places_.begin())].slot = kNoSlot;
    if (--count_ < places_.size() / 2) {
      std::erase_if(places_, [](const Place& p) { return p.slot == kNoSlot; });
    }
  }

  Slot find(Sequence sequence) const {
    const auto place = lower_bound(sequence);
    return place != places_.end() && place->sequence == sequence ? place->slot : kNoSlot;
  }

  // Calls visit(slot) for each with a sequence above `cursor`, until it returns false.
  template <typename Visit>
  void walk(Sequence cursor, Visit visit) const {
    if (cursor == UINT64_MAX) {
      return;
    }
    auto place = lower_bound(cursor + 1);
    for (; place != places_.end(); ++place) {
      if (place->slot != kNoSlot && !visit(place->slot)) {
        return;
      }
    }
  }

  // The first sequence of which is_late(slot) holds; 0 when there is none. REQUIRES: it holds for
  // all after the first.
  template <typename IsLate>
  Sequence first_where(IsLate is_late) const {
    std::size_t begin = 0;
    std::size_t end = places_.size();
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      std::size_t live = middle;
      while (live < end && places_[live].slot == kNoSlot) {
        ++live;
      }
      if (live == end || is_late(places_[live].slot)) {
        end = middle;
      } else {
        begin = live + 1;
      }
    }
    while (begin < places_.size() && places_[begin].slot == kNoSlot) {
      ++begin;
    }
    return begin == places_.size() ? 0 : places_[begin].sequence;
  }

  std::size_t size() const { return count_; }
  // The one with the greatest sequence, or kNoSlot.
  Slot last() const {
    for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
      if (place->slot != kNoSlot) {
        return place->slot;
      }
    }
    return kNoSlot;
  }

 private:
  // Young jobs are asked for most, so the search gallops from the end before it halves.
  std::deque<Place>::const_iterator lower_bound(Sequence sequence) const {
    const auto before = [](const Place& p, Sequence s) { return p.sequence < s; };
    auto end = places_.end();
    std::ptrdiff_t step = 16;
    while (end - places_.begin() > step && !before(*(end - step), sequence)) {
      end -= step;
      step *= 4;
    }
    const auto begin = end - std::min(step, end - places_.begin());
    return std::lower_bound(begin, end, sequence, before);
  }

  std::deque<Place> places_;
  std::size_t count_ = 0;
};

}  // namespace store
