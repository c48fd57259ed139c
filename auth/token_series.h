// Tokens that differ in their last caveat alone, as a store issues them by the thousand: the common
// part is signed and spelled once, and each token costs one HMAC. The same bytes as
// Macaroon::with_caveat() would give.
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED  // SHA-256 by itself: EVP costs more than the hashes here
#include <openssl/sha.h>

#include <string>
#include <string_view>

#include "macaroon.h"

namespace auth {

// Immutable; safe to share between threads.
class TokenSeries {
 public:
  explicit TokenSeries(const Macaroon& common);
  ~TokenSeries();
  TokenSeries(const TokenSeries&) = default;
  TokenSeries& operator=(const TokenSeries&) = default;

  // Version 1, URL-safe base64 without padding. REQUIRES: within the limits of a token.
  [[nodiscard]] std::string with_caveat(std::string_view predicate) const;

 private:
  // Of the packets without the signature: base64 of all but the one or two bytes at their end that
  // share a character with what follows, and these.
  std::string text_;
  std::string rest_;
  // HMAC-SHA256 whose key is the signature of the common part: both of its hashes as they are when
  // the key has gone in.
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

}  // namespace auth
