#include "rights.h"

#include <algorithm>
#include <span>
#include <utility>

#include "jobq/limits.h"
#include "packets.h"

namespace store {
namespace {

// auth/ does not see the contract.
static_assert(auth::kTokenBytesMax == jobq::limits::kTokenBytesMax);

// Kept, so that the common part of the tokens of one caller is signed once.
constexpr std::size_t kSeriesMax = 1'000;

// What tokens have in common, as jobs remember it: an identifier, and each caveat in a line after
// it.
std::string with_lines(std::string text, std::span<const std::string> caveats) {
  for (const std::string& caveat : caveats) {
    text.append("\n").append(caveat);
  }
  return text;
}

}  // namespace

Rights::Rights(std::filesystem::path data, std::string name, auth::CacheLimits cache)
    : data_(std::move(data)), name_(std::move(name)), cache_(cache) {
  use(auth::RootKeys::load_or_create(data_));
}

void Rights::use(auth::RootKeys keys) {
  authorizer_.reset();
  series_.clear();
  leases_ = nullptr;
  keys_ = std::make_unique<auth::RootKeys>(std::move(keys));
  if (arbiter_) {
    keys_->trust_arbiter(arbiter_->bytes());
  }
  authorizer_ = std::make_unique<auth::Authorizer>(*keys_, name_, cache_);
}

void Rights::trust_arbiter(auth::Secret secret, bool is_new) {
  arbiter_ = std::move(secret);
  has_new_arbiter_ = is_new;
  use(std::move(*keys_));
}

void Rights::add_key() {
  use(auth::RootKeys::add(data_));
  on_change_();
}

void Rights::retire_key(std::string_view id) {
  use(auth::RootKeys::retire(data_, id));
  on_change_();
}

const auth::TokenSeries* Rights::series(const std::string& token_and_caveats) {
  if (const auto known = series_.find(token_and_caveats); known != series_.end()) {
    return &known->second;
  }
  std::string_view rest = token_and_caveats;
  const auto take_line = [&rest] {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
  };
  const std::string_view token = take_line();
  const auto key = keys_->find(token);
  if (!key) {
    return nullptr;
  }
  auth::Macaroon common = auth::Macaroon::mint(*key, token, name_);
  while (!rest.empty()) {
    common = common.with_caveat(take_line()).value();
  }
  if (series_.size() >= kSeriesMax) {
    series_.clear();
    leases_ = nullptr;
  }
  return &series_.emplace(token_and_caveats, auth::TokenSeries(common)).first->second;
}

std::string Rights::kept_caveats(const auth::Grant& grant) {
  return with_lines({}, grant.kept_caveats());
}

std::string Rights::ticket(const auth::Grant& grant, const std::string& datasource,
                           const std::string& client, const std::string& job) {
  const std::string own[] = {"path = /" + datasource + "/job/*", "client = " + client};
  const auth::TokenSeries* const tickets =
      series(with_lines(grant.token_id + kept_caveats(grant), own));
  return tickets == nullptr ? std::string() : tickets->with_caveat("job = " + job);
}

std::string Rights::lease_token(std::string_view accept_token, const std::string& datasource,
                                Sequence job, std::uint32_t attempt) {
  if (leases_ == nullptr || leases_token_ != accept_token || leases_datasource_ != datasource) {
    const std::string path = "path = /jobs/" + datasource + "/*";
    leases_ = series(with_lines(std::string(accept_token), std::span(&path, 1)));
    leases_token_ = accept_token;
    leases_datasource_ = datasource;
  }
  return leases_ == nullptr ? std::string()
                            : leases_->with_caveat("lease = " + std::to_string(job) + "." +
                                                   std::to_string(attempt));
}

std::string Rights::caveats_of(std::string_view token) const {
  std::vector<std::string> caveats = authorizer_->caveats_of(token);
  std::erase_if(caveats, [](const std::string& caveat) { return caveat.starts_with("curve "); });
  return with_lines({}, caveats);
}

std::string Rights::acting_token(const std::string& submitted_with, const std::string& client,
                                 const std::string& calls, const std::string& datasource,
                                 Sequence job, std::uint32_t attempt) {
  const std::string own[] = {"client = " + client, "calls = " + calls};
  const auth::TokenSeries* const acting = series(with_lines(submitted_with, own));
  return acting == nullptr
             ? std::string()
             : acting->with_caveat("acting = " + datasource + "/" + std::to_string(job) + "." +
                                   std::to_string(attempt));
}

}  // namespace store
