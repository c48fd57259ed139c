// INVARIANT(condition, values...): an assertion that stays on in release builds. For our own bugs
// only: no input from outside may ever reach a broken INVARIANT. Prints the condition with the
// values given, then aborts; a restart rebuilds memory from disk.
#pragma once

#include <cstdlib>
#include <iostream>

namespace store {

template <typename... Values>
[[noreturn]] void invariant_broken(const char* condition, const char* file, int line,
                                   const Values&... values) {
  std::cerr << file << ":" << line << ": invariant broken: " << condition;
  ((std::cerr << " | " << values), ...);
  std::cerr << std::endl;
  std::abort();
}

}  // namespace store

#define INVARIANT(condition, ...)                                                           \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      ::store::invariant_broken(#condition, __FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__); \
    }                                                                                       \
  } while (false)
