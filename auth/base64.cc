#include "base64.h"

#include <sodium.h>

#include <algorithm>

namespace auth {

std::string base64(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), kVariant);
  text.pop_back();  // the terminating NUL, which the length above counts
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  // libsodium 1.0.18 takes some bytes above 127 for characters of the alphabet.
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 128; };
  if (!std::all_of(text.begin(), text.end(), is_ascii)) return std::nullopt;
  const bool is_standard = text.find_first_of("+/") != std::string_view::npos;
  const bool is_padded = text.ends_with('=');
  const int variant =
      is_standard
          ? (is_padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
          : (is_padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  // Refuses stray bits, wrong padding and, without an end pointer, anything left over.
  if (sodium_base642bin(raw(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size,
                        nullptr, variant) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace auth
