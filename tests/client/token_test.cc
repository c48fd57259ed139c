// Narrowing tokens with the library.
#include "jobq/token.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "caveats.h"
#include "discharges.h"

using auth::Format;
using auth::Macaroon;

namespace {

const std::string kKey(32, 'k');

Macaroon alice() {
  return Macaroon::mint(kKey, "k1.AAAAAAAAAAAAAAAAAAAAAA", "jobqd")
      .with_caveat("client = alice")
      .value();
}

std::vector<std::string> caveats_of(const std::string& token) {
  std::vector<std::string> list;
  for (const auto& caveat : std::get<Macaroon>(Macaroon::parse(token)).caveats()) {
    list.push_back(caveat.predicate);
  }
  return list;
}

// What attenuate() says against it.
std::string complaint(const std::string& token, const std::vector<std::string>& caveats) {
  try {
    static_cast<void>(jobq::attenuate(token, caveats));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("attenuate adds the caveats and keeps the version of the token") {
  for (const Format format : {Format::kV1, Format::kV2}) {
    const std::string narrowed =
        jobq::attenuate(alice().serialize(format), {"job = j1", "status-only"});
    CHECK(caveats_of(narrowed) ==
          std::vector<std::string>{"client = alice", "job = j1", "status-only"});
    const Macaroon token = std::get<Macaroon>(Macaroon::parse(narrowed));
    CHECK(token.serialize(format) == narrowed);
    CHECK(token.verify(kKey));
    CHECK_FALSE(token.verify(std::string(32, 'l')));
    CHECK(jobq::attenuate(alice().binary(format), {"job = j1", "status-only"}) == narrowed);
  }
  CHECK(jobq::attenuate(alice().serialize() + "\n", {}) == alice().serialize());
}

TEST_CASE("attenuate names the caveat that is none") {
  const std::string token = alice().serialize();
  CHECK(complaint(token, {"status-only", "bytes <= 1k"}) ==
        "caveat 'bytes <= 1k' is malformed; it is written as in 'bytes <= 100000'");
  CHECK(complaint(token, {"colour = red"}) ==
        "there is no caveat 'colour = red': the store would refuse everything");
  CHECK(complaint(token, {"job = j1\n"}).starts_with("caveat 'job = j1\\x0a' is malformed"));
  CHECK(complaint(token, {""}).starts_with("there is no caveat ''"));
}

TEST_CASE("attenuate refuses what it cannot narrow, without quoting it") {
  CHECK(complaint("secret", {"status-only"}).find("secret") == std::string::npos);
  CHECK(complaint("secret", {"status-only"}) != "none");
  CHECK(complaint("", {}) != "none");
  const std::vector<std::string> too_many(auth::kCaveatsMax, "status-only");
  CHECK(complaint(alice().serialize(), too_many) == "the token would be too long");

  const auth::ThirdParty party{"https://login", "shared", "user = alice"};
  const Macaroon wanting = alice().with_third_party_caveat(party).value();
  CHECK(caveats_of(jobq::attenuate(wanting.serialize(), {"job = j1"})).size() == 3);
  const Macaroon discharge = Macaroon::mint(party.key, party.identifier, party.location);
  const std::string bundle = wanting.serialize() + " " + wanting.bind(discharge).serialize();
  CHECK(complaint(bundle, {"job = j1"}).starts_with("discharges are bound to this token"));
}
