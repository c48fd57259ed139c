// INVARIANT(condition, values...): an assertion that stays on in release builds. For our own bugs
// only: no input from outside may ever reach a broken INVARIANT. Prints the condition with the
// values given, then aborts; a restart rebuilds memory from disk. What is made from disk may
// contradict itself: there a broken one throws.
#pragma once

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace store {

// While one lives, a broken INVARIANT of its thread throws std::logic_error. What was being changed
// is not to be used any more then.
class InvariantsThrow {
 public:
  InvariantsThrow() : before_(std::exchange(of_thread(), true)) {}
  ~InvariantsThrow() { of_thread() = before_; }
  InvariantsThrow(const InvariantsThrow&) = delete;
  InvariantsThrow& operator=(const InvariantsThrow&) = delete;

  static bool& of_thread() {
    static thread_local bool throws = false;
    return throws;
  }

 private:
  const bool before_;
};

template <typename... Values>
[[noreturn]] void invariant_broken(const char* condition, const char* file, int line,
                                   const Values&... values) {
  std::ostringstream text;
  text << condition;
  ((text << " | " << values), ...);
  if (InvariantsThrow::of_thread()) {
    throw std::logic_error(text.str());
  }
  std::cerr << file << ":" << line << ": invariant broken: " << text.str() << std::endl;
  std::abort();
}

}  // namespace store

#define INVARIANT(condition, ...)                                                           \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      ::store::invariant_broken(#condition, __FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__); \
    }                                                                                       \
  } while (false)
