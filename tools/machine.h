// Whether this machine has room for more work.
#pragma once

#include <cstdint>
#include <string>

#include "options.h"

namespace tools {

// 0: not looked at.
struct MachineLimits {
  std::uint64_t memory_free = 0;  // MiB that are to be left
  double load_max = 0;            // of the last minute

  bool has_any() const { return memory_free != 0 || load_max != 0; }
};

// Empty: there is room. `proc`: where the kernel tells.
[[nodiscard]] std::string why_full(const MachineLimits& limits, const std::string& proc = "/proc");

// For what runs commands. `force_priority`: of jobs that are taken all the same.
void declare_machine(Options& options, MachineLimits& limits, unsigned& force_priority);

}  // namespace tools
