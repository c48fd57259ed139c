#include "macaroon.h"

#include <macaroons.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <stdexcept>

#include "base64.h"
#include "discharges.h"
#include "text_rules.h"

namespace auth {
namespace {

struct MacaroonFree {
  void operator()(macaroon* m) const { macaroon_destroy(m); }
};
struct VerifierFree {
  void operator()(macaroon_verifier* v) const { macaroon_verifier_destroy(v); }
};
using MacaroonPtr = std::unique_ptr<macaroon, MacaroonFree>;
using VerifierPtr = std::unique_ptr<macaroon_verifier, VerifierFree>;

[[noreturn]] void fail(macaroon_returncode code) {
  if (code == MACAROON_OUT_OF_MEMORY) throw std::bad_alloc();
  throw std::runtime_error("libmacaroons failed with code " + std::to_string(code));
}

// REQUIRES: `packets` has passed check_packets().
MacaroonPtr to_library(std::string_view packets) {
  macaroon_returncode code = MACAROON_SUCCESS;
  MacaroonPtr m(macaroon_deserialize(base64(packets).c_str(), &code));
  if (!m) fail(code);
  return m;
}

std::string from_library(const macaroon* m, macaroon_returncode code) {
  if (m == nullptr) fail(code);
  std::string text(macaroon_serialize_size_hint(m), '\0');
  if (macaroon_serialize(m, text.data(), text.size(), &code) != 0) fail(code);
  text.resize(text.find('\0'));
  std::optional<std::string> packets = from_base64(text);
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
  const MacaroonPtr m(macaroon_create(raw(location), location.size(), raw(key), key.size(),
                                      raw(identifier), identifier.size(), &code));
  const Macaroon token(from_library(m.get(), code), Format::kV1);
  if (!token.is_within_limits()) throw std::length_error("token exceeds its limits");
  return token;
}

std::variant<Macaroon, ParseError> Macaroon::parse(std::string_view token) {
  if (token.size() > kTokenBytesMax) return ParseError{"token is longer than 8192 bytes"};
  std::optional<std::string> bytes(token);
  if (!is_binary_v1(token) && !is_binary_v2(token)) {
    bytes = from_base64(jobq::trimmed(token));
    if (!bytes) return ParseError{"token is not base64"};
  }
  if (is_binary_v2(*bytes)) {
    std::variant<std::string, ParseError> packets = packets_from_v2(*bytes);
    if (auto* error = std::get_if<ParseError>(&packets)) return std::move(*error);
    return Macaroon(std::get<std::string>(std::move(packets)), Format::kV2);
  }
  if (std::optional<std::string> problem = check_packets(*bytes)) {
    return ParseError{*std::move(problem)};
  }
  return Macaroon(*std::move(bytes), Format::kV1);
}

std::optional<Macaroon> Macaroon::with_caveat(std::string_view predicate) const {
  if (predicate.empty() || predicate.size() > kPacketBytesMax) return std::nullopt;
  const MacaroonPtr before = to_library(packets_);
  macaroon_returncode code = MACAROON_SUCCESS;
  const MacaroonPtr after(
      macaroon_add_first_party_caveat(before.get(), raw(predicate), predicate.size(), &code));
  Macaroon narrowed(from_library(after.get(), code), format_);
  return narrowed.is_within_limits() ? std::optional(std::move(narrowed)) : std::nullopt;
}

std::optional<Macaroon> Macaroon::with_caveats(std::span<const std::string> predicates) const {
  std::optional<Macaroon> narrowed = *this;
  for (const std::string& predicate : predicates) {
    if (narrowed) narrowed = narrowed->with_caveat(predicate);
  }
  return narrowed;
}

std::optional<Macaroon> Macaroon::with_third_party_caveat(const ThirdParty& party) const {
  if (party.identifier.empty() || party.key.empty()) return std::nullopt;
  for (const std::string_view text : {party.location, party.key, party.identifier}) {
    if (text.size() > kPacketBytesMax) return std::nullopt;
  }
  const MacaroonPtr before = to_library(packets_);
  macaroon_returncode code = MACAROON_SUCCESS;
  const MacaroonPtr after(macaroon_add_third_party_caveat(
      before.get(), raw(party.location), party.location.size(), raw(party.key), party.key.size(),
      raw(party.identifier), party.identifier.size(), &code));
  Macaroon narrowed(from_library(after.get(), code), format_);
  return narrowed.is_within_limits() ? std::optional(std::move(narrowed)) : std::nullopt;
}

Macaroon Macaroon::bind(const Macaroon& discharge) const {
  const MacaroonPtr root = to_library(packets_);
  const MacaroonPtr unbound = to_library(discharge.packets_);
  macaroon_returncode code = MACAROON_SUCCESS;
  const MacaroonPtr bound(macaroon_prepare_for_request(root.get(), unbound.get(), &code));
  return {from_library(bound.get(), code), discharge.format_};
}

std::string Macaroon::binary(Format format) const {
  return format == Format::kV1 ? packets_ : v2_from_packets(packets_);
}

std::string Macaroon::serialize(Format format) const { return base64(binary(format)); }

std::string_view Macaroon::location() const {
  std::string_view rest = packets_;
  return take_packet(rest)->value;
}

std::string_view Macaroon::identifier() const {
  std::string_view rest = packets_;
  static_cast<void>(take_packet(rest));
  return take_packet(rest)->value;
}

std::vector<Caveat> Macaroon::caveats() const {
  std::vector<Caveat> caveats;
  const std::vector<Section> sections = sections_of(packets_);
  for (const Section& section : std::span(sections).subspan(1)) {
    caveats.push_back({std::string(section.identifier), !section.verification_id.empty(),
                       std::string(section.location)});
  }
  return caveats;
}

// The chain of libmacaroons: a key of its own made of `key`, then the identifier and each caveat
// signed with the signature before.
bool Macaroon::is_signed_with(std::string_view key) const {
  constexpr std::string_view kGenerator = "macaroons-key-generator";
  using Signature = std::array<unsigned char, kSignatureBytes>;
  const auto sign = [](const Signature& with, std::string_view text) {
    Signature made{};
    HMAC(EVP_sha256(), with.data(), static_cast<int>(with.size()), raw(text), text.size(),
         made.data(), nullptr);
    return made;
  };
  Signature signature{};  // the generator, filled up with zeros
  std::copy(kGenerator.begin(), kGenerator.end(), signature.begin());
  signature = sign(signature, key);
  const std::vector<Section> sections = sections_of(packets_);
  signature = sign(signature, sections.front().identifier);
  for (const Section& caveat : std::span(sections).subspan(1)) {
    if (caveat.verification_id.empty()) {
      signature = sign(signature, caveat.identifier);
      continue;
    }
    const Signature parts[] = {sign(signature, caveat.verification_id),
                               sign(signature, caveat.identifier)};
    const std::string_view both(reinterpret_cast<const char*>(parts), sizeof parts);
    signature = sign(signature, both);
  }
  return sodium_memcmp(signature.data(), signature_of(packets_).data(), signature.size()) == 0;
}

bool Macaroon::verify(std::string_view key, std::span<const Macaroon> discharges) const {
  // libmacaroons takes any discharges, and a few of one name can cost it a lifetime.
  if (misfit(*this, discharges)) return false;
  const MacaroonPtr m = to_library(packets_);
  std::vector<MacaroonPtr> owned;
  std::vector<macaroon*> others;
  for (const Macaroon& discharge : discharges) {
    owned.push_back(to_library(discharge.packets_));
    others.push_back(owned.back().get());
  }
  const VerifierPtr verifier(macaroon_verifier_create());
  if (!verifier) throw std::bad_alloc();
  macaroon_returncode code = MACAROON_SUCCESS;
  if (macaroon_verifier_satisfy_general(verifier.get(), accept_predicate, nullptr, &code) != 0) {
    fail(code);
  }
  return macaroon_verify(verifier.get(), m.get(), raw(key), key.size(), others.data(),
                         others.size(), &code) == 0;
}

}  // namespace auth
