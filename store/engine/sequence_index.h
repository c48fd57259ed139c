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
  struct Row {
    Sequence sequence;
    Slot slot;  // kNoSlot once erased
  };

  // REQUIRES: `sequence` is greater than every one before.
  void append(Sequence sequence, Slot slot) {
    INVARIANT(rows_.empty() || rows_.back().sequence < sequence, sequence);
    rows_.push_back({sequence, slot});
    ++count_;
  }

  void erase(Sequence sequence) {
    const auto place = lower_bound(sequence);
    INVARIANT(place != rows_.end() && place->sequence == sequence && place->slot != kNoSlot,
              sequence);
    rows_[static_cast<std::size_t>(place - rows_.begin())].slot = kNoSlot;
    if (--count_ < rows_.size() / 2) {
      std::erase_if(rows_, [](const Row& p) { return p.slot == kNoSlot; });
    }
  }

  Slot find(Sequence sequence) const {
    const auto place = lower_bound(sequence);
    return place != rows_.end() && place->sequence == sequence ? place->slot : kNoSlot;
  }

  // Calls visit(slot) for each with a sequence above `cursor`, until it returns false.
  template <typename Visit>
  void walk(Sequence cursor, Visit visit) const {
    if (cursor == UINT64_MAX) {
      return;
    }
    auto place = lower_bound(cursor + 1);
    for (; place != rows_.end(); ++place) {
      if (place->slot != kNoSlot && !visit(place->slot)) {
        return;
      }
    }
  }

  // The same from the greatest on, for each with a sequence below `cursor`.
  template <typename Visit>
  void walk_down(Sequence cursor, Visit visit) const {
    for (auto place = lower_bound(cursor); place != rows_.begin();) {
      --place;
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
    std::size_t end = rows_.size();
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      std::size_t live = middle;
      while (live < end && rows_[live].slot == kNoSlot) {
        ++live;
      }
      if (live == end || is_late(rows_[live].slot)) {
        end = middle;
      } else {
        begin = live + 1;
      }
    }
    while (begin < rows_.size() && rows_[begin].slot == kNoSlot) {
      ++begin;
    }
    return begin == rows_.size() ? 0 : rows_[begin].sequence;
  }

  std::size_t size() const { return count_; }
  // The one with the smallest sequence. REQUIRES: there is one.
  Slot first() const {
    return std::find_if(rows_.begin(), rows_.end(),
                        [](const Row& row) { return row.slot != kNoSlot; })
        ->slot;
  }
  // The one with the greatest sequence, or kNoSlot.
  Slot last() const {
    for (auto place = rows_.rbegin(); place != rows_.rend(); ++place) {
      if (place->slot != kNoSlot) {
        return place->slot;
      }
    }
    return kNoSlot;
  }

 private:
  // Young jobs are asked for most, so the search gallops from the end before it halves.
  std::deque<Row>::const_iterator lower_bound(Sequence sequence) const {
    const auto before = [](const Row& p, Sequence s) { return p.sequence < s; };
    auto end = rows_.end();
    std::ptrdiff_t step = 16;
    while (end - rows_.begin() > step && !before(*(end - step), sequence)) {
      end -= step;
      step *= 4;
    }
    const auto begin = end - std::min(step, end - rows_.begin());
    return std::lower_bound(begin, end, sequence, before);
  }

  std::deque<Row> rows_;
  std::size_t count_ = 0;
};

}  // namespace store
