#include "macaroon.h"

#include <macaroons.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

namespace auth {
namespace {

constexpr std::size_t kLengthDigits = 4;
constexpr std::size_t kSignatureBytes = 32;

struct MacaroonFree {
  void operator()(macaroon* m) const { macaroon_destroy(m); }
};
struct VerifierFree {
  void operator()(macaroon_verifier* v) const { macaroon_verifier_destroy(v); }
};
using MacaroonPtr = std::unique_ptr<macaroon, MacaroonFree>;
using VerifierPtr = std::unique_ptr<macaroon_verifier, VerifierFree>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// packet := length name " " value "\n", where length counts the whole packet.
struct Packet {
  std::string_view name;
  std::string_view value;
};

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

// Takes one packet off the front of `rest`; empty when there is no well-formed one.
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

// token := location identifier (cid (vid cl?)?)* signature, and nothing after it.
// Returns what is wrong, or nothing.
std::optional<std::string> check_packets(std::string_view rest) {
  if (rest.size() > kPacketsBytesMax) return "token is longer than 6144 bytes in binary";
  const std::string not_v1 = "token is not a version 1 macaroon";
  const std::optional<Packet> location = take_packet(rest);
  if (!location || location->name != "location") return not_v1;
  const std::optional<Packet> identifier = take_packet(rest);
  if (!identifier || identifier->name != "identifier") return not_v1;

  std::size_t caveats = 0;
  std::string_view previous = identifier->name;
  while (const std::optional<Packet> packet = take_packet(rest)) {
    if (packet->name == "cid") {
      if (++caveats > kCaveatsMax) {
        return "token has more than " + std::to_string(kCaveatsMax) + " caveats";
      }
    } else if (packet->name == "vid") {
      if (previous != "cid") return not_v1;
    } else if (packet->name == "cl") {
      if (previous != "vid") return not_v1;
    } else if (packet->name == "signature") {
      if (packet->value.size() != kSignatureBytes || !rest.empty()) return not_v1;
      return std::nullopt;
    } else {
      return not_v1;
    }
    previous = packet->name;
  }
  return not_v1;
}

std::string encode(std::string_view packets) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(packets.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(packets), packets.size(), kVariant);
  text.pop_back();  // the terminating NUL, which the length above counts
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::string> decode(std::string_view text) {
  // libsodium 1.0.18 takes some bytes above 127 for characters of the alphabet.
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 128; };
  if (!std::all_of(text.begin(), text.end(), is_ascii)) return std::nullopt;
  const bool is_standard = text.find_first_of("+/") != std::string_view::npos;
  const bool is_padded = text.ends_with('=');
  const int variant =
      is_standard
          ? (is_padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
          : (is_padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  std::string packets(text.size(), '\0');
  std::size_t size = 0;
  // Refuses stray bits, wrong padding and, without an end pointer, anything left over.
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(packets.data()), packets.size(),
                        text.data(), text.size(), nullptr, &size, nullptr, variant) != 0) {
    return std::nullopt;
  }
  packets.resize(size);
  return packets;
}

[[noreturn]] void fail(macaroon_returncode code) {
  if (code == MACAROON_OUT_OF_MEMORY) throw std::bad_alloc();
  throw std::runtime_error("libmacaroons failed with code " + std::to_string(code));
}

// REQUIRES: `packets` has passed check_packets().
MacaroonPtr to_library(std::string_view packets) {
  macaroon_returncode code = MACAROON_SUCCESS;
  MacaroonPtr m(macaroon_deserialize(encode(packets).c_str(), &code));
  if (!m) fail(code);
  return m;
}

std::string from_library(const macaroon* m) {
  macaroon_returncode code = MACAROON_SUCCESS;
  std::string text(macaroon_serialize_size_hint(m), '\0');
  if (macaroon_serialize(m, text.data(), text.size(), &code) != 0) fail(code);
  text.resize(text.find('\0'));
  std::optional<std::string> packets = decode(text);
  if (!packets) throw std::runtime_error("libmacaroons wrote a token that is not base64");
  return *std::move(packets);
}

int accept_predicate(void*, const unsigned char*, std::size_t) { return 0; }

}  // namespace

Macaroon Macaroon::mint(std::string_view key, std::string_view identifier,
                        std::string_view location) {
  // Before the library sees the lengths: it asserts on long ones.
  if (identifier.size() > kPacketBytesMax || location.size() > kPacketBytesMax ||
      key.size() > kPacketBytesMax) {
    throw std::length_error("key, identifier or location of a token is too long");
  }
  macaroon_returncode code = MACAROON_SUCCESS;
  const MacaroonPtr m(macaroon_create(bytes(location), location.size(), bytes(key), key.size(),
                                      bytes(identifier), identifier.size(), &code));
  if (!m) fail(code);
  std::string packets = from_library(m.get());
  if (check_packets(packets)) throw std::length_error("token exceeds its limits");
  return Macaroon(std::move(packets));
}

std::variant<Macaroon, ParseError> Macaroon::parse(std::string_view token) {
  if (token.size() > kTokenBytesMax) return ParseError{"token is longer than 8192 bytes"};
  std::string packets;
  // Base64 has no space, so this cannot be the start of one.
  if (token.size() > kLengthDigits && token.substr(kLengthDigits).starts_with("location ")) {
    packets = token;
  } else {
    std::optional<std::string> decoded = decode(trimmed(token));
    if (!decoded) return ParseError{"token is not base64"};
    packets = *std::move(decoded);
  }
  if (std::optional<std::string> problem = check_packets(packets)) {
    return ParseError{*std::move(problem)};
  }
  return Macaroon(std::move(packets));
}

std::optional<Macaroon> Macaroon::with_caveat(std::string_view predicate) const {
  if (predicate.empty() || predicate.size() > kPacketBytesMax) return std::nullopt;
  const MacaroonPtr before = to_library(packets_);
  macaroon_returncode code = MACAROON_SUCCESS;
  const MacaroonPtr after(
      macaroon_add_first_party_caveat(before.get(), bytes(predicate), predicate.size(), &code));
  if (!after) fail(code);
  std::string packets = from_library(after.get());
  if (check_packets(packets)) return std::nullopt;
  return Macaroon(std::move(packets));
}

std::string Macaroon::serialize() const { return encode(packets_); }

std::string_view Macaroon::location() const {
  std::string_view rest = packets_;
  return take_packet(rest)->value;
}

std::string_view Macaroon::identifier() const {
  std::string_view rest = packets_;
  take_packet(rest);
  return take_packet(rest)->value;
}

std::vector<Caveat> Macaroon::caveats() const {
  std::vector<Caveat> caveats;
  std::string_view rest = packets_;
  while (const std::optional<Packet> packet = take_packet(rest)) {
    if (packet->name == "cid") caveats.push_back({std::string(packet->value), false});
    if (packet->name == "vid") caveats.back().third_party = true;
  }
  return caveats;
}

bool Macaroon::verify(std::string_view key) const {
  // libmacaroons looks for discharges and fails likewise; this does not depend on how it decides
  // what a third-party caveat is.
  for (const Caveat& caveat : caveats()) {
    if (caveat.third_party) return false;
  }
  const MacaroonPtr m = to_library(packets_);
  const VerifierPtr verifier(macaroon_verifier_create());
  if (!verifier) throw std::bad_alloc();
  macaroon_returncode code = MACAROON_SUCCESS;
  if (macaroon_verifier_satisfy_general(verifier.get(), accept_predicate, nullptr, &code) != 0) {
    fail(code);
  }
  return macaroon_verify(verifier.get(), m.get(), bytes(key), key.size(), nullptr, 0, &code) == 0;
}

}  // namespace auth
