#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "jobq/connection.h"
#include "text_rules.h"

namespace jobq {

std::string new_guid() {
  std::array<std::uint64_t, 2> chance{};
  // Up to 256 bytes come whole or not at all; only a signal before the pool is ready interrupts.
  while (getrandom(chance.data(), sizeof chance, 0) != static_cast<ssize_t>(sizeof chance)) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
  }
  return guid_of(chance[0], chance[1]);
}

}  // namespace jobq
