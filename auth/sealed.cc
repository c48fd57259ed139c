#include "sealed.h"

#include <sodium.h>

#include <cstring>

#include "secret.h"

namespace auth {
namespace {

static_assert(kSealKeyBytes == crypto_secretbox_KEYBYTES);
constexpr std::size_t kHeadBytes = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string new_seal_key() {
  init_sodium();
  std::string key(kSealKeyBytes, '\0');
  crypto_secretbox_keygen(bytes_of(key));
  return key;
}

std::string seal(std::string_view key, std::uint64_t number, std::string_view text) {
  std::string sealed(kHeadBytes + text.size(), '\0');
  std::memcpy(sealed.data(), &number, sizeof number);
  crypto_secretbox_easy(bytes_of(sealed) + crypto_secretbox_NONCEBYTES, bytes_of(text), text.size(),
                        bytes_of(sealed), bytes_of(key));
  return sealed;
}

std::optional<std::string> open_sealed(std::string_view key, std::string_view sealed) {
  if (sealed.size() < kHeadBytes) {
    return std::nullopt;
  }
  std::string text(sealed.size() - kHeadBytes, '\0');
  const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(bytes_of(text), bytes_of(box), box.size(), bytes_of(sealed),
                                 bytes_of(key)) != 0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace auth
