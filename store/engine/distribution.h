// How many spans were how long: in classes, four of which double the length, so that what is told
// of them is a quarter too long at most. Grows with the classes that have any.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "job.h"
#include "jobq/datasources.h"

namespace store {

class Distribution {
 public:
  struct Class {
    std::uint8_t number = 0;
    std::uint64_t count = 0;
    bool operator==(const Class&) const = default;
  };

  void add(Span span, std::uint64_t count = 1) { add(class_of(span), count); }
  void add(const Distribution& more) {
    for (const Class& one : more.classes_) {
      add(one.number, one.count);
    }
  }
  // What was added since `before`, which is this as it was.
  Distribution since(const Distribution& before) const {
    Distribution result;
    for (const Class& one : classes_) {
      const auto old = before.find(one.number);
      const std::uint64_t counted = old == before.classes_.end() || old->number != one.number
                                        ? 0
                                        : std::min(old->count, one.count);
      if (one.count > counted) {
        result.classes_.push_back({one.number, one.count - counted});
      }
    }
    return result;
  }
  // As long as so many of a hundred are at most. Zero: there are none.
  Span percentile(std::uint64_t percent) const {
    std::uint64_t all = 0;
    for (const Class& one : classes_) {
      all += one.count;
    }
    std::uint64_t seen = 0;
    for (const Class& one : classes_) {
      seen += one.count;
      if (seen * 100 >= all * percent) {
        return end_of(one.number);
      }
    }
    return {};
  }

  // Adds how many there are of less than 2^i ms, and not of less than half of that, to the i-th.
  void add_to(jobq::SpanCounts& counts) const {
    for (const Class& one : classes_) {
      const auto place = static_cast<std::size_t>(
          std::bit_width(static_cast<std::uint64_t>(end_of(one.number).count())));
      counts.resize(std::max(counts.size(), place + 1));
      counts[place] += one.count;
    }
  }

  // By number.
  const std::vector<Class>& classes() const { return classes_; }
  void restore(std::vector<Class> classes) { classes_ = std::move(classes); }
  bool operator==(const Distribution&) const = default;

 private:
  // 0 .. 3 ms are classes of their own; from there on four in each doubling.
  static std::uint8_t class_of(Span span) {
    const auto ms = static_cast<std::uint64_t>(std::max(span, Span::zero()).count());
    if (ms < 4) {
      return static_cast<std::uint8_t>(ms);
    }
    const auto octave = static_cast<std::uint64_t>(std::bit_width(ms)) - 3;
    return static_cast<std::uint8_t>(std::min(4 * octave + (ms >> octave), std::uint64_t{200}));
  }
  static Span end_of(std::uint8_t number) {
    if (number < 4) {
      return Span(number);
    }
    const unsigned octave = number / 4u - 1;
    return Span(static_cast<std::int64_t>(((number % 4u + 5ULL) << octave) - 1));
  }
  void add(std::uint8_t number, std::uint64_t count) {
    const auto place =
        std::lower_bound(classes_.begin(), classes_.end(), number,
                         [](const Class& one, std::uint8_t wanted) { return one.number < wanted; });
    if (place != classes_.end() && place->number == number) {
      place->count += count;
    } else {
      classes_.insert(place, {number, count});
    }
  }
  std::vector<Class>::const_iterator find(std::uint8_t number) const {
    return std::lower_bound(
        classes_.begin(), classes_.end(), number,
        [](const Class& one, std::uint8_t wanted) { return one.number < wanted; });
  }

  std::vector<Class> classes_;
};

}  // namespace store
