#include <catch2/catch.hpp>

#include "http_request.h"
#include "refusal.h"
#include "rest.h"

namespace {

struct Headers {
  kj::HttpHeaderTable::Builder builder;
  gateway::HeaderIds ids{builder};
  kj::Own<kj::HttpHeaderTable> table = builder.build();

  kj::HttpHeaders of(const std::vector<std::pair<const char*, const char*>>& all) const {
    kj::HttpHeaders headers(*table);
    for (const auto& [name, value] : all) headers.add(kj::StringPtr(name), kj::StringPtr(value));
    return headers;
  }
  std::string token(const std::vector<std::pair<const char*, const char*>>& all,
                    bool is_tls = false) const {
    return read_request(kj::HttpMethod::GET, "/", of(all), ids, is_tls).token;
  }
};

}  // namespace

TEST_CASE_METHOD(Headers, "the token is the bearer's, else the cookie's") {
  REQUIRE(token({{"Authorization", "Bearer abc"}}) == "abc");
  REQUIRE(token({{"Authorization", "bearer  abc def "}}) == "abc def");
  REQUIRE(token({{"Cookie", "a=b; jobq=abc.def; c=d"}}) == "abc def");
  REQUIRE(token({{"Cookie", "jobq=a"}, {"Authorization", "Bearer b"}}) == "b");
  REQUIRE(token({{"Cookie", "xjobq=a; jobqx=b"}}) == "");
  REQUIRE(token({}) == "");
  // With TLS only the cookie that a plain page cannot have set.
  REQUIRE(token({{"Cookie", "jobq=a"}}, true) == "");
  REQUIRE(token({{"Cookie", "__Host-jobq=a"}}, true) == "a");
  REQUIRE_THROWS_AS(token({{"Authorization", "Digest YTpi"}}), gateway::Refusal);
}

TEST_CASE_METHOD(Headers, "a name and a password are no token") {
  const auto basic = [&](const char* text) {
    const auto headers = of({{"Authorization", text}, {"Cookie", "jobq=a"}});
    const auto request = read_request(kj::HttpMethod::GET, "/", headers, ids, false);
    REQUIRE(request.token.empty());
    return request.basic;
  };
  REQUIRE(basic("Basic YTpi") == "a:b");
  REQUIRE(basic("basic YTpiOmM=") == "a:b:c");
  for (const char* wrong : {"Basic", "Basic YQ==", "Basic YTpi, Basic YTpi", "Basic !"}) {
    REQUIRE_THROWS_AS(basic(wrong), gateway::Refusal);
  }
}

TEST_CASE_METHOD(Headers, "a body's end is said in one way") {
  const auto wrong = [&](const std::vector<std::pair<const char*, const char*>>& all) {
    return !gateway::wrong_framing(of(all)).empty();
  };
  REQUIRE_FALSE(wrong({}));
  REQUIRE_FALSE(wrong({{"Content-Length", "12"}}));
  REQUIRE_FALSE(wrong({{"Transfer-Encoding", "Chunked"}}));
  REQUIRE(wrong({{"Content-Length", "1"}, {"Content-Length", "1"}}));
  REQUIRE(wrong({{"Content-Length", "+1"}}));
  REQUIRE(wrong({{"Content-Length", "9999999999999999"}}));
  REQUIRE(wrong({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}));
  REQUIRE(wrong({{"Transfer-Encoding", "gzip, chunked"}}));
  REQUIRE(wrong({{"Host", "a"}, {"Host", "b"}}));
}

TEST_CASE("a wait that is preferred is bounded") {
  using gateway::wait_of_preference;
  REQUIRE(wait_of_preference("wait=30") == jobq::Span(30000));
  REQUIRE(wait_of_preference("respond-async, wait=5") == jobq::Span(5000));
  REQUIRE(wait_of_preference("wait=1000000") == jobq::Span(60000));
  REQUIRE_FALSE(wait_of_preference("handling=strict"));
  REQUIRE_THROWS_AS(wait_of_preference("wait=soon"), gateway::Refusal);
}

TEST_CASE("a path's methods are those of the store's table, HEAD beside GET") {
  REQUIRE(gateway::allowed_methods("/scan/job/") == "GET, HEAD, POST, OPTIONS");
  REQUIRE(gateway::allowed_methods("/scan/job/a/cancel") == "POST, OPTIONS");
  REQUIRE(gateway::allowed_methods("/nothing") == "");
  const auto refused = gateway::route_of(kj::HttpMethod::PATCH, "/scan/job/a");
  REQUIRE(std::get<gateway::Reply>(refused).code == 405);
  REQUIRE(
      std::holds_alternative<store::Route>(gateway::route_of(kj::HttpMethod::HEAD, "/scan/job/a")));
}
