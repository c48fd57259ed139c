#include "macaroon.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "hand_made.h"

using namespace auth;

namespace {

// Written by another implementation: key "secret", empty location and identifier.
const std::string kDatabox =
    "MDAwZWxvY2F0aW9uIAowMDEwaWRlbnRpZmllciAKMDAxN2NpZCBwYXRoID0gL2t2L3gvKgowMDE1Y2lkIG1ldGhvZCA9"
    "IEdFVAowMDEzY2lkIHRhcmdldCA9IHMKMDAyZnNpZ25hdHVyZSBQPR6BqgA6Rh1uDEieIhxPG4jJL7PTVIXzkDyAHq_R"
    "rQo=";

// The same with a third-party caveat appended by libmacaroons (location http://x, key "key").
const std::string kThirdParty =
    "MDAwZWxvY2F0aW9uIAowMDEwaWRlbnRpZmllciAKMDAxN2NpZCBwYXRoID0gL2t2L3gvKgowMDE1Y2lkIG1ldGhvZCA9"
    "IEdFVAowMDEzY2lkIHRhcmdldCA9IHMKMDAwYmNpZCBpZAowMDUxdmlkIMqVzxMO4JnFuUH76G8E8S7-x84E4T9wteP-"
    "ppRdA-ELvrVUSFEAwHit_pwe3zpYRxHrFMjh4rogeq2sRQKF63RDJnscdB5wvwowMDEwY2wgaHR0cDovL3gKMDAyZnNp"
    "Z25hdHVyZSCHH1F-tZeFKW3ExJoSlGHk70Zc784fFVF_B7SEGpMBTAo";

std::string detail(std::string_view token) {
  const auto result = Macaroon::parse(token);
  REQUIRE(std::holds_alternative<ParseError>(result));
  return std::get<ParseError>(result).detail;
}

const std::string kHead = packet("location", "") + packet("identifier", "id");
const std::string kTail = packet("signature", std::string(32, 's'));

}  // namespace

TEST_CASE("a databox token verifies with its secret and with no other") {
  const Macaroon token = parsed(kDatabox);
  CHECK(token.verify("secret"));
  CHECK_FALSE(token.verify("Secret"));
  CHECK_FALSE(token.verify(""));
  CHECK(token.location().empty());
  CHECK(token.identifier().empty());
  REQUIRE(token.caveats().size() == 3);
  CHECK(token.caveats()[0].predicate == "path = /kv/x/*");
  CHECK(token.caveats()[2].predicate == "target = s");
  CHECK_FALSE(token.caveats()[1].third_party);
}

TEST_CASE("minting what databox mints gives the same bytes") {
  const Macaroon token = Macaroon::mint("secret", "", "")
                             .with_caveat("path = /kv/x/*")
                             ->with_caveat("method = GET")
                             ->with_caveat("target = s")
                             .value();
  CHECK(token.serialize() + "=" == kDatabox);
}

TEST_CASE("a token keeps its identifier, location and caveats through text") {
  const Macaroon minted =
      Macaroon::mint("key", "k1.abc", "store").with_caveat("client = alice").value();
  const Macaroon token = parsed(minted.serialize());
  CHECK(token.identifier() == "k1.abc");
  CHECK(token.location() == "store");
  REQUIRE(token.caveats().size() == 1);
  CHECK(token.caveats()[0].predicate == "client = alice");
  CHECK(token.verify("key"));
}

TEST_CASE("a token is the same in either alphabet, padded or not, in white space") {
  const std::string text = parsed(kDatabox).serialize();
  REQUIRE(text.find('_') != std::string::npos);
  std::string standard = text;
  for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
  for (const std::string& spelling :
       {text, text + "=", standard, standard + "=", "\n " + text + " \r\n", text + "=\n"}) {
    CAPTURE(spelling);
    CHECK(parsed(spelling).serialize() == text);
  }
}

TEST_CASE("base64 that is not canonical is refused") {
  const std::string text = parsed(kDatabox).serialize();
  REQUIRE(text.size() % 4 == 3);
  CHECK_FALSE(parses(text + "=="));
  CHECK_FALSE(parses(text + "==="));
  CHECK_FALSE(parses("=" + text));
  CHECK_FALSE(parses(text.substr(0, 8) + "\n" + text.substr(8)));
  CHECK_FALSE(parses(text.substr(0, text.size() - 1) + "p"));  // was "o": the stray bits differ
  std::string mixed = parsed(kThirdParty).serialize();
  mixed[mixed.find('-')] = '+';
  CHECK_FALSE(parses(mixed));
}

TEST_CASE("bytes outside ASCII are no base64") {
  const std::string text = parsed(kThirdParty).serialize();
  for (int value = 128; value < 256; ++value) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string bad = text;
      bad[at] = static_cast<char>(value);
      REQUIRE(detail(bad) == "token is not base64");
    }
  }
}

TEST_CASE("raw binary packets are taken as they are") {
  const std::string raw = kHead + packet("cid", "method = GET") + kTail;
  const Macaroon token = parsed(raw);
  CHECK(token.identifier() == "id");
  CHECK(token.caveats()[0].predicate == "method = GET");
  CHECK(parsed(token.serialize()).serialize() == token.serialize());
  CHECK_FALSE(token.verify("key"));
  CHECK_FALSE(parses(raw + "\n"));
}

TEST_CASE("a third-party caveat is seen and never verifies") {
  const Macaroon token = parsed(kThirdParty);
  REQUIRE(token.caveats().size() == 4);
  CHECK(token.caveats()[3].third_party);
  CHECK(token.caveats()[3].predicate == "id");
  CHECK_FALSE(token.verify("secret"));
  CHECK(token.with_caveat("method = GET")->caveats().size() == 5);
}

TEST_CASE("packets out of order, unknown or left over are refused") {
  const std::string cid = packet("cid", "x");
  const std::string vid = packet("vid", std::string(kVerificationIdBytes, 'v'));
  const std::string cl = packet("cl", "l");
  REQUIRE(parses(kHead + kTail));
  REQUIRE(parses(kHead + cid + cid + vid + cid + vid + cl + cid + kTail));
  CHECK_FALSE(parses(""));
  CHECK_FALSE(parses(" "));
  CHECK_FALSE(parses(kHead));
  CHECK_FALSE(parses(kHead + cid));
  CHECK_FALSE(parses(packet("location", "") + kTail));
  CHECK_FALSE(parses(kHead + vid + kTail));
  CHECK_FALSE(parses(kHead + cid + packet("vid", std::string(71, 'v')) + kTail));
  CHECK_FALSE(parses(kHead + cid + packet("vid", std::string(73, 'v')) + kTail));
  CHECK_FALSE(parses(kHead + cid + cl + kTail));
  CHECK_FALSE(parses(kHead + cid + vid + vid + kTail));
  CHECK_FALSE(parses(kHead + cid + vid + cl + cl + kTail));
  CHECK_FALSE(parses(kHead + packet("x", "") + kTail));
  CHECK_FALSE(parses(kHead + packet("location", "") + kTail));
  CHECK_FALSE(parses(kHead + kTail + cid));
  CHECK_FALSE(parses(kHead + kTail + kTail));
  CHECK_FALSE(parses(kHead + packet("signature", std::string(31, 's'))));
  CHECK_FALSE(parses(kHead + packet("signature", std::string(33, 's'))));
}

TEST_CASE("a packet length that lies is refused") {
  const std::string good = kHead + packet("cid", "x") + kTail;
  const std::size_t at = kHead.size();
  REQUIRE(good.substr(at, 4) == "000a");
  for (const std::string length : {"0000", "0003", "0005", "0009", "000b", "000A", "00 a", "-00a",
                                   "0x0a", "0fff", "1000", "ffff"}) {
    CAPTURE(length);
    std::string bad = good;
    CHECK_FALSE(parses(bad.replace(at, 4, length)));
  }
  std::string nul_digit = good;
  CHECK_FALSE(parses(nul_digit.replace(at, 4, std::string("00\0a", 4))));
}

TEST_CASE("tokens beyond the limits are refused") {
  std::string caveats;
  for (std::size_t i = 0; i < kCaveatsMax; ++i) caveats += packet("cid", "x");
  CHECK(parses(kHead + caveats + kTail));
  CHECK(detail(kHead + caveats + packet("cid", "x") + kTail) == "token has more than 64 caveats");

  const std::string longest(kPacketBytesMax - 9, 'x');
  CHECK(parses(kHead + packet("cid", longest) + kTail));
  CHECK_FALSE(parses(kHead + packet("cid", longest + "x") + kTail));

  const std::string long_pair = packet("cid", longest) + packet("cid", longest);
  CHECK(detail(kHead + long_pair + kTail) == "token is longer than 8192 bytes");
  CHECK(detail(std::string(kTokenBytesMax + 1, 'A')) == "token is longer than 8192 bytes");
}

TEST_CASE("the longest token there is can be written as text and read again") {
  const std::size_t rest = kPacketsBytesMax - kHead.size() - kTail.size();
  const std::string first = packet("cid", std::string(4000, 'x'));
  const std::string raw =
      kHead + first + packet("cid", std::string(rest - first.size() - 9, 'x')) + kTail;
  REQUIRE(raw.size() == kPacketsBytesMax);
  const std::string text = parsed(raw).serialize();
  CHECK(text.size() == kTokenBytesMax);
  CHECK(parses(text));
  CHECK_FALSE(parsed(text).with_caveat("x"));
}

TEST_CASE("narrowing stops at the limits and takes no empty caveat") {
  Macaroon token = Macaroon::mint("key", "id", "");
  CHECK_FALSE(token.with_caveat(""));
  CHECK_FALSE(token.with_caveat(std::string(40'000, 'x')));
  for (std::size_t i = 0; i < kCaveatsMax; ++i) token = token.with_caveat("x").value();
  CHECK(token.verify("key"));
  CHECK_FALSE(token.with_caveat("x"));
}

TEST_CASE("minting beyond the limits throws") {
  const std::string giant(40'000, 'x');
  CHECK_THROWS_AS(Macaroon::mint("key", giant, ""), std::length_error);
  CHECK_THROWS_AS(Macaroon::mint("key", "", giant), std::length_error);
  CHECK_THROWS_AS(Macaroon::mint(giant, "", ""), std::length_error);
}
