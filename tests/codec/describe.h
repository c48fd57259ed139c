// Commands and entries as text with every field in it, to compare what was decoded with what is
// expected and to see the difference.
#pragma once

#include <string>
#include <vector>

#include "changes.h"
#include "commands.h"

namespace store {

std::string describe(const Command& command);
std::string describe(const Entry& entry);

}  // namespace store
