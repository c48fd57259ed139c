// Texts that only the holders of a key can read, and nobody else can make: what streams send.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

constexpr std::size_t kSealKeyBytes = 32;

std::string new_seal_key();

// A nonce of 24 bytes, which `number` is, and behind it crypto_secretbox of the text. REQUIRES: the
// key has kSealKeyBytes, and the number was not used with it before.
std::string seal(std::string_view key, std::uint64_t number, std::string_view text);

// Empty if it was not sealed with this key, or is damaged. REQUIRES: the key has kSealKeyBytes.
std::optional<std::string> open_sealed(std::string_view key, std::string_view sealed);

}  // namespace auth
