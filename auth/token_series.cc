#include "token_series.h"

#include <array>

#include "base64.h"
#include "packets.h"
#include "secret.h"

namespace auth {
namespace {

// length, "signature", a space and a newline around it
constexpr std::size_t kSignaturePacketBytes = 4 + 9 + 1 + kSignatureBytes + 1;

// RFC 2104. REQUIRES: the key is no longer than a block.
SHA256_CTX keyed(std::string_view key, unsigned char pad) {
  std::array<unsigned char, SHA256_CBLOCK> block;
  for (std::size_t i = 0; i < block.size(); ++i) {
    block[i] = static_cast<unsigned char>((i < key.size() ? raw(key)[i] : 0) ^ pad);
  }
  SHA256_CTX hash;
  SHA256_Init(&hash);
  SHA256_Update(&hash, block.data(), block.size());
  wipe(block.data(), block.size());
  return hash;
}

}  // namespace

TokenSeries::TokenSeries(const Macaroon& common) {
  WipedText packets{common.binary(Format::kV1)};
  const std::string_view signature = signature_of(packets.text);
  inner_ = keyed(signature, 0x36);
  outer_ = keyed(signature, 0x5c);
  const std::string_view open =
      std::string_view(packets.text).substr(0, packets.text.size() - kSignaturePacketBytes);
  const std::size_t whole = open.size() - open.size() % 3;
  text_ = base64(open.substr(0, whole));
  rest_ = open.substr(whole);
}

TokenSeries::~TokenSeries() {
  wipe(&inner_, sizeof inner_);
  wipe(&outer_, sizeof outer_);
}

std::string TokenSeries::with_caveat(std::string_view predicate) const {
  std::array<unsigned char, kSignatureBytes> signature;
  SHA256_CTX hash = inner_;
  SHA256_Update(&hash, predicate.data(), predicate.size());
  SHA256_Final(signature.data(), &hash);
  hash = outer_;
  SHA256_Update(&hash, signature.data(), signature.size());
  SHA256_Final(signature.data(), &hash);

  std::string packets;
  packets.reserve(rest_.size() + predicate.size() + 2 * kSignaturePacketBytes);
  packets = rest_;
  append_packet(packets, "cid", predicate);
  append_packet(packets, "signature",
                {reinterpret_cast<const char*>(signature.data()), signature.size()});
  std::string token;
  token.reserve(text_.size() + 4 * packets.size() / 3 + 4);
  token = text_;
  append_base64(token, packets);
  return token;
}

}  // namespace auth
