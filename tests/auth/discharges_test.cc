#include "discharges.h"

#include <catch2/catch.hpp>

#include "authorizer_fixture.h"

using namespace auth;
using namespace std::chrono_literals;

namespace {

const std::string kShared = "a key that the store's operator and the third party share";
const ThirdParty kParty{.location = "http://idp", .key = kShared, .identifier = "user is known"};

Macaroon wanting(const Macaroon& root, const ThirdParty& party = kParty) {
  return root.with_third_party_caveat(party).value();
}

Macaroon discharge_of(const ThirdParty& party = kParty) {
  return Macaroon::mint(party.key, party.identifier, party.location);
}

ThirdParty party(std::string_view identifier) { return {"http://idp", kShared, identifier}; }

std::string bound(const Macaroon& root, const std::vector<Macaroon>& discharges) {
  Bundle bundle{root, {}};
  for (const Macaroon& discharge : discharges) bundle.discharges.push_back(root.bind(discharge));
  return bundle.serialize();
}

std::string unbound(const Macaroon& root, const std::vector<Macaroon>& discharges) {
  return Bundle{root, discharges}.serialize();
}

}  // namespace

TEST_CASE_METHOD(AuthorizerFixture, "a token with its discharge bound is good") {
  const Macaroon token = wanting(root({"path = /x/*"}));
  const std::string text = bound(token, {discharge_of()});
  REQUIRE(granted(text));
  CHECK(std::get<Grant>(ask(text)).token_id == token.identifier());
  CHECK(authorizer->verifications() == 1);
}

TEST_CASE_METHOD(AuthorizerFixture, "a missing discharge denies") {
  const Denied answer = denied(wanting(root()).serialize());
  CHECK(answer.reason == Reason::kInvalid);
  CHECK(answer.detail == "a third-party caveat has no discharge");
  const Macaroon two = wanting(wanting(root()), party("other"));
  CHECK_FALSE(granted(bound(two, {discharge_of()})));
  CHECK(granted(bound(two, {discharge_of(), discharge_of(party("other"))})));
  CHECK(granted(bound(two, {discharge_of(party("other")), discharge_of()})));
}

TEST_CASE_METHOD(AuthorizerFixture, "an unbound discharge denies") {
  const Macaroon token = wanting(root());
  const Denied answer = denied(unbound(token, {discharge_of()}));
  CHECK(answer.reason == Reason::kInvalid);
  CHECK(answer.detail == "token was not issued by this store, or a discharge is not bound to it");
  // Bound twice is as good as not at all.
  CHECK_FALSE(granted(bound(token, {token.bind(discharge_of())})));
}

TEST_CASE_METHOD(AuthorizerFixture, "a discharge bound to another token denies") {
  const Macaroon mine = wanting(root());
  const Macaroon other = wanting(root());
  REQUIRE(granted(bound(mine, {discharge_of()})));
  CHECK_FALSE(granted(unbound(mine, {other.bind(discharge_of())})));
  // A narrowed copy is another token.
  const Macaroon narrowed = mine.with_caveat("method = GET").value();
  CHECK_FALSE(granted(unbound(narrowed, {mine.bind(discharge_of())})));
  CHECK(granted(unbound(narrowed, {narrowed.bind(discharge_of())})));
}

TEST_CASE_METHOD(AuthorizerFixture, "a foreign discharge denies") {
  const Macaroon token = wanting(root());
  const auto with = [&](const ThirdParty& who) { return bound(token, {discharge_of(who)}); };
  CHECK_FALSE(granted(with({kParty.location, "another key", kParty.identifier})));
  CHECK_FALSE(granted(with({kParty.location, kShared, "another identifier"})));
  CHECK(denied(with({"http://evil", kShared, kParty.identifier})).detail ==
        "a discharge is of another location than its third-party caveat");
  CHECK_FALSE(granted(bound(token, {root()})));
  CHECK_FALSE(granted(bound(token, {token})));
}

TEST_CASE_METHOD(AuthorizerFixture, "a surplus discharge denies") {
  CHECK(denied(bound(root(), {discharge_of()})).detail ==
        "a discharge belongs to no third-party caveat");
  const Macaroon token = wanting(root());
  CHECK_FALSE(granted(bound(token, {discharge_of(), discharge_of(party("other"))})));
  CHECK(denied(bound(token, {discharge_of(), discharge_of()})).detail ==
        "two discharges have the same identifier");
  CHECK_FALSE(granted(token.serialize() + " " + token.serialize()));
  // One discharge does not serve two caveats.
  CHECK_FALSE(granted(bound(wanting(token), {discharge_of()})));
}

TEST_CASE_METHOD(AuthorizerFixture, "a discharge's own caveats hold like the token's") {
  const Macaroon token = wanting(root({"time < 1000020", "priority <= 9"}));
  const auto with = [&](const std::string& caveat) {
    return bound(token, {discharge_of().with_caveat(caveat).value()});
  };
  CHECK(granted(with("method = GET")));
  CHECK(denied(with("method = POST")).reason == Reason::kForbidden);
  CHECK(denied(with("method = POST")).detail == "caveat 'method = POST' does not allow GET");
  CHECK_FALSE(granted(with("unknown")));
  CHECK(std::get<Grant>(ask(with("time < 1000010"))).expires == Time(1'000'010s));
  CHECK(std::get<Grant>(ask(with("time < 1000030"))).expires == Time(1'000'020s));
  CHECK(std::get<Grant>(ask(with("client = alice"))).client == "alice");
  CHECK_FALSE(granted(with("client = alice"), Access::kDriver));
  CHECK(std::get<Grant>(ask(with("priority <= 3"))).bounds.priority_max == 3u);
  const std::string expiring = with("time < 1000010");
  CHECK(granted(expiring, Access::kClient, Time(1'000'009s)));
  CHECK_FALSE(granted(expiring, Access::kClient, Time(1'000'010s)));

  const Macaroon pinned = wanting(root({"client = alice"}));
  CHECK_FALSE(granted(bound(pinned, {discharge_of().with_caveat("client = bob").value()})));
}

TEST_CASE_METHOD(AuthorizerFixture, "a discharge may need one of its own, and that one none") {
  const Macaroon token = wanting(root());
  const Macaroon first = wanting(discharge_of(), party("second"));
  const Macaroon second = discharge_of(party("second"));
  CHECK(granted(bound(token, {first, second})));
  CHECK(granted(bound(token, {second, first})));
  CHECK_FALSE(granted(bound(token, {first})));
  CHECK_FALSE(granted(unbound(token, {token.bind(first), second})));
  CHECK_FALSE(granted(unbound(token, {token.bind(first), first.bind(second)})));
  CHECK_FALSE(granted(bound(token, {first, second.with_caveat("method = POST").value()})));

  const Macaroon third = discharge_of(party("third"));
  CHECK(denied(bound(token, {first, wanting(second, party("third")), third})).detail ==
        "discharges are nested too deeply");
  // In a circle.
  CHECK_FALSE(granted(bound(token, {wanting(discharge_of())})));
  CHECK_FALSE(granted(bound(token, {first, wanting(second, kParty)})));
}

TEST_CASE_METHOD(AuthorizerFixture, "tokens and discharges are counted and measured") {
  Macaroon token = root();
  std::vector<std::string> names;
  for (std::size_t i = 0; i <= kDischargesMax; ++i) names.push_back("name " + std::to_string(i));
  std::vector<Macaroon> discharges;
  for (std::size_t i = 0; i < kDischargesMax; ++i) {
    token = wanting(token, party(names[i]));
    discharges.push_back(discharge_of(party(names[i])));
  }
  REQUIRE(granted(bound(token, discharges)));
  token = wanting(token, party(names.back()));
  discharges.push_back(discharge_of(party(names.back())));
  CHECK(denied(bound(token, discharges)).detail == "token has more than 8 discharges");

  const std::string padding(4000, 'x');
  const Macaroon big = discharge_of().with_caveat(padding)->with_caveat(padding).value_or(root());
  CHECK(big.identifier() != kParty.identifier);  // does not fit into one token
  CHECK(denied(std::string(kBundleBytesMax + 1, 'A')).detail == "token is longer than 32768 bytes");
  CHECK(denied(mint() + " " + std::string(kTokenBytesMax + 1, 'A')).detail ==
        "token is longer than 8192 bytes");
}

TEST_CASE_METHOD(AuthorizerFixture, "texts are parted by one space and by nothing else") {
  const Macaroon token = wanting(root());
  const std::string head = token.serialize();
  const std::string tail = token.bind(discharge_of()).serialize();
  REQUIRE(granted(head + " " + tail));
  CHECK(granted(" " + head + " " + tail + "\n"));
  for (const std::string& between :
       std::vector<std::string>{"", "  ", "\n", " \n", "\t", ",", std::string(1, '\0')}) {
    CHECK_FALSE(granted(head + between + tail));
  }
  CHECK_FALSE(granted(tail + " " + head));
  CHECK_FALSE(granted(token.binary(Format::kV1) + " " + tail));
  CHECK_FALSE(granted(token.binary(Format::kV2) + " " + tail));
  CHECK_FALSE(granted(head + " " + token.bind(discharge_of()).binary(Format::kV2)));
}

TEST_CASE_METHOD(AuthorizerFixture, "versions may be mixed") {
  const Macaroon token = wanting(root());
  const Macaroon ready = token.bind(discharge_of());
  for (const Format one : {Format::kV1, Format::kV2}) {
    for (const Format other : {Format::kV1, Format::kV2}) {
      CHECK(granted(token.serialize(one) + " " + ready.serialize(other)));
    }
  }
}

TEST_CASE_METHOD(AuthorizerFixture, "the cache remembers a token with its discharges", "[cache]") {
  const Macaroon token = wanting(root());
  const std::string text = bound(token, {discharge_of()});
  for (int i = 0; i < 10; ++i) REQUIRE(granted(text));
  CHECK(authorizer->verifications() == 1);
  // What is remembered of the whole does not vouch for a part, or for the part with another one.
  CHECK_FALSE(granted(token.serialize()));
  CHECK_FALSE(granted(unbound(token, {discharge_of()})));
  CHECK_FALSE(granted(bound(token, {discharge_of().with_caveat("method = POST").value()})));
}

TEST_CASE("a third-party caveat takes no empty identifier and stays within the limits") {
  const Macaroon token = Macaroon::mint("key", "id", "");
  CHECK_FALSE(token.with_third_party_caveat({"http://idp", kShared, ""}));
  CHECK_FALSE(token.with_third_party_caveat({"http://idp", "", "id"}));
  const std::string giant(40'000, 'x');
  CHECK_FALSE(token.with_third_party_caveat({giant, kShared, "id"}));
  CHECK_FALSE(token.with_third_party_caveat({"http://idp", giant, "id"}));
  CHECK_FALSE(token.with_third_party_caveat({"http://idp", kShared, giant}));
  CHECK(token.with_third_party_caveat({"", kShared, "id"}));
  // The same caveat twice is sealed differently each time.
  CHECK(wanting(token).serialize() != wanting(token).serialize());
}

TEST_CASE_METHOD(AuthorizerFixture, "discharges of a token that is none cost nothing") {
  const Macaroon good = wanting(root({"path = /x/*"}));
  const std::string_view key = keys->find(good.identifier()).value();
  CHECK(good.is_signed_with(key));
  CHECK(wanting(good, party("other")).with_caveat("client = alice")->is_signed_with(key));
  CHECK_FALSE(good.is_signed_with(std::string(32, 'x')));
  CHECK_FALSE(good.is_signed_with(""));
  // The identifier is a good one's, which whoever was refused or watched may know.
  const Macaroon forged = wanting(Macaroon::mint("no key", good.identifier(), "store"));
  for (int i = 0; i < 100; ++i) {
    const Macaroon another = forged.with_caveat("n = " + std::to_string(i)).value();
    CHECK(denied(bound(another, {discharge_of()})).detail == "token was not issued by this store");
  }
  CHECK(authorizer->verifications() == 0);
  CHECK(granted(bound(good, {discharge_of()})));
}

TEST_CASE_METHOD(AuthorizerFixture, "what is no token is remembered, and nothing else refused") {
  const Macaroon good = wanting(root());
  const std::string unlucky = unbound(good, {discharge_of()});
  const Denied first = denied(unlucky);
  CHECK(authorizer->verifications() == 1);
  for (int i = 0; i < 100; ++i) {
    CHECK(denied(unlucky).detail == first.detail);
    CHECK(denied(unlucky, Access::kOperator).reason == Reason::kInvalid);
  }
  CHECK(authorizer->verifications() == 1);
  CHECK(granted(bound(good, {discharge_of()})));
  // A token that does not allow this may allow something else, or later.
  const std::string pinned = root({"client = alice"}).serialize();
  CHECK(denied(pinned, Access::kDriver).reason == Reason::kForbidden);
  CHECK(granted(pinned));
  const std::string expired = root({"time < 1000000"}).serialize();
  CHECK_FALSE(granted(expired));
  CHECK(granted(expired, Access::kClient, kNow - 1s));

  CacheLimits few;
  few.refused_max = 2;
  authorizer.emplace(*keys, "store", few);
  for (int round = 0; round < 2; ++round) {
    for (const std::string location : {"", "s", "store"}) {
      CHECK_FALSE(granted(Macaroon::mint("no key", good.identifier(), location).serialize()));
    }
    CHECK(granted(bound(good, {discharge_of()})));
  }
}
