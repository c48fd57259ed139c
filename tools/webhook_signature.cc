#include "webhook_signature.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "base64.h"
#include "failure.h"
#include "text_rules.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::string_view kPrefix = "whsec_";
// By the specification.
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;
constexpr std::size_t kSecretsMax = 8;

using Digest = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

std::string signature_by(const auth::Secret& secret, std::string_view head, std::string_view body) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, auth::raw(secret.bytes()), secret.bytes().size());
  crypto_auth_hmacsha256_update(&state, auth::raw(head), head.size());
  crypto_auth_hmacsha256_update(&state, auth::raw(body), body.size());
  Digest digest{};
  crypto_auth_hmacsha256_final(&state, digest.data());
  auth::wipe(&state, sizeof state);
  std::array<char, sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES,
                                             sodium_base64_VARIANT_ORIGINAL)>
      text{};
  sodium_bin2base64(text.data(), text.size(), digest.data(), digest.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  return std::string("v1,") + text.data();
}

}  // namespace

WebhookSigner::WebhookSigner(const std::string& file, std::string_view text) {
  auth::init_sodium();
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = jobq::trimmed(take_until(text, '\n'));
    if (line.empty()) continue;
    auth::WipedText key{std::string(line)};
    if (line.starts_with(kPrefix)) {
      auto bytes = auth::from_base64(line.substr(kPrefix.size()));
      if (!bytes) {
        throw UsageError(fmt::format("{}: line {}: no base64 after {}", file, number, kPrefix));
      }
      auth::wipe(key.text.data(), key.text.size());
      key.text.swap(*bytes);
    }
    if (key.text.size() < kSecretBytesMin || key.text.size() > kSecretBytesMax) {
      throw UsageError(fmt::format("{}: line {}: a secret has {} to {} bytes, this one {}", file,
                                   number, kSecretBytesMin, kSecretBytesMax, key.text.size()));
    }
    secrets_.emplace_back(key.text);
  }
  if (secrets_.empty() || secrets_.size() > kSecretsMax) {
    throw UsageError(fmt::format("{}: has {} secrets; 1 to {} are needed, each in a line", file,
                                 secrets_.size(), kSecretsMax));
  }
}

std::string WebhookSigner::sign(std::string_view id, std::int64_t timestamp,
                                std::string_view body) const {
  const std::string head = fmt::format("{}.{}.", id, timestamp);
  std::string signatures;
  for (const auth::Secret& secret : secrets_) {
    if (!signatures.empty()) signatures += ' ';
    signatures += signature_by(secret, head, body);
  }
  return signatures;
}

}  // namespace tools
