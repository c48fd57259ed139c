#include "token_series.h"

#include <catch2/catch.hpp>

namespace auth {

TEST_CASE("a series gives the tokens that narrowing gives") {
  const std::string key(32, 'k');
  // The common part ends at each place within a character of base64.
  for (const std::string path : {"/scan/job/*", "/scan1/job/*", "/scan12/job/*"}) {
    const Macaroon common = Macaroon::mint(key, "k1.AAAAAAAAAAAAAAAAAAAAAA", "jobqd")
                                .with_caveat("path = " + path)
                                .value();
    const TokenSeries series(common);
    for (const std::string& job : {std::string("a"), std::string("b"), std::string(128, 'x')}) {
      const std::string predicate = "job = " + job;
      const std::string text = series.with_caveat(predicate);
      CHECK(text == common.with_caveat(predicate)->serialize(Format::kV1));
      const auto parsed = Macaroon::parse(text);
      REQUIRE(std::holds_alternative<Macaroon>(parsed));
      CHECK(std::get<Macaroon>(parsed).verify(key));
    }
  }
}

}  // namespace auth
