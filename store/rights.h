// Who may do what: the root keys of the store, the tokens made with them, and those that the store
// itself hands out. Single-threaded.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "authorizer.h"
#include "job.h"
#include "keys.h"
#include "secret.h"
#include "token_series.h"

namespace store {

class Rights {
 public:
  // The keys are in `data`, or made there. `name` is the store's, which tokens may be bound to.
  // Throws auth::KeyFileError, here and where keys are changed.
  Rights(std::filesystem::path data, std::string name, auth::CacheLimits cache = {});

  // Takes tokens of databox's arbiter too (auth/arbiter.h). `is_new`: it signed with another secret
  // before, and what was made with that is over.
  void trust_arbiter(auth::Secret secret, bool is_new);
  // Whether that is so; once.
  bool take_arbiter_change() { return std::exchange(has_new_arbiter_, false); }

  std::variant<auth::Grant, auth::Denied> authorize(std::string_view token, auth::Access access,
                                                    const auth::Facts& facts);

  // The caveats that each token made for this caller keeps, as jobs remember them: "\n...\n...".
  static std::string kept_caveats(const auth::Grant& grant);

  // To follow and cancel one job of a client, made for who submitted it.
  std::string ticket(const auth::Grant& grant, const std::string& datasource,
                     const std::string& client, const std::string& job);

  // For one attempt of a job. `accept_token`: of State. The same each time. Empty when the token
  // is none of this store.
  std::string lease_token(std::string_view accept_token, const std::string& datasource,
                          Sequence job, std::uint32_t attempt);

  // The caveats of a token that was authorized just now, each behind a line feed, but that of its
  // connection.
  std::string caveats_of(std::string_view token) const;

  // For what a function calls in its client's name, while the attempt has its lease.
  // `submitted_with`: the token's identifier and its caveats; `calls`: as a caveat has them. Empty
  // when the token is none of this store.
  std::string acting_token(const std::string& submitted_with, const std::string& client,
                           const std::string& calls, const std::string& datasource, Sequence job,
                           std::uint32_t attempt);

  // Identifiers of the root keys, the newest last.
  std::vector<std::string> keys() const { return keys_->ids(); }
  void add_key();
  void retire_key(std::string_view id);
  // By which the root keys are known again.
  std::vector<std::string> prints() const { return keys_->prints(); }
  // Is called after each change of the keys.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }

 private:
  void use(auth::RootKeys keys);
  // Of an identifier with a line for each caveat. Null when its key is gone.
  const auth::TokenSeries* series(const std::string& token_and_caveats);

  const std::filesystem::path data_;
  const std::string name_;
  const auth::CacheLimits cache_;
  std::optional<auth::Secret> arbiter_;
  bool has_new_arbiter_ = false;
  std::unique_ptr<auth::RootKeys> keys_;
  std::function<void()> on_change_ = [] {};
  std::unique_ptr<auth::Authorizer> authorizer_;
  std::unordered_map<std::string, auth::TokenSeries> series_;
  // The one of series_ that lease_token() used last, and what for.
  const auth::TokenSeries* leases_ = nullptr;
  std::string leases_token_;
  std::string leases_datasource_;
};

}  // namespace store
