// One request of each kind, as it is kept under tests/golden, with what it means.
#pragma once

#include <string>
#include <vector>

#include "commands.h"

namespace store {

struct GoldenRequest {
  std::string name;
  // Empty: the operation has no command.
  std::string described;
  std::string frame = {};
};

std::vector<GoldenRequest> golden_requests();
// Part of those.
std::vector<GoldenRequest> config_calls();

}  // namespace store
