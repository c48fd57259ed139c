#pragma once

#include <stdexcept>

namespace store::sim {

// The store did what it must not do.
class Mismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace store::sim
