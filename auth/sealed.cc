#include "sealed.h"

#include <sodium.h>

#include <cstring>

#include "base64.h"
#include "secret.h"

namespace auth {
namespace {

static_assert(kSealKeyBytes == crypto_secretbox_KEYBYTES);
constexpr std::size_t kHeadBytes = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

}  // namespace

std::string new_seal_key() {
  init_sodium();
  std::string key(kSealKeyBytes, '\0');
  crypto_secretbox_keygen(raw(key.data()));
  return key;
}

std::string seal(std::string_view key, std::uint64_t number, std::string_view text) {
  std::string sealed(kHeadBytes + text.size(), '\0');
  std::memcpy(sealed.data(), &number, sizeof number);
  crypto_secretbox_easy(raw(sealed.data()) + crypto_secretbox_NONCEBYTES, raw(text), text.size(),
                        raw(sealed), raw(key));
  return sealed;
}

std::optional<std::string> open_sealed(std::string_view key, std::string_view sealed) {
  if (sealed.size() < kHeadBytes) {
    return std::nullopt;
  }
  std::string text(sealed.size() - kHeadBytes, '\0');
  const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(raw(text.data()), raw(box), box.size(), raw(sealed), raw(key)) !=
      0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace auth
