// What the store knows of tokens, which it tells apart by their identifiers alone: whose jobs wait,
// what counts against their rates, and which are revoked.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "interned.h"
#include "job.h"
#include "token_use.h"

namespace store {

// Of what Tokens::accept_token_of() says.
std::string_view token_id_of(std::string_view accept_token);

class Tokens {
 public:
  using Uses = std::map<std::string, TokenUse, std::less<>>;

  // `shares` must outlive this.
  Tokens(Shares& shares, std::uint64_t hash_seed) : names_(shares, hash_seed) {}

  // How many jobs name.
  std::size_t count() const { return names_.all().size(); }

  // By identifier, or by use_name(). nullptr: nothing is known of its use.
  const TokenUse* use_of(std::string_view name) const;
  const Uses& uses() const { return uses_; }
  // Rates of starts that are counted (start_rates.h).
  std::size_t starts_count() const { return starts_; }
  // Budgets that are counted, by identifier.
  const Shares& budgets() const { return budgets_; }
  bool is_revoked(Time now, std::string_view token) const;
  // What it would take of memory more than is held; the token alone, or as for an attempt.
  std::size_t new_bytes(std::string_view token, std::string_view caveats = {}) const {
    return token.empty() ? 0 : names_.new_bytes(std::string(token).append(caveats));
  }
  // kNoSlot: no job has it.
  TokenIndex find(std::string_view token) const { return names_.find(token); }
  // Jobs that were submitted with it.
  std::size_t waiting_of(std::string_view token) const;
  // Empty when it is not known. The latter is followed by Accepted::caveats.
  std::string_view submit_token_of(const Job& job) const { return name(job.submit_token); }
  std::string_view accept_token_of(const Job& job) const { return name(job.accept_token); }
  // The first of those that come after `after`, by identifier.
  std::vector<std::string> ids_after(std::string_view after, std::size_t max) const;

  void set_submit_token(Job& job, std::string_view token);
  void set_accept_token(Job& job, std::string_view token);
  void release(const Job& job);
  // A job that was submitted with it begins to wait (1), or waits no more (-1).
  void count_waiting(TokenIndex token, int by);
  void charge(Time now, const Charged& charged);
  void revoke(const TokenRevoked& revoked);
  // Tokens that are, or were until they are forgotten.
  std::size_t revoked_count() const { return revoked_count_; }
  void forget(const std::string& name);
  void restore(std::string name, TokenUse use);

 private:
  std::string_view name(TokenIndex token) const {
    return token == kNoSlot ? std::string_view() : names_[token];
  }
  void set(TokenIndex& held, std::string_view token);
  TokenUse& add_use(std::string name);
  void release(TokenIndex token);

  InternedNames names_;
  std::vector<std::size_t> waiting_;  // by TokenIndex
  Uses uses_;
  Shares budgets_;
  std::size_t starts_ = 0;
  std::size_t revoked_count_ = 0;
};

}  // namespace store
