#include "targets.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace fuzzing {

void expect(bool holds, const char* rule) {
  if (!holds) {
    std::fprintf(stderr, "rule broken: %s\n", rule);
    std::abort();
  }
}

}  // namespace fuzzing

#ifdef JOBQ_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzzing::JOBQ_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
#endif
