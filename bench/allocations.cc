#include "allocations.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace bench {

AllocationCounter::AllocationCounter() : file_("/dev/shm/jobq-bench-XXXXXX") {
  const int fd = ::mkstemp(file_.data());
  void* memory = MAP_FAILED;
  if (fd >= 0 && ::ftruncate(fd, sizeof *count_) == 0) {
    memory = ::mmap(nullptr, sizeof *count_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  ::close(fd);
  if (memory == MAP_FAILED) {
    throw std::runtime_error("no shared memory in /dev/shm");
  }
  count_ = static_cast<std::atomic<std::uint64_t>*>(memory);
  ::setenv("JOBQ_ALLOCATIONS", file_.c_str(), 1);
  ::setenv("LD_PRELOAD", ALLOCATIONS_PATH, 1);
}

AllocationCounter::~AllocationCounter() {
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("JOBQ_ALLOCATIONS");
  ::munmap(count_, sizeof *count_);
  ::unlink(file_.c_str());
}

}  // namespace bench
