// Tokens that were tampered with, in every form a token can have.
#include <catch2/catch.hpp>
#include <functional>

#include "authorizer_fixture.h"

using namespace auth;

namespace {

const std::string kFixedId = "k1.AAAAAAAAAAAAAAAAAAAAAA";

// The other alphabet's character for the same six bits, or the character itself.
char respelled(char c) {
  switch (c) {
    case '-': return '+';
    case '_': return '/';
    default: return c;
  }
}

struct DamageFixture : AuthorizerFixture {
  Macaroon plain() const {
    return Macaroon::mint(keys->find(kFixedId).value(), kFixedId, "store")
        .with_caveat("path = /x/*")
        ->with_caveat("client = alice")
        .value();
  }

  // With a discharge, and a discharge of that one, in the three texts.
  std::string bundle(Format format) const {
    const ThirdParty first{"idp", "shared", "who"};
    const ThirdParty second{"bank", "shared too", "paid"};
    const Macaroon root = plain().with_third_party_caveat(first).value();
    const Macaroon discharge = Macaroon::mint(first.key, first.identifier, first.location)
                                   .with_caveat("method = GET")
                                   ->with_third_party_caveat(second)
                                   .value();
    const Macaroon last = Macaroon::mint(second.key, second.identifier, second.location);
    return root.serialize(format) + " " + root.bind(discharge).serialize(format) + " " +
           root.bind(last).serialize(format);
  }

  // It is granted, and nothing that is one byte away from it.
  void require_brittle(const std::string& good) {
    REQUIRE(granted(good));
    int respellings = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      for (int byte = 0; byte < 256; ++byte) {
        const char value = static_cast<char>(byte);
        if (value == good[at]) continue;
        bad[at] = value;
        const bool is_granted = granted(bad);
        if (is_granted && value == respelled(good[at])) {
          ++respellings;
          continue;
        }
        CAPTURE(at, static_cast<int>(value), good);
        REQUIRE_FALSE(is_granted);
      }
    }
    // Where a text has two such characters, changing one mixes the alphabets.
    CHECK(respellings <= 1 + std::count(good.begin(), good.end(), ' '));
  }

  void require_whole(const std::string& good) {
    REQUIRE(granted(good));
    for (std::size_t size = 0; size < good.size(); ++size) {
      CAPTURE(size);
      REQUIRE_FALSE(granted(good.substr(0, size)));
      REQUIRE_FALSE(granted(good.substr(good.size() - size)));
      std::string without = good;
      REQUIRE_FALSE(granted(without.erase(size, 1)));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(DamageFixture, "every change of one byte of a token is denied") {
  require_brittle(plain().serialize(Format::kV1));
  require_brittle(plain().serialize(Format::kV2));
}

TEST_CASE_METHOD(DamageFixture, "every change of one byte of a binary token is denied") {
  require_brittle(plain().binary(Format::kV1));
  require_brittle(plain().binary(Format::kV2));
}

TEST_CASE_METHOD(DamageFixture, "every change of one byte of a token with discharges is denied") {
  require_brittle(bundle(Format::kV1));
  require_brittle(bundle(Format::kV2));
}

TEST_CASE_METHOD(DamageFixture, "every truncation of a token is denied") {
  for (const Format format : {Format::kV1, Format::kV2}) {
    require_whole(plain().serialize(format));
    require_whole(plain().binary(format));
    require_whole(bundle(format));
  }
}

TEST_CASE_METHOD(DamageFixture, "a caveat cannot be taken out of a token") {
  const Macaroon wide = plain();
  const std::string narrow = wide.with_caveat("method = POST")->binary(Format::kV2);
  std::string spliced = wide.binary(Format::kV2);
  REQUIRE(granted(spliced));
  spliced.replace(spliced.size() - 32, 32, narrow, narrow.size() - 32, 32);
  CHECK_FALSE(granted(spliced));
}

TEST_CASE_METHOD(DamageFixture, "the parts of a token with discharges stay as they are") {
  const std::string good = bundle(Format::kV1);
  const std::size_t first = good.find(' ');
  const std::size_t second = good.find(' ', first + 1);
  const std::string root = good.substr(0, first);
  const std::string one = good.substr(first + 1, second - first - 1);
  const std::string two = good.substr(second + 1);
  REQUIRE(granted(root + " " + one + " " + two));
  CHECK(granted(root + " " + two + " " + one));
  for (const std::string& bad :
       {root, one, two, root + " " + one, root + " " + two, one + " " + root + " " + two,
        good + " " + one, good + " " + root}) {
    CHECK_FALSE(granted(bad));
  }
}
