// Counts the allocations of stores that are started while it is there: a library that is loaded
// before others counts them into a file that both map.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace bench {

class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  std::uint64_t count() const { return *count_; }

 private:
  std::string file_;
  std::atomic<std::uint64_t>* count_;
};

}  // namespace bench
