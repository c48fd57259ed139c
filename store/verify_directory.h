// jobqd --verify: whether a data directory is sound.
#pragma once

#include <string>

namespace store {

// Prints what was checked, a line each, and what is wrong. Changes nothing. Returns an exit code:
// 0 sound, 1 damaged, 2 it cannot be looked at.
int verify_directory(const std::string& path);

}  // namespace store
