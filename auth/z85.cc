#include "z85.h"

#include <array>
#include <cstdint>
#include <stdexcept>

namespace auth {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr std::uint32_t kBase = 85;
static_assert(kAlphabet.size() == kBase);

}  // namespace

std::string z85_encode(std::string_view bytes) {
  if (bytes.size() % 4 != 0) throw std::invalid_argument("Z85 takes a multiple of 4 bytes");
  std::string text;
  text.reserve(bytes.size() / 4 * 5);
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t group = 0;
    for (const char c : bytes.substr(i, 4)) group = group << 8U | static_cast<std::uint8_t>(c);
    std::array<char, 5> digits;
    for (std::size_t digit = digits.size(); digit-- > 0; group /= kBase) {
      digits[digit] = kAlphabet[group % kBase];
    }
    text.append(digits.data(), digits.size());
  }
  return text;
}

std::optional<std::string> z85_decode(std::string_view text) {
  if (text.size() % 5 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 5 * 4);
  for (std::size_t i = 0; i < text.size(); i += 5) {
    std::uint64_t group = 0;
    for (const char c : text.substr(i, 5)) {
      const std::size_t digit = kAlphabet.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      group = group * kBase + digit;
    }
    if (group > UINT32_MAX) return std::nullopt;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      bytes += static_cast<char>(static_cast<std::uint8_t>(group >> shift));
    }
  }
  return bytes;
}

bool is_curve_key(std::string_view text) {
  constexpr std::size_t kCharacters = 40;
  return text.size() == kCharacters && z85_decode(text).has_value();
}

}  // namespace auth
