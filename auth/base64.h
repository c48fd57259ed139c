// Base64 as tokens have it, and bytes as libsodium and libmacaroons take them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auth {

// URL-safe, without padding.
[[nodiscard]] std::string base64(std::string_view bytes);
// The same at the end of `text`.
void append_base64(std::string& text, std::string_view bytes);

// Takes the URL-safe or the standard alphabet, not mixed, with `=` padding or without. Only the
// canonical encoding: unused bits zero, padding complete or absent, nothing around it.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

[[nodiscard]] inline const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
[[nodiscard]] inline unsigned char* raw(char* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace auth
