#include "authorizer.h"

#include <catch2/catch.hpp>
#include <random>

#include "authorizer_fixture.h"

using namespace auth;
using namespace std::chrono_literals;

namespace {

const std::string kFixedId = "k1.AAAAAAAAAAAAAAAAAAAAAA";

std::string fixed_token(const RootKeys& keys) {
  return Macaroon::mint(keys.find(kFixedId).value(), kFixedId, "store")
      .with_caveat("path = /x/*")
      ->with_caveat("client = alice")
      ->serialize();
}

}  // namespace

TEST_CASE_METHOD(AuthorizerFixture, "an open path needs no token and looks at none") {
  CHECK(granted("", Access::kOpen));
  const auto decision = ask("garbage", Access::kOpen);
  REQUIRE(std::holds_alternative<Grant>(decision));
  CHECK(std::get<Grant>(decision).token_id.empty());
}

TEST_CASE_METHOD(AuthorizerFixture, "every other path needs a token") {
  for (const Access access : {Access::kClient, Access::kDriver, Access::kOperator}) {
    CHECK(denied("", access).reason == Reason::kMissing);
    CHECK(granted(mint(), access));
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "a grant names the client and the token") {
  const Grant grant = std::get<Grant>(ask(fixed_token(*keys)));
  CHECK(grant.client == "alice");
  CHECK(grant.token_id == kFixedId);
  CHECK(std::get<Grant>(ask(mint())).client.empty());
}

TEST_CASE_METHOD(AuthorizerFixture, "a token of an older key is good, of an unknown key is not") {
  const std::string old_id = "k1.AAAAAAAAAAAAAAAAAAAAAA";
  CHECK(granted(Macaroon::mint(keys->find(old_id).value(), old_id, "").serialize()));
  const std::string_view key = keys->find(old_id).value();
  for (const std::string id : {"k3.AAAAAAAAAAAAAAAAAAAAAA", "k2.AAAAAAAAAAAAAAAAAAAAAA", "k1", "",
                               "k1.AAAA", ".AAAAAAAAAAAAAAAAAAAAAA"}) {
    CAPTURE(id);
    const Denied answer = denied(Macaroon::mint(key, id, "").serialize());
    CHECK(answer.reason == Reason::kInvalid);
    CHECK(answer.detail == "token was not issued by this store");
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "a caveat that fails is named and forbids") {
  const Denied answer = denied(mint({"method = POST"}));
  CHECK(answer.reason == Reason::kForbidden);
  CHECK(answer.detail == "caveat 'method = POST' does not allow GET");
  const Macaroon token = root({"method = POST"});
  CHECK(denied(token.serialize()).token_id == token.identifier());
  // Of a token that is none of this store nothing is believed.
  CHECK(denied(Macaroon::mint(std::string(32, 'x'), token.identifier(), "store").serialize())
            .token_id.empty());
  CHECK(denied(mint({"target = other"})).reason == Reason::kForbidden);
  CHECK(denied(mint({"rate <= 1"})).reason == Reason::kForbidden);
  CHECK(granted(mint({"method = GET", "target = store", "path = /x/job/"})));
}

TEST_CASE_METHOD(AuthorizerFixture, "a token pinned to a client opens no driver's path") {
  const std::string token = mint({"client = alice"});
  CHECK(granted(token));
  for (const Access access : {Access::kDriver, Access::kOperator}) {
    CHECK(denied(token, access).reason == Reason::kForbidden);
    CHECK(denied(token, access).detail ==
          "caveat 'client = alice' allows the paths of clients only");
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "a token of another store's location is denied") {
  const std::string_view key = keys->find(kFixedId).value();
  CHECK(granted(Macaroon::mint(key, kFixedId, "").serialize()));
  CHECK(granted(Macaroon::mint(key, kFixedId, "store").serialize()));
  CHECK(denied(Macaroon::mint(key, kFixedId, "stork").serialize()).reason == Reason::kInvalid);
}

TEST_CASE_METHOD(AuthorizerFixture, "a token that was used is not verified again", "[cache]") {
  const std::string token = mint();
  REQUIRE(granted(token));
  CHECK(authorizer->verifications() == 1);
  for (int i = 0; i < 100; ++i) REQUIRE(granted(token));
  CHECK(authorizer->verifications() == 1);
  CHECK(authorizer->cached_tokens() == 1);
}

TEST_CASE_METHOD(AuthorizerFixture, "a cached token still expires", "[cache]") {
  const std::string token = mint({"time < 1000010"});
  REQUIRE(granted(token, Access::kClient, kNow));
  REQUIRE(granted(token, Access::kClient, kNow + 10s - 1ms));
  CHECK(denied(token, Access::kClient, kNow + 10s).reason == Reason::kForbidden);
  CHECK(authorizer->verifications() == 1);
}

TEST_CASE_METHOD(AuthorizerFixture, "a cached token is judged anew for each request", "[cache]") {
  const std::string token = mint({"method = GET", "path = /x/*", "client = alice"});
  REQUIRE(granted(token));
  auto allows = [&](std::string_view method, std::string_view path) {
    return std::holds_alternative<Grant>(
        authorizer->authorize(token, Access::kClient, {method, path, kNow}));
  };
  CHECK(allows("GET", "/x/other"));
  CHECK_FALSE(allows("POST", "/x/job/"));
  CHECK_FALSE(allows("GET", "/y/job/"));
  CHECK_FALSE(granted(token, Access::kDriver));
  CHECK(authorizer->verifications() == 1);
}

TEST_CASE_METHOD(AuthorizerFixture, "what can never be granted is not cached", "[cache]") {
  std::string forged = mint();
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  for (const std::string& token : {forged, std::string("garbage"), mint({"unknown"}),
                                   mint({"client = a", "client = b"}), mint({"time < 5"})}) {
    CHECK_FALSE(granted(token));
    CHECK(authorizer->cached_tokens() == 0);
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "a full cache drops the oldest and stays within its limits",
                 "[cache]") {
  authorizer.emplace(*keys, "store", CacheLimits{.entries_max = 3});
  std::vector<std::string> tokens;
  for (int i = 0; i < 4; ++i) tokens.push_back(mint());
  for (const std::string& token : tokens) REQUIRE(granted(token));
  CHECK(authorizer->cached_tokens() == 3);
  REQUIRE(granted(tokens[3]));
  REQUIRE(granted(tokens[1]));
  CHECK(authorizer->verifications() == 4);
  REQUIRE(granted(tokens[0]));
  CHECK(authorizer->verifications() == 5);

  const std::size_t size = tokens[0].size();
  authorizer.emplace(*keys, "store", CacheLimits{.token_bytes_max = 2 * size});
  for (const std::string& token : tokens) REQUIRE(granted(token));
  CHECK(authorizer->cached_tokens() == 2);

  authorizer.emplace(*keys, "store", CacheLimits{.entries_max = 0});
  CHECK(granted(tokens[0]));
  CHECK(authorizer->cached_tokens() == 0);
}

TEST_CASE_METHOD(AuthorizerFixture, "hostile tokens are denied and never crash") {
  const std::string good = mint();
  std::string many = good;
  Macaroon narrow = mint_token(*keys, "store", {});
  for (std::size_t i = 0; i < kCaveatsMax; ++i) narrow = narrow.with_caveat("path = *").value();
  CHECK(granted(narrow.serialize()));

  const std::vector<std::string> hostile = {std::string(1, '\0'),
                                            std::string(8192, '\0'),
                                            std::string(8192, 'A'),
                                            std::string(10'000'000, 'A'),
                                            std::string(8192, '='),
                                            std::string(8192, ' '),
                                            "====",
                                            "AgEB",
                                            "{\"v\":2}",
                                            "0000location ",
                                            "fffflocation ",
                                            "000elocation \n",
                                            "0001location \n",
                                            good + good,
                                            good + "\n" + good,
                                            good + std::string(1, '\0'),
                                            std::string(1, '\0') + good,
                                            "\xff\xfe" + good,
                                            std::string(2000, '{') + std::string(2000, '}')};
  for (const std::string& token : hostile) {
    CAPTURE(token.substr(0, 40), token.size());
    CHECK(denied(token).reason == Reason::kInvalid);
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "random bytes are denied and never crash") {
  std::mt19937 random(99);
  for (int round = 0; round < 20'000; ++round) {
    std::string token(random() % 600 + 1, '\0');
    const bool is_text = random() % 2 == 0;
    for (char& c : token) {
      c = is_text ? "ABCDabcd0123-_MDAwZWxvY2F0aW9u"[random() % 30] : static_cast<char>(random());
    }
    if (random() % 3 == 0) token = "000elocation \n0010identifier \n" + token;
    REQUIRE_FALSE(granted(token));
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "minting takes no empty or endless caveat") {
  CHECK_THROWS_AS(mint({""}), std::length_error);
  CHECK_THROWS_AS(mint({std::string(5000, 'x')}), std::length_error);
  CHECK_THROWS_AS(mint(std::vector<std::string>(kCaveatsMax + 1, "path = *")), std::length_error);
}
