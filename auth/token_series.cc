#include "token_series.h"

#include <array>

#include "base64.h"
#include "packets.h"
#include "secret.h"

namespace auth {
namespace {

// length, "signature", a space and a newline around it
constexpr std::size_t kSignaturePacketBytes = 4 + 9 + 1 + kSignatureBytes + 1;

}  // namespace

TokenSeries::TokenSeries(const Macaroon& common) : packets_(common.binary(Format::kV1)) {
  const std::string_view signature = signature_of(packets_);
  crypto_auth_hmacsha256_init(&signed_, raw(signature), signature.size());
  wipe(packets_.data() + packets_.size() - kSignaturePacketBytes, kSignaturePacketBytes);
  packets_.resize(packets_.size() - kSignaturePacketBytes);
}

TokenSeries::~TokenSeries() { wipe(reinterpret_cast<char*>(&signed_), sizeof signed_); }

std::string TokenSeries::with_caveat(std::string_view predicate) const {
  crypto_auth_hmacsha256_state state = signed_;
  std::array<unsigned char, kSignatureBytes> signature;
  crypto_auth_hmacsha256_update(&state, raw(predicate), predicate.size());
  crypto_auth_hmacsha256_final(&state, signature.data());
  std::string packets;
  packets.reserve(packets_.size() + predicate.size() + 2 * kSignaturePacketBytes);
  packets = packets_;
  append_packet(packets, "cid", predicate);
  append_packet(packets, "signature",
                {reinterpret_cast<const char*>(signature.data()), signature.size()});
  return base64(packets);
}

}  // namespace auth
