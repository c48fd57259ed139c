// What is counted and known of tokens survives the end of a store, wherever that finds it.
#include "../describe/describe.h"
#include "record.h"
#include "store_fixture.h"

namespace store {
namespace {

class TokenStore : public StoreFixture {
 public:
  Allowance counted(std::uint64_t count, RateSpan span) { return {.rates = {{count, span}}}; }

  void submit_with(const std::string& id, SubmitOptions options) {
    token = id;
    run(submit_command(std::move(options)));
    token.clear();
  }
  void revoke(const std::string& id, Time until = {}) {
    token = "k9.root";
    run(RevokeToken{id, {until}});
    token.clear();
  }
  void accept_with(const std::string& id, const std::string& kept = {}) {
    token = id;
    caveats = kept;
    run(accept_command(1, "w" + id));
    token.clear();
    caveats.clear();
  }

  // Whatever of the checkpoint is lost.
  template <typename Look>
  void after_each_end(Look look) {
    for (std::size_t lost = 0; lost <= storage.unflushed(); ++lost) {
      CAPTURE(lost);
      StartedAgain after(limits, storage.crashed(lost));
      REQUIRE(after.engine.digest() == engine.digest());
      look(after.engine);
    }
  }

  // The one reply to a question of `id`.
  Reply ask(Engine& any, const std::string& id, Command command) {
    Effects effects;
    any.apply(now, 1, {0, {}, true, 1, id, {}}, std::move(command), effects);
    REQUIRE(effects.replies.size() == 1);
    return effects.replies.at(0).reply;
  }
  // When the store says that the next job may come; zero: now.
  Span wait_of(Engine& any, const std::string& id, const Allowance& allowance) {
    const Reply reply = ask(any, id, submit_command({.job = "probe", .allowance = allowance}));
    const auto& item = std::get<SubmitReply>(reply).items.at(0);
    const auto* refused = std::get_if<Refused>(&item);
    return refused == nullptr ? Span::zero() : refused->retry_after;
  }
};

// When the records of what happened reach the disk.
enum class Written { kNever, kBefore, kBetween, kAtTheEnd };

}  // namespace

TEST_CASE_METHOD(TokenStore, "budgets, leases and revocations are as they were") {
  const auto written =
      GENERATE(Written::kNever, Written::kBefore, Written::kBetween, Written::kAtTheEnd);
  CAPTURE(static_cast<int>(written));
  const Allowance three = counted(3, RateSpan::kDay);
  submit_with("k1.a", {.job = "a", .allowance = three});
  revoke("k1.old");
  if (written == Written::kBefore) {
    checkpoint.write();
  }
  now += 1h;
  submit_with("k1.a", {.job = "b", .allowance = three});
  submit_with("k1.b", {.job = "c", .allowance = counted(1, RateSpan::kSecond)});
  accept_with("k1.w", "\ntime < 5");
  if (written == Written::kBetween) {
    checkpoint.write();
  }
  now += 10ms;
  submit_with("k1.a", {.job = "d", .allowance = three});
  revoke("k1.old", now + 1min);
  revoke("k1.gone");
  if (written == Written::kAtTheEnd) {
    checkpoint.write();
  }
  const auto expected = std::get<TokensReply>(ask(engine, "k9.root", ListTokens{{}, 100}));
  REQUIRE(expected.tokens.size() == 5);
  after_each_end([&](Engine& again) {
    const auto reply = std::get<TokensReply>(ask(again, "k9.root", ListTokens{{}, 100}));
    REQUIRE(reply.tokens.size() == expected.tokens.size());
    for (std::size_t i = 0; i < reply.tokens.size(); ++i) {
      CHECK(describe(reply.tokens[i]) == describe(expected.tokens[i]));
    }
    CHECK(again.state().tokens.is_revoked(now, "k1.gone"));
    CHECK(again.state().tokens.is_revoked(now + 1min - 1ms, "k1.old"));
    CHECK_FALSE(again.state().tokens.is_revoked(now + 1min, "k1.old"));
    const Job* held = again.state().find(0, "a");
    CHECK(again.state().tokens.accept_token_of(*held) == "k1.w\ntime < 5");
    CHECK(again.state().tokens.submit_token_of(*held) == "k1.a");
    CHECK(again.state().tokens.waiting_of("k1.a") == 2);
    const Span wait = wait_of(again, "k1.a", three);
    CHECK(wait > 22h);
    CHECK(wait == wait_of(engine, "k1.a", three));
    CHECK(refusal(std::get<SubmitReply>(
                      ask(again, "k1.a",
                          submit_command({.job = "probe", .allowance = {.waiting_max = 2}})))
                      .items.at(0)) == Code::kTooMany);
  });
}

TEST_CASE_METHOD(TokenStore, "a lease that outlives a start ends with its token") {
  submit_with("k1.a", {.job = "a"});
  submit_with("k1.a", {.job = "b"});
  accept_with("k1.w", "\nclient = c");
  accept_with("k2.w");
  if (GENERATE(false, true)) {
    checkpoint.write();
  }
  after_each_end([&](Engine& again) {
    ask(again, "k9.root", RevokeToken{"k1.w", {}});
    CHECK(again.state().find(0, "a")->status == Status::kSubmitted);
    CHECK(again.state().find(0, "b")->status == Status::kAccepted);
    Effects effects;
    again.end_tokens_of(now, chance(), "k2", effects);
    CHECK(again.state().find(0, "b")->status == Status::kSubmitted);
  });
}

TEST_CASE_METHOD(TokenStore, "a token that is forgotten leaves no record") {
  submit_with("k1.a", {.allowance = counted(1, RateSpan::kSecond)});
  const bool is_written = GENERATE(false, true);
  if (is_written) {
    checkpoint.write();
    REQUIRE(count_records(storage, "t") == 1);
  }
  now += 2s;
  for (int i = 0; i < 3; ++i) {
    submit_with("k1.b", {.allowance = counted(9, RateSpan::kDay)});
  }
  REQUIRE(engine.state().tokens.use_of("k1.a") == nullptr);
  after_each_end([&](Engine& again) { CHECK(again.state().tokens.use_of("k1.a") == nullptr); });
  checkpoint.write();
  REQUIRE(count_records(storage, "t") == 1);
  after_each_end([&](Engine& again) { CHECK(again.state().tokens.uses().size() == 1); });
}

TEST_CASE_METHOD(TokenStore, "a token whose root key is gone leaves no record") {
  submit_with("k1.a", {.allowance = counted(9, RateSpan::kDay)});
  submit_with("k2.a", {.allowance = counted(9, RateSpan::kDay)});
  revoke("k1.b");
  checkpoint.write();
  REQUIRE(count_records(storage, "t") == 3);
  engine.end_tokens_of(now, chance(), "k1", effects);
  end_turn();
  after_each_end([&](Engine& again) { CHECK(again.state().tokens.uses().size() == 1); });
  checkpoint.write();
  REQUIRE(count_records(storage, "t") == 1);
}

TEST_CASE_METHOD(TokenStore, "a token that is used often is written once") {
  for (int i = 0; i < 20; ++i) {
    submit_with("k1.a", {.allowance = counted(100, RateSpan::kDay)});
  }
  checkpoint.write();
  std::size_t writes = 0;
  for (const CheckpointBatch::Write& write : storage.batches().back().writes) {
    writes += write.key.starts_with('t') ? 1 : 0;
  }
  REQUIRE(writes == 1);
  const TokenUse use = decode_record<TokenUse>(*storage.read_checkpoint(token_key("k1.a")));
  REQUIRE(use.windows[static_cast<std::size_t>(RateSpan::kDay)]->used(now) == 20);
}

TEST_CASE_METHOD(TokenStore, "jobs of before tokens were noted live on with them") {
  run(submit_command({.job = "a"}));
  run(submit_command({.job = "b"}));
  run(accept_command(1));
  if (GENERATE(false, true)) {
    checkpoint.write();
  }
  submit_with("k1.a", {.job = "c"});
  after_each_end([&](Engine& again) {
    CHECK(again.state().tokens.waiting_of("k1.a") == 1);
    CHECK(again.state().tokens.accept_token_of(*again.state().find(0, "a")).empty());
    ask(again, "k9.root", RevokeToken{"k1.a", {}});
    CHECK(again.state().find(0, "a")->status == Status::kAccepted);
  });
}

TEST_CASE_METHOD(TokenStore, "who pays for a name is the same after each kind of start") {
  const auto held = [](const Engine& any, const char* by) {
    return any.state().brought.of(by).bytes;
  };
  const std::string client(100, 'c');
  submit_with("k1.first", {.job = "a", .client = client});
  submit_with("k1.second", {.job = "b", .client = client});
  checkpoint.write();
  submit_with("k1.third", {.job = "c", .client = client, .tags = {client}});
  const std::size_t all = engine.state().brought.all().bytes;
  REQUIRE(held(engine, "k1.first") > held(engine, "k1.third"));
  REQUIRE(held(engine, "k1.third") > held(engine, "k1.second"));
  after_each_end([&](Engine& started) {
    CHECK(started.state().brought.all().bytes == all);
    for (const char* by : {"k1.first", "k1.second", "k1.third"}) {
      CHECK(held(started, by) == held(engine, by));
    }
  });
  token = "k1.first";
  run(Cancel{"scan", "a", client});
  run(Remove{"scan", "a"});
  pass(1ms);
  REQUIRE(find("a") == nullptr);
  REQUIRE(held(engine, "k1.first") > 1'000);  // for the others, which have it still
  after_each_end([&](Engine& started) {
    CHECK(held(started, "k1.first") == 0);
    CHECK(held(started, "k1.second") > 1'000);
  });
}

TEST_CASE_METHOD(TokenStore, "for whom a worker is remembered is known after a start") {
  const auto rows = [](const Engine& any) { return any.state().worker_rows.of("k1.greedy").count; };
  submit_with("k1.client", {.job = "a"});
  submit_with("k1.client", {.job = "b"});
  token = "k1.greedy";
  run(accept_command(1, "w1"));
  checkpoint.write();
  run(accept_command(1, "w2"));
  REQUIRE(rows(engine) == 2);
  after_each_end([&](Engine& started) {
    CHECK(rows(started) == 2);
    CHECK(started.state().worker_rows.all().count == 2);
  });
}

TEST_CASE_METHOD(TokenStore, "who made a datasource is known after a start") {
  limits.datasources_per_token_max = 2;
  limits.config_bytes_per_token_max = 100;
  const auto made = [](const Engine& any) { return any.state().made.of("k1.greedy"); };
  submit_with("k1.greedy", {.job = "a", .datasource = "one"});
  checkpoint.write();
  token = "k1.operator";
  run(Configure{"one", {.description = std::string(90, 'd'), .terms = {}}});
  submit_with("k1.greedy", {.job = "b", .datasource = "two"});
  checkpoint.write();
  REQUIRE(made(engine).count == 2);
  after_each_end([&](Engine& started) {
    CHECK(made(started).count == 2);
    CHECK(made(started).bytes == 90);
    const auto answer =
        ask(started, "k1.greedy", submit_command({.job = "c", .datasource = "three"}));
    const auto& item = std::get<SubmitReply>(answer).items.at(0);
    REQUIRE(std::holds_alternative<Refused>(item));
    CHECK(std::get<Refused>(item).limit == "datasourcesPerTokenMax");
    CHECK(std::holds_alternative<Refused>(
        ask(started, "k1.greedy",
            Configure{"two", {.description = std::string(11, 'd'), .terms = {}}})));
  });
}

}  // namespace store
