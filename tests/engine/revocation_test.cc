// The end of tokens: what was given to them is taken back, and who did what stays known.
#include "watched_engine.h"

namespace store {
namespace {

class Tokens : public WatchedEngine {
 public:
  // Does it with another token.
  template <typename Act>
  auto with(const std::string& other, Act act) {
    const std::string before = std::exchange(token, other);
    auto result = act();
    token = before;
    return result;
  }
  TokensReply revoke(const std::string& id, Time until = {}) {
    return with("k9.root", [&] { return ask<TokensReply>(RevokeToken{id, {until}}); });
  }
  Lease accept_with(const std::string& id, const std::string& worker) {
    return with(id, [&] { return accept_one(worker); });
  }
  std::uint64_t park_with(const std::string& id, Command command) {
    return with(id, [&] { return park(std::move(command)); });
  }
  std::uint64_t park_accept_with(const std::string& id, const std::string& worker) {
    return with(id, [&] { return park_accept(worker); });
  }
  bool is_revoked(const std::string& id) const { return engine.state().tokens.is_revoked(now, id); }
  // The request was refused because its token ended.
  bool is_turned_away(std::uint64_t request) {
    const auto reply = reply_to(request);
    if (!reply) {
      return false;
    }
    const auto* refused = std::get_if<Refused>(&*reply);
    REQUIRE(refused != nullptr);
    REQUIRE(refused->code == Code::kUnauthorized);
    REQUIRE(refused->detail == "token: is revoked");
    return true;
  }
};

}  // namespace

TEST_CASE_METHOD(Tokens, "no more revocations are remembered than the limit", "[share]") {
  limits.revocations_max = 2;
  submit({.allowance = {.rates = {{9, RateSpan::kHour}}}});  // counted, not revoked
  revoke("k1.a");
  revoke("k1.b", now + 10s);
  const auto refused = unchanged([&] {
    return std::get<Refused>(*apply(RevokeToken{"k1.c", {}}));
  });
  CHECK(refused.code == Code::kFull);
  CHECK(refused.limit == "revocationsMax");
  revoke("k1.a", now + 20s);  // it is there
  advance(10s);
  revoke("k1.a");  // which sweeps what is over
  revoke("k1.a");
  revoke("k1.c");
  CHECK(is_revoked("k1.c"));
}

TEST_CASE_METHOD(Tokens, "leases of a revoked token end, and their jobs wait again") {
  submit_all({"a", "b", "c"});
  const Lease a = accept_with("k1.w", "w1");
  const Lease b = accept_with("k1.other", "w2");
  const Lease c = accept_with("k1.w", "w3");
  advance(1s);
  revoke("k1.w");
  for (const char* const job : {"a", "c"}) {
    const JobView shown = view(job);
    CHECK(shown.status == Status::kSubmitted);
    CHECK(shown.attempt == 1);
    CHECK(shown.failures == 0);
    CHECK(shown.releases == 1);
    CHECK(shown.not_before == Time());
  }
  REQUIRE(last<Released>().token == "k9.root");
  REQUIRE(last_event(Kind::kReleased).text == "the worker's token was revoked");
  REQUIRE(status("b") == Status::kAccepted);
  REQUIRE(refusal(complete(a)) == Code::kConflict);
  REQUIRE(refusal(complete(c)) == Code::kConflict);
  REQUIRE(taken(complete(b)) == Status::kComplete);
  // Somebody else gets them, in the order in which they came.
  REQUIRE(ids(accept(5, "w2")) == Ids{"a", "c"});
}

TEST_CASE_METHOD(Tokens, "a job that somebody wants no more is cancelled with its lease") {
  submit_all({"a", "b"});
  accept_with("k1.w", "w1");
  accept_with("k1.w", "w2");
  cancel("b");
  revoke("k1.w");
  REQUIRE(status("a") == Status::kSubmitted);
  REQUIRE(status("b") == Status::kCancelled);
  REQUIRE(last<Cancelled>().token == "k9.root");
}

TEST_CASE_METHOD(Tokens, "a job that may be released no more is not failed by a revocation") {
  submit({.job = "a", .releases_max = 1});
  accept_with("k1.w", "w1");
  revoke("k1.w");
  REQUIRE(status("a") == Status::kSubmitted);
  REQUIRE(view("a").releases == 1);
}

TEST_CASE_METHOD(Tokens, "who waits for jobs with a revoked token is turned away first") {
  submit({.job = "a"});
  accept_with("k1.w", "w1");
  const auto own = park_accept_with("k1.w", "w2");
  const auto other = park_accept_with("k1.other", "w3");
  revoke("k1.w");
  REQUIRE(is_turned_away(own));
  const auto reply = reply_to(other);
  REQUIRE(reply);
  REQUIRE(ids(std::get<AcceptReply>(*reply).jobs) == Ids{"a"});
  REQUIRE(last<Accepted>().token == "k1.other");
  REQUIRE(view("a").worker == "w3");
  // The place that it waited in is free.
  submit({.job = "b"});
  REQUIRE(accept_one("w2").job == "b");
}

TEST_CASE_METHOD(Tokens, "who waits for news with a revoked token is turned away") {
  submit_all({"a", "b"});
  accept_with("k1.worker", "w1");
  const auto ask_all = [&](const std::string& id, const std::string& worker) {
    return std::vector{
        park_with(id, patient("b", 60s)), park_with(id, read_command(last_sequence(), 60s)),
        park_with(id, Renew{"scan", {}, {}, worker, 60s, 0}), park_accept_with(id, worker + "x")};
  };
  // Nobody takes "b" meanwhile.
  set_mode(Mode::kPaused);
  const auto own = ask_all("k1.a", "w1");
  const auto others = ask_all("k1.b", "w2");
  revoke("k1.a");
  for (const std::uint64_t request : own) {
    CHECK(is_turned_away(request));
  }
  for (const std::uint64_t request : others) {
    CHECK_FALSE(reply_to(request));
  }
  // They are not answered twice.
  cancel("b");
  advance(60s);
  for (const std::uint64_t request : own) {
    CHECK_FALSE(reply_to(request));
  }
  for (const std::uint64_t request : others) {
    CHECK(reply_to(request));
  }
}

TEST_CASE_METHOD(Tokens, "a revocation lasts until its time, or for ever") {
  revoke("k1.a", now + 10s);
  revoke("k1.b");
  REQUIRE(is_revoked("k1.a"));
  REQUIRE(is_revoked("k1.b"));
  REQUIRE_FALSE(is_revoked("k1.c"));
  REQUIRE_FALSE(is_revoked("k1."));
  REQUIRE_FALSE(is_revoked(""));
  advance(10s - 1ms);
  REQUIRE(is_revoked("k1.a"));
  advance(1ms);
  REQUIRE_FALSE(is_revoked("k1.a"));
  advance(24h * 1000);
  REQUIRE(is_revoked("k1.b"));
}

TEST_CASE_METHOD(Tokens, "a revocation is not refused, unless it is over before it begins") {
  for (const Time until : {now, now - 1ms, Time(1ms)}) {
    const auto reply = unchanged([&] { return apply(RevokeToken{"k1.a", {until}}); });
    REQUIRE(refusal(reply) == Code::kBadRequest);
    REQUIRE(std::get<Refused>(*reply).detail == "revoke.until: is over");
  }
  revoke("k1.a", now + 1ms);
  REQUIRE(is_revoked("k1.a"));
}

TEST_CASE_METHOD(Tokens, "of several revocations of a token the last one counts") {
  revoke("k1.a");
  revoke("k1.a", now + 10s);
  advance(5s);
  revoke("k1.a", now + 10s);
  advance(10s - 1ms);
  REQUIRE(is_revoked("k1.a"));
  advance(1ms);
  REQUIRE_FALSE(is_revoked("k1.a"));
}

TEST_CASE_METHOD(Tokens, "a revocation is answered with the token as it is then") {
  token = "k1.a";
  submit_all({"a", "b"}, {.allowance = {.rates = {{9, RateSpan::kHour}}}});
  accept_one();
  const TokensReply reply = revoke("k1.a", now + 1min);
  REQUIRE(reply.tokens.size() == 1);
  CHECK(reply.is_end);
  CHECK(reply.tokens[0].id == "k1.a");
  CHECK(reply.tokens[0].waiting == 2);
  CHECK(reply.tokens[0].running == 0);
  CHECK(used(reply.tokens[0], "h") == 2);
  CHECK_FALSE(used(reply.tokens[0], "d"));
  REQUIRE(reply.tokens[0].is_revoked);
  CHECK(reply.tokens[0].revoked_until == now + 1min);
  const TokensReply unheard = revoke("k1.unheard-of");
  REQUIRE(unheard.tokens.size() == 1);
  CHECK(unheard.tokens[0].revoked_until == Time());
}

TEST_CASE_METHOD(Tokens, "jobs that were submitted with a revoked token stay") {
  token = "k1.a";
  submit({.job = "waits"});
  const Lease lease =
      with("k1.w", [&] { return submit_and_accept({.job = "runs", .priority = 90}); });
  revoke("k1.a");
  REQUIRE(status("waits") == Status::kSubmitted);
  REQUIRE(taken(complete(lease)) == Status::kComplete);
}

TEST_CASE_METHOD(Tokens, "a lease is told by the token alone, whatever caveats it keeps") {
  submit_all({"a", "b"});
  caveats = "\ntime < 5\npath = /jobs/scan/*";
  accept_with("k1.w", "w1");
  caveats.clear();
  REQUIRE(engine.state().tokens.accept_token_of(*find("a")) ==
          "k1.w\ntime < 5\npath = /jobs/scan/*");
  REQUIRE(std::get<Accepted>(last<Accepted>().change).caveats == "\ntime < 5\npath = /jobs/scan/*");
  accept_with("k1.w", "w2");
  revoke("k1.w");
  REQUIRE(view("a").releases == 1);
  REQUIRE(view("b").releases == 1);
}

TEST_CASE_METHOD(Tokens, "a parked accept keeps the caveats that it came with") {
  caveats = "\ntime < 5";
  const auto parked = park_accept_with("k1.w", "w1");
  caveats.clear();
  submit({.job = "a"});
  REQUIRE(reply_to(parked));
  REQUIRE(last<Accepted>().token == "k1.w");
  REQUIRE(std::get<Accepted>(last<Accepted>().change).caveats == "\ntime < 5");
  REQUIRE(last<Submitted>().token.empty());
}

TEST_CASE_METHOD(Tokens, "with a root key all of its tokens end, and no others") {
  submit_all({"a", "b", "c"});
  accept_with("k1.w", "w1");
  accept_with("k10.w", "w2");
  accept_with("k1.v", "w3");
  set_mode(Mode::kPaused);
  const auto own = park_accept_with("k1.u", "w4");
  const auto other = park_accept_with("k10.u", "w5");
  const Allowance counted{.rates = {{9, RateSpan::kDay}}};
  for (const char* const id : {"k1.x", "k10.x"}) {
    with(id, [&] { return submit({.allowance = counted}); });
  }
  revoke("k1.y");
  revoke("k10.y");
  engine.end_tokens_of(now, chance(), "k1", effects);
  REQUIRE(is_turned_away(own));
  REQUIRE_FALSE(reply_to(other));
  REQUIRE(status("a") == Status::kSubmitted);
  REQUIRE(status("b") == Status::kAccepted);
  REQUIRE(status("c") == Status::kSubmitted);
  REQUIRE(last<Released>().token.empty());
  // What was known of them is of no use any more.
  REQUIRE(engine.state().tokens.use_of("k1.x") == nullptr);
  REQUIRE(engine.state().tokens.use_of("k1.y") == nullptr);
  REQUIRE(engine.state().tokens.use_of("k10.x") != nullptr);
  REQUIRE(is_revoked("k10.y"));
}

TEST_CASE_METHOD(Tokens,
                 "the journal says with which token each thing was done, or that time did it") {
  token = "k1.client";
  submit({.job = "a", .delay = 1s, .valid_for = 1min});
  REQUIRE(last<DatasourceAdded>().token == "k1.client");
  REQUIRE(last<Submitted>().token == "k1.client");
  advance(1s);
  REQUIRE(last<Due>().token.empty());
  const Lease lease = accept_with("k1.w", "w1");
  REQUIRE(last<Accepted>().token == "k1.w");
  with("k1.v", [&] { return update(lease, Progress{0.5F, {}}); });
  REQUIRE(last<Progressed>().token == "k1.v");
  cancel("a");
  REQUIRE(last<CancelRequested>().token == "k1.client");
  advance(30s);
  REQUIRE(last<Cancelled>().token.empty());
  with("k1.root", [&] { return park(Remove{"scan", "a"}); });
  advance(0s);
  REQUIRE(last<Removed>().token == "k1.root");
  submit({.job = "b", .valid_for = 1s});
  advance(1s);
  REQUIRE(last<Expired>().token.empty());
  with("k1.root", [&] { return set_mode(Mode::kPaused); });
  REQUIRE(last<ModeSet>().token == "k1.root");
}

}  // namespace store
