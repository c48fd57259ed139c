// Version 2, as libmacaroons and go-macaroon define it:
//
//   macaroon = %x02 section *section end signature     section = [location] identifier [vid] end
//   field    = type length *OCTET                      length  = a varint, here 1 or 2 bytes
//   location = field of type 1   identifier = 2   vid = 4   signature = 6   end = %x00
//
// The first section is the head, without a vid; each further one is a caveat.
#include <cstdint>

#include "packets.h"

namespace auth {
namespace {

constexpr char kVersion = 2;
constexpr char kEnd = 0;
constexpr char kLocation = 1;
constexpr char kIdentifier = 2;
constexpr char kVerificationId = 4;
constexpr char kSignature = 6;

std::optional<std::size_t> take_length(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(rest[0]);
  if (first < 0x80) {
    rest.remove_prefix(1);
    return first;
  }
  if (rest.size() < 2) return std::nullopt;
  const auto second = static_cast<std::uint8_t>(rest[1]);
  if (second == 0 || second >= 0x80) return std::nullopt;
  rest.remove_prefix(2);
  return (first & 0x7fU) | static_cast<std::size_t>(second) << 7U;
}

// Takes the value of a field of that type off the front of `rest`; empty when another one is there.
std::optional<std::string_view> take_field(std::string_view& rest, char type) {
  if (rest.empty() || rest.front() != type) return std::nullopt;
  std::string_view after = rest.substr(1);
  const std::optional<std::size_t> length = take_length(after);
  if (!length || *length > after.size()) return std::nullopt;
  const std::string_view value = after.substr(0, *length);
  rest = after.substr(*length);
  return value;
}

bool take_end(std::string_view& rest) {
  if (rest.empty() || rest.front() != kEnd) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<Section> take_section(std::string_view& rest) {
  const std::optional<std::string_view> location = take_field(rest, kLocation);
  const std::optional<std::string_view> identifier = take_field(rest, kIdentifier);
  const std::optional<std::string_view> verification_id = take_field(rest, kVerificationId);
  // What may be left out is never there and empty.
  const bool is_good = identifier && location != "" && verification_id != "" && take_end(rest);
  if (!is_good) return std::nullopt;
  return Section{location.value_or(""), *identifier, verification_id.value_or("")};
}

void append_field(std::string& out, char type, std::string_view value) {
  out += type;
  const std::size_t length = value.size();  // below kPacketBytesMax, so two bytes are enough
  if (length < 0x80) {
    out += static_cast<char>(length);
  } else {
    out += static_cast<char>(static_cast<std::uint8_t>(length | 0x80U));
    out += static_cast<char>(static_cast<std::uint8_t>(length >> 7U));
  }
  out += value;
}

}  // namespace

bool is_binary_v2(std::string_view bytes) { return bytes.starts_with(kVersion); }

std::variant<std::string, ParseError> packets_from_v2(std::string_view rest) {
  const ParseError malformed{std::string(kNoMacaroon)};
  if (rest.size() > kPacketsBytesMax) {
    return ParseError{"token is longer than 6144 bytes in binary"};
  }
  if (!is_binary_v2(rest)) return malformed;
  rest.remove_prefix(1);
  const std::optional<Section> head = take_section(rest);
  if (!head || !head->verification_id.empty()) return malformed;
  std::string packets;
  append_packet(packets, "location", head->location);
  append_packet(packets, "identifier", head->identifier);
  while (!take_end(rest)) {
    const std::optional<Section> caveat = take_section(rest);
    if (!caveat) return malformed;
    append_packet(packets, "cid", caveat->identifier);
    if (!caveat->verification_id.empty()) append_packet(packets, "vid", caveat->verification_id);
    // The location of a caveat is not signed, so there is none where nobody needs it:
    // check_packets() refuses one that does not follow a vid.
    if (!caveat->location.empty()) append_packet(packets, "cl", caveat->location);
  }
  const std::optional<std::string_view> signature = take_field(rest, kSignature);
  if (!signature || !rest.empty()) return malformed;
  append_packet(packets, "signature", *signature);
  if (std::optional<std::string> problem = check_packets(packets)) {
    return ParseError{*std::move(problem)};
  }
  return packets;
}

std::string v2_from_packets(std::string_view packets) {
  std::string bytes(1, kVersion);
  for (const Section& section : sections_of(packets)) {
    if (!section.location.empty()) append_field(bytes, kLocation, section.location);
    append_field(bytes, kIdentifier, section.identifier);
    if (!section.verification_id.empty()) {
      append_field(bytes, kVerificationId, section.verification_id);
    }
    bytes += kEnd;
  }
  bytes += kEnd;
  append_field(bytes, kSignature, signature_of(packets));
  return bytes;
}

}  // namespace auth
