// What tokens allow, what is counted of them, and their end.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {

Time counts_until(Time at, Span span) {
  const Span part = span / 50;
  return Time((at.time_since_epoch() / part + 1) * part) + span;
}

std::uint64_t Model::cost_of(const ModelDatasource* datasource, const std::string& function) {
  if (datasource == nullptr) {
    return 1;
  }
  if (const unsigned cost = function_of(datasource, function).cost; cost != 0) {
    return cost;
  }
  for (const jobq::Cost& cost : datasource->config.costs) {
    if (cost.function == function) {
      return cost.cost;
    }
  }
  return 1;
}

std::uint64_t Model::used(const ModelToken& token, RateSpan span, Time at) const {
  std::uint64_t sum = 0;
  for (const ModelToken::Use& use : token.counted[static_cast<std::size_t>(span)].value()) {
    sum += at < counts_until(use.at, length_of(span)) ? use.cost : 0;
  }
  return sum;
}

Time Model::next_room() const {
  Time next = Time::max();
  for (const auto& [name, token] : tokens_) {
    for (std::size_t i = 0; i < kRateSpanCount; ++i) {
      for (const ModelToken::Use& use : token.counted[i].value_or(std::vector<ModelToken::Use>())) {
        const Time end = counts_until(use.at, length_of(static_cast<RateSpan>(i)));
        next = end > now_ ? std::min(next, end) : next;
      }
    }
  }
  return next == Time::max() ? Time() : next;
}

std::size_t Model::waiting_with(const std::string& token) const {
  std::size_t waiting = 0;
  for (const ModelDatasource& datasource : datasources_) {
    waiting += datasource.count([&](const ModelJob& job) {
      return is_waiting(job.status()) && !token.empty() && job.submit_token == token;
    });
  }
  return waiting;
}

void Model::require_allowed(const Allowance& allowance, const NewJob& job, std::uint64_t cost,
                            Span told_retry_after) const {
  if (allowance.priority_max && job.priority > *allowance.priority_max) {
    throw Refused{Code::kForbidden, "priority", {}};
  }
  if (allowance.bytes_max && job.request.size() > *allowance.bytes_max) {
    throw Refused{Code::kTooLarge, "bytes", {}};
  }
  if (allowance.valid_for_max != Span::zero() && job.terms.valid_for > allowance.valid_for_max) {
    throw Refused{Code::kForbidden, "valid-for", {}};
  }
  if (allowance.waiting_max && waiting_with(token_) >= *allowance.waiting_max) {
    throw Refused{Code::kTooMany, "waiting", {}};
  }
  for (const RateLimit& rate : allowance.rates) {
    if (cost + cost_ahead_ > rate.count) {
      throw Refused{Code::kForbidden, "cost", {}};
    }
  }
  const auto has_room = [&](Time at) {
    return std::all_of(allowance.rates.begin(), allowance.rates.end(), [&](const RateLimit& rate) {
      const auto budget = tokens_.find(use_name(token_, rate.budget));
      return budget == tokens_.end() ||
             !budget->second.counted[static_cast<std::size_t>(rate.span)] ||
             used(budget->second, rate.span, at) + cost <= rate.count;
    });
  };
  if (has_room(now_)) {
    return;
  }
  if (told_retry_after != kNotTold &&
      (!has_room(now_ + told_retry_after) || has_room(now_ + told_retry_after - Span(1)))) {
    throw Mismatch("there is no room " + std::to_string(told_retry_after.count()) +
                   " ms later, or there is some before");
  }
  throw Refused{Code::kTooMany, "rate", {}};
}

// By which time there is room again: tried at each at which something of what is used ends to
// count.
jobq::Quota Model::quota_of(const Allowance& allowance, std::uint64_t cost) const {
  const auto uses_of = [&](const RateLimit& rate) -> std::vector<ModelToken::Use> {
    const auto budget = tokens_.find(use_name(token_, rate.budget));
    return budget == tokens_.end()
               ? std::vector<ModelToken::Use>()
               : budget->second.counted[static_cast<std::size_t>(rate.span)].value_or(
                     std::vector<ModelToken::Use>());
  };
  const auto used_at = [&](const RateLimit& rate, Time at) {
    std::uint64_t sum = 0;
    for (const ModelToken::Use& use : uses_of(rate)) {
      sum += at < counts_until(use.at, length_of(rate.span)) ? use.cost : 0;
    }
    return sum;
  };
  const auto left_at = [&](Time at) {
    std::uint64_t left = UINT64_MAX;
    for (const RateLimit& rate : allowance.rates) {
      const std::uint64_t used = used_at(rate, at);
      left = std::min(left, used > rate.count ? 0 : (rate.count - used) / cost);
    }
    return left;
  };
  jobq::Quota quota{.left = left_at(now_)};
  std::vector<Time> ends;
  for (const RateLimit& rate : allowance.rates) {
    quota.rates.push_back({rate.count, length_of(rate.span), used_at(rate, now_)});
    for (const ModelToken::Use& use : uses_of(rate)) {
      ends.push_back(counts_until(use.at, length_of(rate.span)));
    }
  }
  std::sort(ends.begin(), ends.end());
  for (const Time end : quota.left > 0 ? std::vector<Time>() : ends) {
    if (end > now_ && left_at(end) > 0) {
      quota.left_at = end;
      break;
    }
  }
  return quota;
}

// What is counted already of a budget goes on to be.
void Model::charge(const Allowance& allowance, std::uint64_t cost) {
  charge_as(token_, allowance.rates, cost);
}

void Model::charge_as(const std::string& token, const std::vector<RateLimit>& rates,
                      std::uint64_t cost) {
  std::set<std::string> charged;
  for (const RateLimit& rate : rates) {
    const std::string name = use_name(token, rate.budget);
    auto& uses = tokens_[name].counted[static_cast<std::size_t>(rate.span)];
    uses = uses ? uses : std::vector<ModelToken::Use>();
    charged.insert(name);
  }
  for (const std::string& name : charged) {
    for (auto& uses : tokens_[name].counted) {
      if (uses) {
        uses->push_back({now_, cost});
      }
    }
  }
}

bool Model::is_revoked(Time now, const std::string& name) const {
  const auto token = tokens_.find(name);
  return token != tokens_.end() && token->second.revoked &&
         (token->second.revoked->until == Time() || now < token->second.revoked->until);
}

jobq::TokenUse Model::shown(const std::string& name) const {
  jobq::TokenUse shown{.id = name, .waiting = waiting_with(name)};
  for (const ModelDatasource& datasource : datasources_) {
    shown.running += datasource.count([&](const ModelJob& job) {
      return job.status() == Status::kAccepted && job.accept_token == name;
    });
  }
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    std::optional<std::uint64_t> most;
    for (const auto& [budget, use] : tokens_) {
      if (use.counted[i] && (budget == name || budget.starts_with(name + '\n'))) {
        most = std::max(most.value_or(0), used(use, static_cast<RateSpan>(i), now_));
      }
    }
    if (most) {
      shown.rates.push_back({std::string(1, "smhd"[i]), *most});
    }
  }
  if (const auto token = tokens_.find(name); token != tokens_.end()) {
    shown.is_revoked = is_revoked(now_, name);
    shown.revoked_until = shown.is_revoked ? token->second.revoked->until : Time();
  }
  return shown;
}

Model::Answered Model::on(const ListTokens& list) {
  std::set<std::string> names;
  for (const auto& [name, token] : tokens_) {
    names.insert(name.substr(0, name.find('\n')));
  }
  for (const ModelDatasource& datasource : datasources_) {
    for (const ModelJob& job : datasource.jobs) {
      names.insert(job.submit_token);
      names.insert(job.accept_token);
    }
  }
  TokensReply reply{.tokens = {}, .is_end = true};
  for (auto name = names.upper_bound(list.after); name != names.end(); ++name) {
    if (reply.tokens.size() == list.limit) {
      reply.is_end = false;
      break;
    }
    reply.tokens.push_back(shown(*name));
  }
  return reply;
}

Model::Answered Model::on(const RevokeToken& revoke) {
  if (revoke.revocation.until != Time() && revoke.revocation.until <= now_) {
    throw Refused{Code::kBadRequest, "until", {}};
  }
  std::size_t revoked = 0;
  for (const auto& [name, token] : tokens_) {
    revoked += token.revoked && name != revoke.token ? 1 : 0;
  }
  const bool is_known =
      tokens_.contains(revoke.token) && tokens_.at(revoke.token).revoked.has_value();
  if (!is_known && revoked >= limits_.revocations_max) {
    throw Refused{Code::kFull, "revocations", {}};
  }
  tokens_[revoke.token].revoked = revoke.revocation;
  end_tokens([&](const std::string& token) { return token == revoke.token; });
  return TokensReply{{shown(revoke.token)}, true};
}

void Model::end_tokens_of(Time now, const std::string& key, Told told) {
  now_ = now;
  token_.clear();
  told_ = &told;
  const auto is_of_key = [&](const std::string& token) { return token.starts_with(key + '.'); };
  end_tokens(is_of_key);
  for (const Entry& entry : told_->entries) {
    const auto* forgotten = std::get_if<TokenForgotten>(&entry.change);
    if (forgotten != nullptr && is_of_key(forgotten->token) &&
        tokens_.erase(forgotten->token) == 0) {
      throw Mismatch("should not be forgotten with the key: " + forgotten->token);
    }
  }
  for (const auto& [token, known] : tokens_) {
    if (is_of_key(token)) {
      throw Mismatch("is still known though its key is retired: " + token);
    }
  }
  run_flows();
  hear_forgotten_tokens(is_of_key);
  serve_waiters();
  check_actors();
  told_ = nullptr;
}

// Who waits with such a token hears that it is over; the others may have the jobs.
void Model::end_tokens(const std::function<bool(const std::string&)>& is_over) {
  for (std::size_t i = 0; i < waiters_.size();) {
    if (waiters_[i].awaited == Awaited::kRemoval || !is_over(waiters_[i].token)) {
      ++i;
      continue;
    }
    answer(waiters_[i].request, Refused{Code::kUnauthorized, "revoked", {}});
    waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  end_schedules_of(is_over);
  end_follow_ups_of(is_over);
  for (ModelDatasource& datasource : datasources_) {
    for (ModelJob& job : datasource.jobs) {
      if (job.status() == Status::kAccepted && is_over(job.accept_token)) {
        job.facts.cancel_until != Time()
            ? cancel_now(job)
            : release(job, {Span::zero(), "the worker's token was revoked"}, false);
      }
    }
  }
}

// What is over may be forgotten, when the store likes. `is_heard`: what was forgotten before.
void Model::hear_forgotten_tokens(const std::function<bool(const std::string&)>& is_heard) {
  for (std::size_t at = 0; at < told_->entries.size(); ++at) {
    const auto* forgotten = std::get_if<TokenForgotten>(&told_->entries[at].change);
    if (forgotten == nullptr || (is_heard && is_heard(forgotten->token))) {
      continue;
    }
    const auto token = tokens_.find(forgotten->token);
    unsigned charged_after = 0;  // spans
    for (const Entry& entry : told_->entries.subspan(at)) {
      const auto* charged = std::get_if<Charged>(&entry.change);
      charged_after |=
          charged != nullptr && charged->token == forgotten->token ? charged->spans : 0;
    }
    if (charged_after != 0 && token != tokens_.end()) {
      // What was used now was used after that.
      for (std::size_t i = 0; i < kRateSpanCount; ++i) {
        auto& uses = token->second.counted[i];
        const Span span = length_of(static_cast<RateSpan>(i));
        const bool counts = uses && std::any_of(uses->begin(), uses->end(), [&](const auto& use) {
                              return use.at != now_ && now_ < counts_until(use.at, span);
                            });
        if (counts) {
          throw Mismatch("its use is forgotten while it counts: " + forgotten->token);
        }
        uses ? std::erase_if(*uses, [&](const auto& use) { return use.at != now_; }) : 0;
        const bool goes_on = uses && !uses->empty() && (charged_after >> i & 1) != 0;
        uses = goes_on ? std::move(uses) : std::nullopt;
      }
      continue;
    }
    if (token == tokens_.end() || is_revoked(now_, forgotten->token)) {
      throw Mismatch("should not be forgotten: " + forgotten->token);
    }
    for (std::size_t i = 0; i < kRateSpanCount; ++i) {
      if (token->second.counted[i] && used(token->second, static_cast<RateSpan>(i), now_) != 0) {
        throw Mismatch("its use is forgotten while it counts: " + forgotten->token);
      }
    }
    tokens_.erase(token);
  }
}

// Each entry names the token that it was done with.
void Model::check_actors() {
  for (const Entry& entry : told_->entries) {
    // What somebody asked to remove is removed in a tick; fire() looks at it. Who needs the room of
    // a worker is no matter.
    if (std::holds_alternative<Removed>(entry.change) ||
        std::holds_alternative<KeptFor>(entry.change) ||
        std::holds_alternative<DatasourceDropped>(entry.change) ||
        std::holds_alternative<AwaitedEnded>(entry.change) ||
        std::holds_alternative<GroupEnded>(entry.change) ||
        std::holds_alternative<Followed>(entry.change) ||
        std::holds_alternative<PutOff>(entry.change) || is_of_starts(entry) ||
        std::holds_alternative<HeldBack>(entry.change) ||
        std::holds_alternative<LetGo>(entry.change) ||
        std::holds_alternative<WorkerForgotten>(entry.change)) {
      continue;
    }
    std::string expected = token_;
    // A schedule's job is charged to its own token, whoever asks for it.
    const auto* charged = std::get_if<Charged>(&entry.change);
    expected = charged != nullptr ? charged->token.substr(0, charged->token.find('\n'))
               : std::holds_alternative<TokenForgotten>(entry.change) ||
                       std::holds_alternative<DatasourceAdded>(entry.change)
                   ? entry.token
                   : expected;
    if (entry.sequence != 0) {
      const auto found = done_with_.find({entry.job.datasource, entry.sequence});
      expected = found == done_with_.end() ? entry.token : found->second;
    }
    const auto* accepted = std::get_if<Accepted>(&entry.change);
    if (entry.token != expected ||
        (accepted != nullptr && accepted->caveats != caveats_of(entry.token))) {
      throw Mismatch("was done with '" + expected + "', the journal says '" + entry.token +
                     "': " + describe(entry));
    }
  }
  done_with_.clear();
}

}  // namespace store::sim
