// Decides whether a token allows a request. Checking a signature costs some 10 microseconds, so
// tokens that passed are remembered by a keyed digest of their bytes; caveats, expiry included, are
// judged anew for each request. What is no token of this store at all is remembered by the same
// digest: a peer that repeats it costs no signature.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "caveats.h"
#include "discharges.h"
#include "keys.h"
#include "secret.h"

namespace auth {

// What a path asks of a caller.
enum class Access : std::uint8_t {
  kOpen,      // nothing
  kClient,    // a token
  kDriver,    // a token that is not pinned to a client: these paths show the jobs of all clients
  kOperator,  // the same
};

enum class Reason : std::uint8_t {
  kMissing,    // no token (401)
  kInvalid,    // not a token of this store (401)
  kForbidden,  // a token of this store that does not allow this request, or has expired (403)
};

struct Denied {
  Reason reason;
  std::string detail;  // plain words for the caller: never key material nor what the store holds
  // As in Grant. Empty when the token is none of this store: it may say anything.
  std::string token_id{};
};

// Why a token with these caveats does not allow the request, as Caveats::first_failure() says it,
// with what Access asks for in addition.
[[nodiscard]] std::optional<std::string> first_failure(const Caveats& caveats, Access access,
                                                       const Facts& facts, std::string_view target);

// An old entry makes room for a new one when either limit is reached.
struct CacheLimits {
  std::size_t entries_max = 10'000;
  std::size_t token_bytes_max = 4U << 20U;  // sum over the entries; memory used is a few times that
  std::size_t refused_max = 4'096;          // all are forgotten when there are more; 300 bytes each
};

// A new token with the newest key of `keys`, for the store named `target`, narrowed by
// `predicates`; `label` is a part of its identifier. Throws std::invalid_argument when that is no
// label, and std::length_error when the token exceeds the limits of macaroon.h.
[[nodiscard]] Macaroon mint_token(const RootKeys& keys, std::string_view target,
                                  std::span<const std::string> predicates,
                                  std::string_view label = {});

// Not safe for concurrent use, authorize() included: it belongs to one thread.
class Authorizer {
 public:
  // `keys` must outlive this object and must not change meanwhile: after a rotation, make a new
  // Authorizer. `target` is this store's name, which `target` caveats are compared with.
  Authorizer(const RootKeys& keys, std::string target, CacheLimits limits = {});

  // `token` as the caller sent it, discharges included; empty when there was none. It may be any
  // bytes. The location in a token must be empty or `target`, since no signature covers it. Whether
  // a pinned client matches the client in the request is left to the caller, who sees the body.
  [[nodiscard]] std::variant<Grant, Denied> authorize(std::string_view token, Access access,
                                                      const Facts& facts);

  // The caveats of a token that was authorized last, as they are written; none of any other.
  [[nodiscard]] std::vector<std::string> caveats_of(std::string_view token) const;

  [[nodiscard]] std::size_t cached_tokens() const { return cache_.size(); }

  // How many signatures have been checked since the start; hits of the cache do not count.
  [[nodiscard]] std::uint64_t verifications() const { return verifications_; }

 private:
  using Digest = std::array<unsigned char, 32>;

  // The digest is keyed with a secret, so nobody can choose tokens that collide here.
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const;
  };

  struct Verified {
    Caveats caveats;
    std::string token_id;
    std::size_t token_bytes = 0;
  };

  [[nodiscard]] Digest digest_of(std::string_view token) const;
  [[nodiscard]] std::variant<Verified, Denied> verify(std::string_view token);
  // The key that a token of this store's would be signed with.
  [[nodiscard]] std::optional<std::string_view> key_of(const Macaroon& root) const;
  // That the token can be none of this store's, as far as one can say without its discharges.
  [[nodiscard]] bool is_foreign(std::string_view token) const;
  [[nodiscard]] std::variant<Grant, Denied> judge(const Verified& verified, Access access,
                                                  const Facts& facts) const;
  void remember(const Digest& digest, Verified verified);
  void remember(const Digest& digest, const Denied& denied);

  const RootKeys& keys_;
  const std::string target_;
  const CacheLimits limits_;
  const Secret digest_key_;
  std::unordered_map<Digest, Verified, DigestHash> cache_;
  std::deque<Digest> oldest_first_;  // the keys of cache_
  std::unordered_map<Digest, Denied, DigestHash> refused_;
  std::size_t cached_token_bytes_ = 0;
  std::uint64_t verifications_ = 0;
};

}  // namespace auth
