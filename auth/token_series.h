// Tokens that differ in their last caveat alone, as a store issues them by the thousand: the common
// part is signed once, and each token costs one HMAC. The same bytes as Macaroon::with_caveat()
// would give.
#pragma once

#include <sodium.h>

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
  std::string packets_;  // without the signature
  crypto_auth_hmacsha256_state signed_;
};

}  // namespace auth
