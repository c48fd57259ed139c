// What is on disk may contradict itself, which anywhere else would be a bug.
#pragma once

#include <stdexcept>
#include <string>

#include "invariant.h"
#include "storage.h"

namespace store {

// `fail(problem)` is called with what is wrong, and throws StorageError that says of what. What
// `read()` was changing is not to be used any more then.
template <typename Read, typename Fail>
void read_doubting(const Read& read, const Fail& fail) {
  const InvariantsThrow scope;
  try {
    read();
  } catch (const StorageError& damage) {
    fail(damage.what());
  } catch (const std::logic_error& contradiction) {
    fail("does not fit what was read before it (" + std::string(contradiction.what()) + ")");
  }
}

}  // namespace store
