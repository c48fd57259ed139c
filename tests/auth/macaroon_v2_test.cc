#include <catch2/catch.hpp>

#include "hand_made.h"
#include "macaroon.h"

using namespace auth;

namespace {

// Of libmacaroons' own tests (test/unit/*_v2_*.vtest): key "this is the key".
const std::string kPlain =
    "AgETaHR0cDovL2V4YW1wbGUub3JnLwIFa2V5aWQAAAYgfN7nklEcW8b1KEhYBd_psk54XijiqZMB-dcRxgnjjvc";
const std::string kOneCaveat =
    "AgETaHR0cDovL2V4YW1wbGUub3JnLwIFa2V5aWQAAhRhY2NvdW50ID0gMzczNTkyODU1OQAABiD1SAf23G7fiL8Pcwazgi"
    "Vi"
    "o2JTPb9zObphdl2kvSWdhw";
const std::string kTwoCaveats =
    "AgETaHR0cDovL2V4YW1wbGUub3JnLwIFa2V5aWQAAhRhY2NvdW50ID0gMzczNTkyODU1OQACDHVzZXIgPSBhbGljZQAABi"
    "BL"
    "6WfNHqDGsmuvakqU7psFsViG2guoXoxCqTyNDhJe_A";
// kOneCaveat in version 1, from the same tests.
const std::string kOneCaveatV1 =
    "MDAyMWxvY2F0aW9uIGh0dHA6Ly9leGFtcGxlLm9yZy8KMDAxNWlkZW50aWZpZXIga2V5aWQKMDAxZGNpZCBhY2NvdW50ID"
    "0g"
    "MzczNTkyODU1OQowMDJmc2lnbmF0dXJlIPVIB_bcbt-Ivw9zBrOCJWKjYlM9v3M5umF2XaS9JZ2HCg";
constexpr std::string_view kKey = "this is the key";

const std::string kVersion = "\x02";
const std::string kEnd(1, '\0');
const std::string kHead = kVersion + field(1, "here") + field(2, "id") + kEnd;
const std::string kTail = kEnd + field(6, std::string(32, 's'));
const std::string kVid(72, 'v');

}  // namespace

TEST_CASE("version 2 tokens of libmacaroons verify with their key and with no other") {
  for (const std::string& text : {kPlain, kOneCaveat, kTwoCaveats}) {
    const Macaroon token = parsed(text);
    CHECK(token.verify(kKey));
    CHECK_FALSE(token.verify("this is not the key"));
    CHECK(token.location() == "http://example.org/");
    CHECK(token.identifier() == "keyid");
  }
  const std::vector<Caveat> caveats = parsed(kTwoCaveats).caveats();
  REQUIRE(caveats.size() == 2);
  CHECK(caveats[0].predicate == "account = 3735928559");
  CHECK(caveats[1].predicate == "user = alice");
}

TEST_CASE("the two versions of a token are each other's") {
  CHECK(parsed(kOneCaveat).serialize(Format::kV1) == kOneCaveatV1);
  CHECK(parsed(kOneCaveatV1).serialize(Format::kV2) == kOneCaveat);
  CHECK(parsed(kOneCaveat).with_caveat("user = alice")->serialize() == kTwoCaveats);
  const Macaroon minted = Macaroon::mint(kKey, "keyid", "http://example.org/");
  CHECK(minted.serialize(Format::kV2) == kPlain);
  CHECK(parsed(kPlain).serialize(Format::kV1) == minted.serialize());
}

TEST_CASE("the vectors of docs/protocol.md are one token") {
  const std::string first =
      "MDAxM2xvY2F0aW9uIGpvYnFkCjAwMjlpZGVudGlmaWVyIGsxLkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEKMDAxN2NpZCBw"
      "YXRo"
      "ID0gL3NjYW4vKgowMDE3Y2lkIGNsaWVudCA9IGFsaWNlCjAwMmZzaWduYXR1cmUg9HiHi09PL7ho-IDJn5PAOJbpu8i_"
      "jHEI"
      "GU9P3RRBY2oK";
  const std::string second =
      "AgEFam9icWQCGWsxLkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEAAg5wYXRoID0gL3NjYW4vKgACDmNsaWVudCA9IGFsaWNl"
      "AAAG"
      "IPR4h4tPTy-4aPiAyZ-TwDiW6bvIv4xxCBlPT90UQWNq";
  std::string key;
  for (char byte = 0; byte < 32; ++byte) key += byte;
  const Macaroon token = Macaroon::mint(key, "k1.AAAAAAAAAAAAAAAAAAAAAA", "jobqd")
                             .with_caveat("path = /scan/*")
                             ->with_caveat("client = alice")
                             .value();
  CHECK(token.serialize(Format::kV1) == first);
  CHECK(token.serialize(Format::kV2) == second);
}

TEST_CASE("a token is written in the version it came in") {
  for (const std::string& text : {kPlain, kOneCaveat, kOneCaveatV1}) {
    CHECK(parsed(text).serialize() == text);
  }
}

TEST_CASE("version 2 is taken raw, and in each spelling of base64") {
  std::string standard = kPlain;
  for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
  REQUIRE(standard != kPlain);
  for (const std::string& spelling :
       {standard, kPlain + "=", " " + kPlain + "\n", parsed(kPlain).binary(Format::kV2)}) {
    CHECK(parsed(spelling).serialize() == kPlain);
  }
}

TEST_CASE("go-macaroon's token with a third-party caveat comes back byte for byte") {
  const std::string key = std::string(24, '\0') +
                          "\xd3\x6e\xc5\x02\xe0\x58\x86\xd1\xf0\x27\x9f\x05\x5f\xa5\x25\x54\xd1"
                          "\x6d\x16\xc1\xb1\x40\x74\xbb\xb8\x3f\xf0\xfd\xd7\x9d\xc2\xfe\x09\x8f"
                          "\x0e\xd4\xa2\xb0\x91\x13\x0e\x6b\x5d\xb4\x6a\x20\xa8\x6b";
  const std::string raw =
      kVersion + field(1, "http://mybank/") + field(2, "we used our other secret key") + kEnd +
      field(2, "account = 3735928559") + kEnd + field(1, "http://auth.mybank/") +
      field(2, "this was how we remind auth of key/pred") + field(4, key) + kEnd + kEnd +
      field(6,
            "\xd2\x7d\xb2\xfd\x1f\x22\x76\x0e\x4c\x3d\xae\x81\x37\xe2\xd8\xfc"
            "\x1d\xf6\xc0\x74\x1c\x18\xae\xd4\xb9\x72\x56\xbf\x78\xd1\xf5\x5c");
  const Macaroon token = parsed(raw);
  CHECK(token.binary(Format::kV2) == raw);
  REQUIRE(token.caveats().size() == 2);
  CHECK_FALSE(token.caveats()[0].third_party);
  CHECK(token.caveats()[1].third_party);
  CHECK(token.caveats()[1].location == "http://auth.mybank/");

  // pymacaroons' discharge of it (test_prepare_for_request), with the signature it has there.
  const Macaroon discharge =
      Macaroon::mint("4; guaranteed random by a fair toss of the dice",
                     "this was how we remind auth of key/pred", "http://auth.mybank/")
          .with_caveat("time < 2015-01-01T00:00")
          .value();
  const Macaroon bound = token.bind(discharge);
  CHECK(
      bound.binary(Format::kV1)
          .ends_with(packet(
              "signature",
              "\x2e\xb0\x1d\x0d\xd2\xb4\x47\x53\x30\x73\x91\x40\x18\x86\x48\xcf\x25\xdd\xa0\x42\x5e"
              "\xa9\xf6\x61\xf1\x57\x4c\xa0\xa9\xea\xc5\x4e")));
  constexpr std::string_view kRoot =
      "this is a different super-secret key; never use the same secret twice";
  CHECK(token.verify(kRoot, std::vector{bound}));
  CHECK_FALSE(token.verify(kRoot, std::vector{discharge}));
  CHECK_FALSE(token.verify(kRoot));
}

TEST_CASE("only the canonical encoding of version 2 is read") {
  const std::string caveat = field(2, "x") + kEnd;
  REQUIRE(parses(kHead + caveat + caveat + kTail));
  REQUIRE(parses(kHead + field(1, "there") + field(2, "x") + field(4, kVid) + kEnd + kTail));
  REQUIRE(parses(kHead + field(2, "x") + field(4, kVid) + kEnd + kTail));
  REQUIRE(parses(kVersion + field(2, "") + kEnd + kTail));
  for (const std::string& bad : {
           std::string(kVersion),
           kHead,
           kHead + kTail + kEnd,
           kHead + caveat,
           kHead + kTail.substr(1),
           kHead + kEnd + field(6, std::string(31, 's')),
           kHead + kEnd + field(6, std::string(33, 's')),
           kVersion + field(1, "") + field(2, "id") + kEnd + kTail,
           kVersion + field(2, "id") + field(1, "here") + kEnd + kTail,
           kVersion + field(1, "here") + kEnd + kTail,
           kVersion + field(2, "id") + field(4, kVid) + kEnd + kTail,
           kHead + field(1, "there") + field(2, "x") + kEnd + kTail,
           kHead + field(4, kVid) + field(2, "x") + kEnd + kTail,
           kHead + field(2, "x") + field(4, kVid.substr(1)) + kEnd + kTail,
           kHead + field(2, "x") + field(3, "y") + kEnd + kTail,
           kHead + field(2, "x") + field(2, "x") + kEnd + kTail,
           kHead + "\x02\x81" + kEnd + "x" + kEnd + kTail,  // a length in more bytes than it needs
           kHead + "\x02\x81\x80" + kEnd + "x" + kEnd + kTail,
           kHead + "\x02\xff\xff\xff\xff\x0f" + kTail,
           "\x01" + kHead.substr(1) + kTail,
           "\x03" + kHead.substr(1) + kTail,
       }) {
    CAPTURE(bad);
    CHECK_FALSE(parses(bad));
  }
}

TEST_CASE("the limits are those of version 1") {
  std::string caveats;
  for (std::size_t i = 0; i < kCaveatsMax; ++i) caveats += field(2, "x") + kEnd;
  CHECK(parses(kHead + caveats + kTail));
  CHECK_FALSE(parses(kHead + caveats + field(2, "x") + kEnd + kTail));
  CHECK_FALSE(parses(kHead + std::string(7000, '\x02')));
  const Macaroon longest =
      Macaroon::mint("key", "id", "").with_caveat(std::string(kPacketBytesMax - 9, 'x')).value();
  CHECK(parsed(longest.serialize(Format::kV2)).serialize(Format::kV1) == longest.serialize());
  CHECK_FALSE(parses(kHead + "\x02\xf7\x1f" + std::string(4087, 'x') + kEnd + kTail));
}
