// An authorizer of a store named "store" with two root keys.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../temporary_directory.h"
#include "authorizer.h"

namespace auth {

inline constexpr Time kNow(std::chrono::seconds(1'000'000));

// Fixed keys, so that a failure can be repeated.
struct AuthorizerFixture {
  AuthorizerFixture() {
    dir.write("root.keys", "k1 " + std::string(64, 'a') + "\nk2 " + std::string(64, 'b') + "\n");
    keys.emplace(RootKeys::load(dir.path()));
    authorizer.emplace(*keys, "store");
  }

  std::string mint(const std::vector<std::string>& predicates = {}) const {
    return root(predicates).serialize();
  }

  Macaroon root(const std::vector<std::string>& predicates = {}) const {
    return mint_token(*keys, "store", predicates);
  }

  std::variant<Grant, Denied> ask(std::string_view token, Access access = Access::kClient,
                                  Time now = kNow) {
    return authorizer->authorize(token, access,
                                 {.method = "GET",
                                  .path = "/x/job/",
                                  .now = now,
                                  .job_limits_are_kept = true,
                                  .lease_is_kept = true});
  }

  bool granted(std::string_view token, Access access = Access::kClient, Time now = kNow) {
    return std::holds_alternative<Grant>(ask(token, access, now));
  }

  Denied denied(std::string_view token, Access access = Access::kClient, Time now = kNow) {
    const auto decision = ask(token, access, now);
    REQUIRE(std::holds_alternative<Denied>(decision));
    return std::get<Denied>(decision);
  }

  TemporaryDirectory dir;
  std::optional<RootKeys> keys;
  std::optional<Authorizer> authorizer;
};

}  // namespace auth
