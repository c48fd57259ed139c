#include "authorizer.h"

#include <sodium.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "arbiter.h"
#include "text_rules.h"

namespace auth {

Macaroon mint_token(const RootKeys& keys, std::string_view target,
                    std::span<const std::string> predicates, std::string_view label) {
  if (!label.empty() && !is_label(label)) {
    throw std::invalid_argument("a label is 1-32 characters of A-Z a-z 0-9 _ -");
  }
  const std::string identifier = keys.mint_identifier(label);
  const Macaroon token = Macaroon::mint(keys.find(identifier).value(), identifier, target);
  std::optional<Macaroon> narrowed = token.with_caveats(predicates);
  if (!narrowed) throw std::length_error("caveat is empty or makes the token too long");
  return *std::move(narrowed);
}

std::optional<std::string> first_failure(const Caveats& caveats, Access access, const Facts& facts,
                                         std::string_view target) {
  if (access == Access::kOpen) return std::nullopt;
  std::optional<std::string> failure = caveats.first_failure(facts, target);
  const bool shows_all_clients = access == Access::kDriver || access == Access::kOperator;
  if (!failure && shows_all_clients && !caveats.grant().client.empty()) {
    failure = "caveat 'client = " + caveats.grant().client + "' allows the paths of clients only";
  }
  return failure;
}

Authorizer::Authorizer(const RootKeys& keys, std::string target, CacheLimits limits)
    : keys_(keys),
      target_(std::move(target)),
      limits_(limits),
      digest_key_(Secret::random(crypto_generichash_KEYBYTES)) {}

std::size_t Authorizer::DigestHash::operator()(const Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

Authorizer::Digest Authorizer::digest_of(std::string_view token) const {
  Digest digest;
  const std::string_view key = digest_key_.bytes();
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return digest;
}

std::vector<std::string> Authorizer::caveats_of(std::string_view token) const {
  const auto known = cache_.find(digest_of(token));
  return known == cache_.end() ? std::vector<std::string>() : known->second.caveats.texts();
}

std::variant<Grant, Denied> Authorizer::authorize(std::string_view token, Access access,
                                                  const Facts& facts) {
  if (access == Access::kOpen) return Grant{};
  if (token.empty()) return Denied{Reason::kMissing, "this path needs a token"};
  // Before the digest, so that a giant costs nothing.
  if (token.size() > kBundleBytesMax) {
    return Denied{Reason::kInvalid, "token is longer than 32768 bytes"};
  }

  const Digest digest = digest_of(token);
  if (const auto hit = cache_.find(digest); hit != cache_.end()) {
    return judge(hit->second, access, facts);
  }
  if (const auto hit = refused_.find(digest); hit != refused_.end()) return hit->second;
  std::variant<Verified, Denied> result = verify(token);
  if (Denied* denied = std::get_if<Denied>(&result)) {
    remember(digest, *denied);
    return std::move(*denied);
  }
  Verified& verified = std::get<Verified>(result);
  std::variant<Grant, Denied> decision = judge(verified, access, facts);
  // A token that can never be granted again must not push out one that can.
  const std::optional<Time> expires = verified.caveats.grant().expires;
  if (verified.caveats.is_satisfiable() && (!expires || facts.now < *expires)) {
    remember(digest, std::move(verified));
  }
  return decision;
}

std::optional<std::string_view> Authorizer::key_of(const Macaroon& root) const {
  const std::string_view location = root.location();
  return location.empty() || location == target_ ? keys_.find(root.identifier()) : std::nullopt;
}

// Discharges are parsed and verified for a token alone that is signed with a key of this store.
bool Authorizer::is_foreign(std::string_view token) const {
  const std::string_view text = jobq::trimmed(token);
  const std::size_t end = text.find(' ');
  if (end == std::string_view::npos || is_binary_v1(token) || is_binary_v2(token)) return false;
  const std::variant<Macaroon, ParseError> parsed = Macaroon::parse(text.substr(0, end));
  const Macaroon* root = std::get_if<Macaroon>(&parsed);
  if (root == nullptr) return false;  // why it is none is said by whoever parses it all
  const std::optional<std::string_view> key = key_of(*root);
  return !key || !root->is_signed_with(*key);
}

std::variant<Authorizer::Verified, Denied> Authorizer::verify(std::string_view token) {
  // One answer for an unknown key, a wrong signature and a foreign location.
  const Denied foreign{Reason::kInvalid, "token was not issued by this store"};
  if (is_foreign(token)) return foreign;
  const std::variant<Bundle, ParseError> parsed = Bundle::parse(token);
  if (const ParseError* error = std::get_if<ParseError>(&parsed)) {
    return Denied{Reason::kInvalid, error->detail};
  }
  const Bundle& bundle = std::get<Bundle>(parsed);
  if (std::optional<std::string> problem = misfit(bundle.root, bundle.discharges)) {
    return Denied{Reason::kInvalid, *std::move(problem)};
  }
  const std::optional<std::string_view> key = key_of(bundle.root);
  if (!key) return foreign;
  ++verifications_;
  if (!bundle.verify(*key)) {
    if (bundle.discharges.empty()) return foreign;
    return Denied{Reason::kInvalid,
                  "token was not issued by this store, or a discharge is not bound to it"};
  }
  return Verified{Caveats::parse(bundle.first_party_caveats()), identity_of(bundle.root),
                  token.size()};
}

std::variant<Grant, Denied> Authorizer::judge(const Verified& verified, Access access,
                                              const Facts& facts) const {
  const Caveats& caveats = verified.caveats;
  if (std::optional<std::string> failure = first_failure(caveats, access, facts, target_)) {
    return Denied{Reason::kForbidden, *std::move(failure), verified.token_id};
  }
  Grant grant = caveats.grant();
  grant.token_id = verified.token_id;
  return grant;
}

void Authorizer::remember(const Digest& digest, Verified verified) {
  if (limits_.entries_max == 0 || verified.token_bytes > limits_.token_bytes_max) return;
  while (cache_.size() >= limits_.entries_max ||
         cached_token_bytes_ + verified.token_bytes > limits_.token_bytes_max) {
    const auto oldest = cache_.find(oldest_first_.front());
    cached_token_bytes_ -= oldest->second.token_bytes;
    cache_.erase(oldest);
    oldest_first_.pop_front();
  }
  cached_token_bytes_ += verified.token_bytes;
  cache_.emplace(digest, std::move(verified));
  oldest_first_.push_back(digest);
}

void Authorizer::remember(const Digest& digest, const Denied& denied) {
  if (limits_.entries_max == 0 || limits_.refused_max == 0) return;
  if (refused_.size() >= limits_.refused_max) refused_.clear();
  refused_.emplace(digest, denied);
}

}  // namespace auth
