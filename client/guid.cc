#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "jobq/connection.h"

namespace jobq {
namespace {

template <std::size_t size>
std::array<unsigned char, size> random_bytes() {
  std::array<unsigned char, size> bytes{};
  // Up to 256 bytes come whole or not at all; only a signal before the pool is ready interrupts.
  static_assert(size <= 256);
  while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
  }
  return bytes;
}

}  // namespace

std::string new_guid() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fu) | 0x40u);  // version 4: random
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fu) | 0x80u);  // variant of RFC 4122
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string guid;
  guid.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      guid += '-';
    }
    guid += kDigits[bytes[i] >> 4u];
    guid += kDigits[bytes[i] & 0x0fu];
  }
  return guid;
}

}  // namespace jobq
