#include "text_rules.h"

#include <charconv>

namespace jobq {

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  const bool is_plain = !text.empty() && (text.front() != '0' || text.size() == 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = is_plain && error == std::errc() && end == text.data() + text.size();
  return is_number && number <= max ? std::optional(number) : std::nullopt;
}

std::string guid_of(std::uint64_t first, std::uint64_t second) {
  const std::uint64_t bits[] = {first, second};
  std::string guid;
  for (unsigned i = 0; i < 32; ++i) {
    unsigned digit = bits[i / 16] >> (4 * (i % 16)) & 0xf;
    digit = i == 12 ? 4 : i == 16 ? 8 | (digit & 3) : digit;  // version 4, variant 1
    guid += i == 8 || i == 12 || i == 16 || i == 20 ? "-" : "";
    guid += "0123456789abcdef"[digit];
  }
  return guid;
}

}  // namespace jobq
