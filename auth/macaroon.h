// A capability token: a macaroon (location, identifier, caveats, signature), held as its checked
// version 1 packets. libmacaroons does the cryptography, but it asserts on long input, never
// returns from a packet of length zero, and does not sign what follows the signature: so nothing
// reaches it before parse() has checked every packet against the limits of packets.h. An immutable
// value: safe to share between threads, cheap enough to copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "packets.h"

namespace auth {

// One caveat as the token carries it. `predicate` may hold any bytes: parse it with caveats.h, and
// do not print it unescaped.
struct Caveat {
  std::string predicate;
  bool third_party = false;  // then `predicate` is an identifier only the third party understands
  std::string location{};    // where that third party is found
};

// How a token is written down; both hold the same caveats and the same signature.
enum class Format : std::uint8_t { kV1, kV2 };

// What a token asks a third party for: a discharge minted with `key` for `identifier`. The third
// party, and nobody else, has to know `key` and what `identifier` asks of it; `location` says where
// it is found, and no signature covers it.
struct ThirdParty {
  std::string_view location;
  std::string_view key;
  std::string_view identifier;
};

class Macaroon {
 public:
  // A new token without caveats, signed with `key`, of any length: libmacaroons derives its own
  // 32-byte key from it. `identifier` names the key to whoever verifies; `location` is a hint and
  // is NOT covered by the signature. Throws std::length_error when the token exceeds the limits.
  static Macaroon mint(std::string_view key, std::string_view identifier,
                       std::string_view location);

  // Takes base64 text (URL-safe or standard alphabet, not mixed; with `=` padding or without;
  // surrounding white space is dropped) or raw binary, of version 1 or 2. Only the canonical
  // encoding is accepted: unused bits zero, padding complete or absent. A structural check: the
  // signature may still be wrong.
  [[nodiscard]] static std::variant<Macaroon, ParseError> parse(std::string_view token);

  // This token narrowed by one first-party caveat; needs no key. Empty when the predicate is empty
  // or the result exceeds the limits.
  [[nodiscard]] std::optional<Macaroon> with_caveat(std::string_view predicate) const;

  // The same with each of `predicates`, in this order.
  [[nodiscard]] std::optional<Macaroon> with_caveats(std::span<const std::string> predicates) const;

  // This token narrowed by one third-party caveat. Empty when the identifier or the key is empty or
  // the result exceeds the limits.
  [[nodiscard]] std::optional<Macaroon> with_third_party_caveat(const ThirdParty& party) const;

  // `discharge` made good for this token as it is now, and for no other: neither can be narrowed
  // after that without parting them.
  [[nodiscard]] Macaroon bind(const Macaroon& discharge) const;

  // URL-safe base64 without padding; without a format, in the one it was parsed from (V1 when it
  // was minted here).
  [[nodiscard]] std::string serialize() const { return serialize(format_); }
  [[nodiscard]] std::string serialize(Format format) const;

  // The same before base64.
  [[nodiscard]] std::string binary(Format format) const;

  // Views into this token, valid as long as it is.
  [[nodiscard]] std::string_view identifier() const;
  [[nodiscard]] std::string_view location() const;

  [[nodiscard]] std::vector<Caveat> caveats() const;

  // True when this token's own signature was made with `key`; costs an HMAC or three for each
  // caveat. Says nothing about discharges, of which each costs some 90 microseconds to verify.
  [[nodiscard]] bool is_signed_with(std::string_view key) const;

  // True when the signature chain was made with `key`, and `discharges` are exactly those that the
  // third-party caveats need (see discharges.h), bound to this token. Says nothing about the
  // first-party predicates, of the discharges too, which the caller judges for each request.
  [[nodiscard]] bool verify(std::string_view key, std::span<const Macaroon> discharges = {}) const;

 private:
  Macaroon(std::string packets, Format format) : packets_(std::move(packets)), format_(format) {}

  // The library does not know the limits.
  [[nodiscard]] bool is_within_limits() const { return !check_packets(packets_); }

  std::string packets_;  // has passed check_packets()
  Format format_;
};

}  // namespace auth
