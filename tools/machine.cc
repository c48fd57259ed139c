#include "machine.h"

#include <fmt/format.h>

#include <fstream>

#include "failure.h"
#include "job_terms.h"
#include "jobq/limits.h"

namespace tools {
namespace {

// What the kernel takes for available, in MiB; all there can be where it does not say.
std::uint64_t memory_available(const std::string& proc) {
  std::ifstream file(proc + "/meminfo");
  for (std::string name; file >> name;) {
    std::uint64_t kib = 0;
    if (name == "MemAvailable:" && file >> kib) return kib / 1024;
    std::getline(file, name);
  }
  return UINT64_MAX;
}

double load_of(const std::string& proc) {
  double load = 0;
  std::ifstream(proc + "/loadavg") >> load;
  return load;
}

}  // namespace

std::string why_full(const MachineLimits& limits, const std::string& proc) {
  const std::uint64_t free = memory_available(proc);
  if (limits.memory_free != 0 && free < limits.memory_free) {
    return fmt::format("{} MiB of memory are free, {} are to be left", free, limits.memory_free);
  }
  const double load = load_of(proc);
  if (limits.load_max != 0 && load > limits.load_max) {
    return fmt::format("the load is {:.2f}, at most {:.2f} wanted", load, limits.load_max);
  }
  return {};
}

void declare_machine(Options& options, MachineLimits& limits, unsigned& force_priority) {
  options.number("--memory-free MIB", limits.memory_free,
                 "Take no jobs while less of the machine's memory is free");
  options.value("--load-max LOAD", "Take no jobs while the machine's load of a minute is above",
                [&limits](const std::string& text) {
                  const auto load = parse_decimal(text);
                  if (!load || !(*load > 0)) throw UsageError("--load-max: must be above 0");
                  limits.load_max = *load;
                });
  options.number("--force-priority N", force_priority,
                 "Jobs of this priority or above are taken all the same; default: 100",
                 {1, jobq::limits::kPriorityMax});
}

}  // namespace tools
