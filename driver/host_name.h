// What this machine calls itself.
#pragma once

#include <unistd.h>

#include <array>
#include <string>

namespace jobq {

inline std::string host_name() {
  std::array<char, 65> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

}  // namespace jobq
