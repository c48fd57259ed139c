// What JobTable knows of tokens: whose jobs wait, and what counts against their rates.
#include <algorithm>

#include "invariant.h"
#include "job_table.h"

namespace store {

std::string_view token_id_of(std::string_view accept_token) {
  return accept_token.substr(0, accept_token.find('\n'));
}

TokenIndex JobTable::acquire_token(std::string_view token) {
  if (token.empty()) {
    return kNoSlot;
  }
  const TokenIndex index = tokens_.acquire(token);
  if (index >= waiting_of_token_.size()) {
    waiting_of_token_.resize(index + 1);
  }
  return index;
}

void JobTable::release_token(TokenIndex token) {
  if (token != kNoSlot) {
    tokens_.release(token);
  }
}

void JobTable::count_waiting(TokenIndex token, int by) {
  if (token != kNoSlot) {
    waiting_of_token_[token] += static_cast<std::size_t>(by);
  }
}

void JobTable::apply_to_tokens(Time now, const Change& change) {
  if (const auto* charged = std::get_if<Charged>(&change)) {
    TokenUse& use = token_uses_[charged->token];
    for (std::size_t i = 0; i < kRateSpanCount; ++i) {
      std::optional<UseWindow>& window = use.windows[i];
      if (!window && (charged->spans >> i & 1) != 0) {
        window.emplace(static_cast<RateSpan>(i), std::vector<UseWindow::Part>());
      }
      if (window) {
        window->add(now, charged->cost);
      }
    }
  } else if (const auto* revoked = std::get_if<TokenRevoked>(&change)) {
    token_uses_[revoked->token].revoked = revoked->revocation;
  } else if (const auto* forgotten = std::get_if<TokenForgotten>(&change)) {
    INVARIANT(token_uses_.erase(forgotten->token) == 1, forgotten->token);
  }
}

void JobTable::restore_token(std::string token, TokenUse use) {
  token_uses_.emplace(std::move(token), std::move(use));
}

const TokenUse* JobTable::use_of(std::string_view token) const {
  const auto found = token_uses_.find(token);
  return found == token_uses_.end() ? nullptr : &found->second;
}

bool JobTable::is_revoked(Time now, std::string_view token) const {
  const TokenUse* use = token_uses_.empty() ? nullptr : use_of(token);
  return use != nullptr && use->revoked && use->revoked->holds(now);
}

std::size_t JobTable::waiting_of_token(std::string_view token) const {
  const TokenIndex index = tokens_.find(token);
  return index == kNoSlot ? 0 : waiting_of_token_[index];
}

std::string_view JobTable::submit_token_of(const Job& job) const {
  return job.submit_token == kNoSlot ? std::string_view() : tokens_[job.submit_token];
}

std::string_view JobTable::accept_token_of(const Job& job) const {
  return job.accept_token == kNoSlot ? std::string_view() : tokens_[job.accept_token];
}

std::vector<std::string> JobTable::tokens_after(std::string_view after, std::size_t max) const {
  std::vector<std::string> found;
  const auto take = [&](std::string_view token) {
    if (const std::string_view id = token_id_of(token); id > after) {
      found.emplace_back(id);
    }
  };
  tokens_.walk(take);
  for (const auto& [token, use] : token_uses_) {
    take(token);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  found.resize(std::min(found.size(), max));
  return found;
}

}  // namespace store
