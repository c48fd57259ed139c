#include "arbiter.h"

#include <catch2/catch.hpp>

#include "authorizer_fixture.h"
#include "keys.h"

namespace auth {
namespace {

// Of databox's construction: path = /kv/x/*, method = GET, target = s; signed with "secret".
constexpr std::string_view kVector =
    "MDAwZWxvY2F0aW9uIAowMDEwaWRlbnRpZmllciAKMDAxN2NpZCBwYXRoID0gL2t2L3gvKgowMDE1Y2lkIG1ldGhvZCA9"
    "IEdFVAowMDEzY2lkIHRhcmdldCA9IHMKMDAyZnNpZ25hdHVyZSBQPR6BqgA6Rh1uDEieIhxPG4jJL7PTVIXzkDyAHq_R"
    "rQo=";
constexpr std::string_view kSecret = "secret";

std::string id_of(const std::string& path) {
  return identity_of(Macaroon::mint(kSecret, {}, {}).with_caveat("path = " + path).value());
}

// A store named "s" that knows the arbiter.
struct Box : AuthorizerFixture {
  Box() {
    keys->trust_arbiter(kSecret);
    store.emplace(*keys, "s");
  }
  std::variant<Grant, Denied> get(std::string_view token, std::string_view path) {
    return store->authorize(token, Access::kClient, {.method = "GET", .path = path, .now = kNow});
  }
  bool may_get(std::string_view token, std::string_view path) {
    return std::holds_alternative<Grant>(get(token, path));
  }
  Denied denied_get(std::string_view token, std::string_view path) {
    return std::get<Denied>(get(token, path));
  }

  std::optional<Authorizer> store;
};

TEST_CASE_METHOD(Box, "a token of databox's arbiter allows what it says") {
  CHECK(may_get(kVector, "/kv/x/1"));
  CHECK(may_get(kVector, "/kv/x/*"));  // which is how its clients observe all below it
  CHECK(denied_get(kVector, "/kv/x/").reason == Reason::kForbidden);
  CHECK(denied_get(kVector, "/kv/y/1").reason == Reason::kForbidden);
  const Facts post{.method = "POST", .path = "/kv/x/1", .now = kNow};
  CHECK(std::holds_alternative<Denied>(store->authorize(kVector, Access::kClient, post)));
  CHECK(may_get(kVector.substr(0, kVector.size() - 1), "/kv/x/1"));  // without padding
  Authorizer other(*keys, "t");
  const Facts get{.method = "GET", .path = "/kv/x/1", .now = kNow};
  CHECK(std::get<Denied>(other.authorize(kVector, Access::kClient, get)).detail ==
        "caveat 'target = s' names another store");
}

TEST_CASE_METHOD(Box, "a token of the arbiter is made as libmacaroons makes it") {
  const auto made =
      Macaroon::mint(kSecret, {}, {})
          .with_caveats(std::vector<std::string>{"path = /kv/x/*", "method = GET", "target = s"});
  CHECK(made->serialize() + "=" == kVector);
}

TEST_CASE_METHOD(Box, "tokens of the arbiter and of the root keys are good beside each other") {
  const std::string own = mint_token(*keys, "s", {}).serialize();
  CHECK(may_get(own, "/kv/x/1"));
  CHECK(may_get(kVector, "/kv/x/1"));
  CHECK(keys->ids() == std::vector<std::string>{"k1", "k2"});
  CHECK(keys->prints().size() == 2);
}

TEST_CASE_METHOD(Box, "who has not the secret makes no token of the arbiter") {
  for (const std::string_view key : {std::string_view(), std::string_view("Secret"),
                                     keys->find("k1.AAAAAAAAAAAAAAAAAAAAAA").value()}) {
    for (const std::string& identifier : {std::string(), id_of("/kv/x")}) {
      const std::string token = Macaroon::mint(key, identifier, {}).serialize();
      CHECK(denied_get(token, "/kv/x/1").reason == Reason::kInvalid);
    }
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "a store without an arbiter takes none of its tokens") {
  CHECK(denied(kVector).reason == Reason::kInvalid);
  CHECK_FALSE(keys->find(""));
  CHECK_FALSE(keys->find(id_of("/kv/x")));
}

TEST_CASE_METHOD(Box, "a caveat of the arbiter that the store does not know denies everything") {
  for (const std::string caveat : {"destination = https://example.org", "observe = data"}) {
    const std::string token = Macaroon::mint(kSecret, {}, {}).with_caveat(caveat)->serialize();
    CHECK(denied_get(token, "/kv/x/1").reason == Reason::kForbidden);
  }
}

TEST_CASE_METHOD(Box, "tokens of the arbiter go by the first parts of their path") {
  const std::string id = id_of("/kv/x/*");
  CHECK(Identifier::parse(id)->key_id == kArbiterKeyId);
  CHECK(Identifier::parse(id)->label == "kv-x");
  CHECK(std::get<Grant>(get(kVector, "/kv/x/1")).token_id == id);
  CHECK(denied_get(kVector, "/kv/y/1").token_id == id);
  for (const std::string same : {"/kv/x", "/kv/x/", "/kv/x/job/1", "/kv/x/job/*"}) {
    CHECK(id_of(same) == id);
  }
  for (const std::string other : {"/kv/y", "/kv/x*", "/kv/*", "/*", "*", "/kv/x.server/take"}) {
    CHECK(id_of(other) != id);
    CHECK(Identifier::parse(id_of(other)));
  }
  const std::string longest = "/" + std::string(1000, '%');
  CHECK(Identifier::parse(id_of(longest))->label == std::string(32, '-'));
  CHECK(Identifier::parse(identity_of(Macaroon::mint(kSecret, {}, {})))->label.empty());
}

TEST_CASE_METHOD(Box, "a narrowed copy keeps the id, wherever it is narrowed to") {
  const Macaroon token = std::get<Macaroon>(Macaroon::parse(kVector));
  const Macaroon narrowed = token.with_caveat("path = /kv/x/job/1").value();
  CHECK(identity_of(narrowed) == identity_of(token));
  CHECK(may_get(narrowed.serialize(), "/kv/x/job/1"));
  CHECK_FALSE(may_get(narrowed.serialize(), "/kv/x/job/2"));
}

TEST_CASE_METHOD(Box, "the store makes tokens by such an id") {
  const std::string id = id_of("/kv/x");
  const std::string made = Macaroon::mint(*keys->find(id), id, "s").serialize();
  CHECK(std::get<Grant>(get(made, "/any")).token_id == id);
}

}  // namespace
}  // namespace auth
