// A capability token: a version 1 macaroon (location, identifier, caveats, signature), held as its
// checked binary packets. libmacaroons does the cryptography, but it asserts on long input, never
// returns from a packet of length zero, and does not sign what follows the signature: so nothing
// reaches it before parse() has checked every packet against the limits here.
// An immutable value: safe to share between threads, cheap enough to copy.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace auth {

inline constexpr std::size_t kTokenBytesMax = 8192;    // text, as clients send it
inline constexpr std::size_t kPacketsBytesMax = 6144;  // the same token as binary packets
inline constexpr std::size_t kPacketBytesMax = 4095;   // one packet with its length and newline
inline constexpr std::size_t kCaveatsMax = 64;

// One caveat as the token carries it. `predicate` may hold any bytes: parse it with caveats.h, and
// do not print it unescaped.
struct Caveat {
  std::string predicate;
  bool third_party = false;  // then `predicate` is an identifier only the third party understands
};

// Why a text is no token, in plain words without any of the text.
struct ParseError {
  std::string detail;
};

class Macaroon {
 public:
  // A new token without caveats, signed with `key`, of any length: libmacaroons derives its own
  // 32-byte key from it. `identifier` names the key to whoever verifies; `location` is a hint and
  // is NOT covered by the signature. Throws std::length_error when the token exceeds the limits.
  static Macaroon mint(std::string_view key, std::string_view identifier,
                       std::string_view location);

  // Takes base64 text (URL-safe or standard alphabet, not mixed; with `=` padding or without;
  // surrounding white space is dropped) or raw binary packets. Only the canonical encoding is
  // accepted: unused bits zero, padding complete or absent. A structural check: the signature may
  // still be wrong.
  [[nodiscard]] static std::variant<Macaroon, ParseError> parse(std::string_view token);

  // This token narrowed by one first-party caveat; needs no key. Empty when the predicate is empty
  // or the result exceeds the limits.
  [[nodiscard]] std::optional<Macaroon> with_caveat(std::string_view predicate) const;

  // URL-safe base64 without padding.
  [[nodiscard]] std::string serialize() const;

  // Views into this token, valid as long as it is.
  [[nodiscard]] std::string_view identifier() const;
  [[nodiscard]] std::string_view location() const;

  [[nodiscard]] std::vector<Caveat> caveats() const;

  // True when the signature chain was made with `key`. Says nothing about the predicates, which
  // the caller judges for each request. False for a token with a third-party caveat: discharge
  // macaroons are not supported.
  [[nodiscard]] bool verify(std::string_view key) const;

 private:
  explicit Macaroon(std::string packets) : packets_(std::move(packets)) {}

  std::string packets_;  // has passed check_packets()
};

}  // namespace auth
