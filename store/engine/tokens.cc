#include "tokens.h"

#include <algorithm>

#include "invariant.h"

namespace store {

namespace {

// What jobs begin is counted under names that begin with the sign (start_rates.h).
bool is_of_starts(std::string_view name) { return name.starts_with('\n'); }
bool is_of_budget(std::string_view name) {
  return !is_of_starts(name) && name.find('\n') != std::string_view::npos;
}

}  // namespace

std::string_view token_id_of(std::string_view accept_token) {
  return accept_token.substr(0, accept_token.find('\n'));
}

const TokenUse* Tokens::use_of(std::string_view name) const {
  const auto found = uses_.find(name);
  return found == uses_.end() ? nullptr : &found->second;
}

bool Tokens::is_revoked(Time now, std::string_view token) const {
  const TokenUse* use = uses_.empty() ? nullptr : use_of(token);
  return use != nullptr && use->revoked && use->revoked->holds(now);
}

std::size_t Tokens::waiting_of(std::string_view token) const {
  const TokenIndex index = names_.find(token);
  return index == kNoSlot ? 0 : waiting_[index];
}

std::vector<std::string> Tokens::ids_after(std::string_view after, std::size_t max) const {
  std::vector<std::string> found;
  const auto take = [&](std::string_view token) {
    if (const std::string_view id = token_id_of(token); id > after) {
      found.emplace_back(id);
    }
  };
  for (const auto& [token, index] : names_.all()) {
    take(token);
  }
  for (const auto& [token, use] : uses_) {
    take(token);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  found.resize(std::min(found.size(), max));
  return found;
}

void Tokens::set_submit_token(Job& job, std::string_view token) { set(job.submit_token, token); }
void Tokens::set_accept_token(Job& job, std::string_view token) { set(job.accept_token, token); }

void Tokens::set(TokenIndex& held, std::string_view token) {
  const TokenIndex before = held;
  held = token.empty() ? kNoSlot : names_.acquire(token, token_id_of(token));
  release(before);
  if (held != kNoSlot && held >= waiting_.size()) {
    waiting_.resize(held + 1);
  }
}

void Tokens::release(TokenIndex token) {
  if (token != kNoSlot) {
    names_.release(token);
  }
}

void Tokens::release(const Job& job) {
  release(job.submit_token);
  release(job.accept_token);
}

void Tokens::count_waiting(TokenIndex token, int by) {
  if (token != kNoSlot) {
    waiting_[token] += static_cast<std::size_t>(by);
  }
}

TokenUse& Tokens::add_use(std::string name) {
  const auto [use, is_new] = uses_.try_emplace(std::move(name));
  if (is_new && is_of_budget(use->first)) {
    budgets_.take(token_id_of(use->first), 0);
  }
  starts_ += is_new && is_of_starts(use->first) ? 1 : 0;
  return use->second;
}

void Tokens::charge(Time now, const Charged& charged) {
  TokenUse& use = add_use(charged.token);
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    std::optional<UseWindow>& window = use.windows[i];
    if (!window && (charged.spans >> i & 1) != 0) {
      window.emplace(static_cast<RateSpan>(i), std::vector<UseWindow::Part>());
    }
    if (window) {
      window->add(now, charged.cost);
    }
  }
}

void Tokens::revoke(const TokenRevoked& revoked) {
  auto& revocation = uses_[revoked.token].revoked;
  revoked_count_ += revocation ? 0 : 1;
  revocation = revoked.revocation;
}

void Tokens::restore(std::string name, TokenUse use) {
  revoked_count_ += use.revoked ? 1 : 0;
  add_use(std::move(name)) = std::move(use);
}

void Tokens::forget(const std::string& name) {
  const auto found = uses_.find(name);
  INVARIANT(found != uses_.end(), name);
  revoked_count_ -= found->second.revoked ? 1 : 0;
  if (is_of_budget(name)) {
    budgets_.give(token_id_of(name), 0);
  }
  starts_ -= is_of_starts(name) ? 1 : 0;
  uses_.erase(found);
}

}  // namespace store
