// Numbers in keys: most significant byte first, so that they sort as the numbers do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace store {

inline void append_big_endian(std::string& key, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    key += static_cast<char>(number >> shift & 0xff);
  }
}

inline std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

}  // namespace store
