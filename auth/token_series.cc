#include "token_series.h"

#include <array>

#include "packets.h"
#include "secret.h"

namespace auth {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
// length, "signature", a space and a newline around it
constexpr std::size_t kSignaturePacketBytes = 4 + 9 + 1 + kSignatureBytes + 1;

void append_packet(std::string& packets, std::string_view name, std::string_view value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t length = 4 + name.size() + 1 + value.size() + 1;
  for (int shift = 12; shift >= 0; shift -= 4) packets += kDigits[length >> shift & 0xf];
  packets.append(name).append(" ").append(value).append("\n");
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

TokenSeries::TokenSeries(const Macaroon& common) : packets_(common.binary(Format::kV1)) {
  const std::string_view packets = packets_;
  const std::string_view signature =
      packets.substr(packets.size() - kSignatureBytes - 1, kSignatureBytes);
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
  std::string text(sodium_base64_encoded_len(packets.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(packets), packets.size(), kVariant);
  text.pop_back();  // the NUL
  return text;
}

}  // namespace auth
