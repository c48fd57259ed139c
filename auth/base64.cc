#include "base64.h"

#include <sodium.h>

#include <algorithm>

namespace auth {

namespace {

// In one line of the cache, so that looking up says nothing of what is looked up.
alignas(64) constexpr char kAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

void append_base64(std::string& text, std::string_view bytes) {
  const std::size_t begin = text.size();
  text.resize(begin + (4 * bytes.size() + 2) / 3);
  char* out = text.data() + begin;
  unsigned bits = 0;
  unsigned count = 0;  // of bits that wait
  for (const char byte : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) *out++ = kAlphabet[bits >> (count - 6) & 63U];
  }
  if (count > 0) *out = kAlphabet[bits << (6 - count) & 63U];
}

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
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
