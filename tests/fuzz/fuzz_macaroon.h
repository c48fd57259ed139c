#pragma once

#include <cstdint>
#include <string_view>

namespace auth {

enum class Judged : std::uint8_t { kRefused, kParsed, kVerified };

// The root key of the tokens in corpus/macaroon: 32 bytes 0xab.
inline constexpr std::string_view kFuzzKey =
    "\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab"
    "\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab";

// Puts the bytes through everything that is done to a token and aborts when a rule is broken.
Judged fuzz_macaroon(std::string_view token);

}  // namespace auth
