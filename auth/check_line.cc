#include "check_line.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base64.h"
#include "secret.h"

namespace auth {
namespace {

constexpr std::string_view kName = "check ";
constexpr std::size_t kHashBytes = 16;

}  // namespace

std::string check_of(std::string_view head, std::string_view rest) {
  init_sodium();
  crypto_generichash_state state;
  std::array<unsigned char, kHashBytes> hash;
  crypto_generichash_init(&state, nullptr, 0, hash.size());
  for (const std::string_view part : {head, rest}) {
    crypto_generichash_update(&state, raw(part), part.size());
  }
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::array<char, 2 * kHashBytes + 1> hex;
  return sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
}

std::string with_check_line(std::string_view head, std::string_view rest) {
  std::string file;
  // So that no copy of a secret is left behind.
  file.reserve(head.size() + kName.size() + 2 * kHashBytes + 1 + rest.size());
  return file.append(head).append(kName).append(check_of(head, rest)).append("\n").append(rest);
}

std::optional<bool> take_check_line(std::string_view head, std::string_view& rest) {
  if (!rest.starts_with(kName)) {
    return std::nullopt;
  }
  const std::size_t end = rest.find('\n');
  const std::string_view check = rest.substr(0, end).substr(kName.size());
  rest.remove_prefix(std::min(end, rest.size() - 1) + 1);
  return end != std::string_view::npos && check == check_of(head, rest);
}

}  // namespace auth
