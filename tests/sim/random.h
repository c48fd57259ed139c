// Chance that is the same on every machine, or what somebody else wants to happen by chance.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace store::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // Values come from these bytes as long as there are some.
  void feed(std::string_view bytes) { bytes_ = bytes; }
  bool is_fed() const { return !bytes_.empty(); }

  // https://prng.di.unimi.it/splitmix64.c
  std::uint64_t next() {
    if (!bytes_.empty()) {
      std::uint64_t fed = 0;
      for (int left = 2; left > 0 && !bytes_.empty(); --left) {
        fed = fed << 8 | static_cast<unsigned char>(bytes_.front());
        bytes_.remove_prefix(1);
      }
      return fed;
    }
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // 0 .. end - 1. REQUIRES: end > 0.
  template <typename Number>
  Number below(Number end) {
    return static_cast<Number>(next() % static_cast<std::uint64_t>(end));
  }
  bool percent(unsigned percent) { return below(100u) < percent; }

  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + below(values.size()));
  }
  template <typename T>
  const T& one_of(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
  std::string_view bytes_;
};

}  // namespace store::sim
