// One request of each kind, as it is kept under tests/golden, with what it means.
#pragma once

#include <string>
#include <vector>

#include "commands.h"

namespace store {

struct GoldenRequest {
  std::string name;
  std::string frame;
  // Empty: the operation has no command.
  std::string described;
};

std::vector<GoldenRequest> golden_requests();

}  // namespace store
