// The binary forms of a macaroon, read and written without any library: version 1 packets, which
// Macaroon holds, and version 2 (docs/protocol.md 4.1). Both sign the same bytes. Everything here
// takes untrusted bytes; nothing that has not passed check_packets() goes any further.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace auth {

inline constexpr std::size_t kTokenBytesMax = 8192;    // text, as clients send it
inline constexpr std::size_t kPacketsBytesMax = 6144;  // the same token as version 1 packets
inline constexpr std::size_t kPacketBytesMax = 4095;   // one packet with its length and newline
inline constexpr std::size_t kCaveatsMax = 64;
inline constexpr std::size_t kSignatureBytes = 32;
// What a third-party caveat carries for the verifier: nonce (24), boxed key (32), its tag (16).
inline constexpr std::size_t kVerificationIdBytes = 72;

inline constexpr std::string_view kNoMacaroon = "token is no macaroon of version 1 or 2";

// Why a text is no token, in plain words without any of the text.
struct ParseError {
  std::string detail;
};

// packet := length name " " value "\n", where length counts the whole packet.
struct Packet {
  std::string_view name;
  std::string_view value;
};

// Takes one packet off the front of `rest`; empty when there is no well-formed one, and then `rest`
// stays as it is.
[[nodiscard]] std::optional<Packet> take_packet(std::string_view& rest);

// What is longer than a packet may be makes one that check_packets() refuses. REQUIRES: `value` is
// below 65,000 bytes.
void append_packet(std::string& packets, std::string_view name, std::string_view value);

// What keeps `packets` from being a version 1 macaroon within the limits, in plain words.
[[nodiscard]] std::optional<std::string> check_packets(std::string_view packets);

// The head of a macaroon, or one of its caveats. What is not there is empty.
struct Section {
  std::string_view location;
  std::string_view identifier;
  std::string_view verification_id;  // of a third party's caveat
};

// Views into `packets`: the head, then the caveats; and the signature. REQUIRES: `packets` has
// passed check_packets().
[[nodiscard]] std::vector<Section> sections_of(std::string_view packets);
[[nodiscard]] std::string_view signature_of(std::string_view packets);

// Raw binary starts so, and base64 text never does.
[[nodiscard]] bool is_binary_v1(std::string_view bytes);
[[nodiscard]] bool is_binary_v2(std::string_view bytes);

// Only the canonical encoding is read: no empty location, lengths in as few bytes as they need, a
// location only where a third party needs one. The result has passed check_packets().
[[nodiscard]] std::variant<std::string, ParseError> packets_from_v2(std::string_view bytes);

// REQUIRES: `packets` has passed check_packets().
[[nodiscard]] std::string v2_from_packets(std::string_view packets);

}  // namespace auth
