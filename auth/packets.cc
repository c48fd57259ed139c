#include "packets.h"

namespace auth {
namespace {

constexpr std::size_t kLengthDigits = 4;

// Four lower-case hex digits. libmacaroons also takes a NUL for a digit, hence no library call.
std::optional<std::size_t> read_length(std::string_view digits) {
  std::size_t length = 0;
  for (const char c : digits) {
    std::size_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::size_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::size_t>(c - 'a') + 10;
    } else {
      return std::nullopt;
    }
    length = length * 16 + digit;
  }
  return length;
}

}  // namespace

std::optional<Packet> take_packet(std::string_view& rest) {
  if (rest.size() < kLengthDigits) return std::nullopt;
  const std::optional<std::size_t> length = read_length(rest.substr(0, kLengthDigits));
  if (!length || *length < kLengthDigits + 2 || *length > kPacketBytesMax ||
      *length > rest.size()) {
    return std::nullopt;
  }
  const std::string_view body = rest.substr(kLengthDigits, *length - kLengthDigits);
  const std::size_t space = body.find(' ');
  if (body.back() != '\n' || space == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(*length);
  return Packet{body.substr(0, space), body.substr(space + 1, body.size() - space - 2)};
}

void append_packet(std::string& packets, std::string_view name, std::string_view value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t length = kLengthDigits + name.size() + 1 + value.size() + 1;
  for (int shift = 12; shift >= 0; shift -= 4) packets += kDigits[length >> shift & 0xfU];
  packets.append(name).append(" ").append(value).append("\n");
}

// token := location identifier (cid (vid cl?)?)* signature, and nothing after it.
std::optional<std::string> check_packets(std::string_view rest) {
  if (rest.size() > kPacketsBytesMax) return "token is longer than 6144 bytes in binary";
  const std::string malformed(kNoMacaroon);
  const std::optional<Packet> location = take_packet(rest);
  if (!location || location->name != "location") return malformed;
  const std::optional<Packet> identifier = take_packet(rest);
  if (!identifier || identifier->name != "identifier") return malformed;

  std::size_t caveats = 0;
  std::string_view previous = identifier->name;
  while (const std::optional<Packet> packet = take_packet(rest)) {
    if (packet->name == "cid") {
      if (++caveats > kCaveatsMax) {
        return "token has more than " + std::to_string(kCaveatsMax) + " caveats";
      }
    } else if (packet->name == "vid") {
      // libmacaroons asserts on any other size.
      if (previous != "cid" || packet->value.size() != kVerificationIdBytes) return malformed;
    } else if (packet->name == "cl") {
      if (previous != "vid") return malformed;
    } else if (packet->name == "signature") {
      if (packet->value.size() != kSignatureBytes || !rest.empty()) return malformed;
      return std::nullopt;
    } else {
      return malformed;
    }
    previous = packet->name;
  }
  return malformed;
}

std::vector<Section> sections_of(std::string_view packets) {
  std::vector<Section> sections;
  while (const std::optional<Packet> packet = take_packet(packets)) {
    const auto& [name, value] = *packet;
    if (name == "location") sections.push_back({value, {}, {}});
    if (name == "identifier") sections.back().identifier = value;
    if (name == "cid") sections.push_back({{}, value, {}});
    if (name == "vid") sections.back().verification_id = value;
    if (name == "cl") sections.back().location = value;
  }
  return sections;
}

std::string_view signature_of(std::string_view packets) {
  return packets.substr(packets.size() - kSignatureBytes - 1, kSignatureBytes);
}

bool is_binary_v1(std::string_view bytes) {
  return bytes.size() > kLengthDigits && bytes.substr(kLengthDigits).starts_with("location ");
}

}  // namespace auth
