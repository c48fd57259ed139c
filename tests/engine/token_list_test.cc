// What an operator sees of tokens.
#include "engine_fixture.h"

namespace store {
namespace {

class TokenList : public ReplayedEngine {
 public:
  TokensReply list(const std::string& after = {}, std::size_t limit = 100) {
    return unchanged([&] { return ask<TokensReply>(ListTokens{after, limit}); });
  }
  Ids names(const std::string& after = {}, std::size_t limit = 100) {
    Ids names;
    for (const jobq::TokenUse& token : list(after, limit).tokens) {
      names.push_back(token.id);
    }
    return names;
  }
  void submit_with(const std::string& id, SubmitOptions options = {}) {
    token = id;
    submit(std::move(options));
    token.clear();
  }
};

}  // namespace

TEST_CASE_METHOD(TokenList, "an empty store knows no tokens") {
  REQUIRE(names().empty());
  REQUIRE(list().is_end);
  submit_and_accept();
  REQUIRE(names().empty());
}

TEST_CASE_METHOD(TokenList, "tokens are listed with what waits, runs and counts") {
  const Allowance counted{.rates = {{9, RateSpan::kSecond}, {9, RateSpan::kDay}}};
  submit_with("k1.a", {.priority = 90, .allowance = counted});
  submit_with("k1.a", {.allowance = counted});
  submit_with("k1.b", {.priority = 80});
  token = "k1.a";
  caveats = "\ntime < 5";
  accept(2, "w1");
  caveats.clear();
  token = "k1.w";
  accept(1, "w2");
  ask<TokensReply>(RevokeToken{"k1.z", {now + 1min}});
  token.clear();
  const TokensReply reply = list();
  REQUIRE(names() == Ids{"k1.a", "k1.b", "k1.w", "k1.z"});
  CHECK(reply.is_end);
  const jobq::TokenUse& a = reply.tokens[0];
  CHECK(a.waiting == 0);
  CHECK(a.running == 2);
  CHECK(used(a, "s") == 2);
  CHECK(used(a, "d") == 2);
  CHECK_FALSE(used(a, "m"));
  CHECK_FALSE(a.is_revoked);
  CHECK(reply.tokens[1].running == 0);
  CHECK(reply.tokens[2].running == 1);
  CHECK(reply.tokens[3].revoked_until == now + 1min);
  advance(2s);
  CHECK(used(list().tokens[0], "s") == 0);
  CHECK(used(list().tokens[0], "d") == 2);
  advance(58s);
  CHECK_FALSE(list().tokens.back().is_revoked);
}

TEST_CASE_METHOD(TokenList, "a token is listed for as long as there is a job of it") {
  submit_with("k1.a", {.job = "a"});
  token = "k1.w";
  complete(accept_one());
  token.clear();
  REQUIRE(names() == Ids{"k1.a", "k1.w"});
  CHECK(list().tokens[0].waiting == 0);
  CHECK(list().tokens[1].running == 0);
  apply(Remove{"scan", "a"});
  advance(0s);
  REQUIRE(names().empty());
}

TEST_CASE_METHOD(TokenList, "of several attempts the latest one's token is listed") {
  submit({.job = "a"});
  for (const char* const id : {"k1.v", "k1.w", "k1.w"}) {
    token = id;
    release(accept_one());
  }
  token.clear();
  REQUIRE(names() == Ids{"k1.w"});
  accept_one();
  REQUIRE(names().empty());
}

TEST_CASE_METHOD(TokenList, "pages follow each other in the order of the bytes") {
  // One of them in several lists, and one with caveats behind it.
  const Ids all{"A", "B.z", "a", "a-", "a.", "b", "\x7f"};
  for (const std::string& id : all) {
    submit_with(id);
  }
  token = "a";
  caveats = "\nclient = b";
  accept_one();
  token.clear();
  caveats.clear();
  for (std::size_t limit = 1; limit <= all.size() + 1; ++limit) {
    Ids seen;
    for (bool is_end = false; !is_end;) {
      const TokensReply page = list(seen.empty() ? "" : seen.back(), limit);
      REQUIRE(page.tokens.size() <= limit);
      REQUIRE(!page.tokens.empty());
      for (const jobq::TokenUse& token : page.tokens) {
        seen.push_back(token.id);
      }
      is_end = page.is_end;
    }
    REQUIRE(seen == all);
  }
  REQUIRE(names("a") == Ids{"a-", "a.", "b", "\x7f"});
  REQUIRE(names("a.a") == Ids{"b", "\x7f"});
  REQUIRE(names("\x7f").empty());
  REQUIRE(list("\x7f").is_end);
}

}  // namespace store
