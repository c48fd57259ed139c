// Records of what was done with which token, and of what is counted and known of tokens.
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <catch2/catch.hpp>

#include "golden_records.h"
#include "record.capnp.h"
#include "record.h"

namespace store {
namespace {

const std::string kCaveats = "\ntime < 1700000060\npath = /jobs/scan/*";

Submitted submitted_by_token(const std::string& id) {
  return plain(id, {.keep_for = Span(60'000),
                    .failures_max = 5,
                    .lost_leases_max = 3,
                    .backoff = Backoff{{}, {}, 100, 0}});
}

// Of several callers, in turns, and of the store.
std::vector<Entry> entries_with_tokens() {
  const auto accepted = [](std::uint64_t number, const std::string& caveats) {
    return Accepted{.worker = "w",
                    .request_number = number,
                    .deadline = at(30'000),
                    .out_of_turn = false,
                    .caveats = caveats};
  };
  return {
      {.sequence = 0, .job = {}, .change = Charged{"k1.a", 1, 0b1001}, .token = "k1.a"},
      {.sequence = 1, .job = {0, 1}, .change = submitted_by_token("j-1"), .token = "k1.a"},
      {.sequence = 0, .job = {}, .change = Charged{"k1.b", 1'000'000, 0}, .token = "k1.b"},
      {.sequence = 2, .job = {0, 2}, .change = submitted_by_token("j-2"), .token = "k1.b"},
      {.sequence = 0, .job = {}, .change = TokenForgotten{"k1.old"}, .token = "k1.b"},
      {.sequence = 3, .job = {0, 1}, .change = accepted(1, {}), .token = "k1.a"},
      {.sequence = 4, .job = {0, 2}, .change = accepted(2, kCaveats), .token = "k2.worker"},
      {.sequence = 5, .job = {0, 1}, .change = LeaseLost{}},
      {.sequence = 0, .job = {}, .change = TokenRevoked{"k1.b", {}}, .token = "k1.root"},
      {.sequence = 0, .job = {}, .change = TokenRevoked{"k1.a", {at(60'000)}}, .token = "k1.root"}};
}

TokenUse token_use() {
  TokenUse use;
  use.windows[0].emplace(RateSpan::kSecond, std::vector<UseWindow::Part>());
  use.windows[1].emplace(RateSpan::kMinute,
                         std::vector<UseWindow::Part>{{1'416'666'667, 1}, {1'416'666'670, 7}});
  use.windows[3].emplace(RateSpan::kDay,
                         std::vector<UseWindow::Part>{{983'796, 4'000'000'000'000}});
  use.revoked = Revocation{at(60'000)};
  return use;
}

void check_same(const TokenUse& read, const TokenUse& written) {
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    INFO(i);
    REQUIRE(read.windows[i].has_value() == written.windows[i].has_value());
    if (read.windows[i]) {
      CHECK(read.windows[i]->parts() == written.windows[i]->parts());
      // The span is not in the record: what is used says whether it was taken from the place.
      const Time now = at(-1);
      CHECK(read.windows[i]->used(now) == written.windows[i]->used(now));
      CHECK(read.windows[i]->time_of(0) == written.windows[i]->time_of(0));
    }
  }
  REQUIRE(read.revoked.has_value() == written.revoked.has_value());
  CHECK((!read.revoked || read.revoked->until == written.revoked->until));
}

}  // namespace

TEST_CASE("who did what in a turn reads as when it was released") {
  const std::vector<Entry> entries = entries_with_tokens();
  check_turn("record-turn-tokens", entries);
}

TEST_CASE("a turn names each of its tokens once") {
  const std::string record = encode_turn(at(0), entries_with_tokens());
  for (const std::string token : {"k1.root", "k2.worker"}) {
    INFO(token);
    const auto first = record.find(token);
    REQUIRE(first != std::string::npos);
    CHECK(record.find(token, first + 1) == std::string::npos);
  }
}

TEST_CASE("a turn of before tokens were noted was done by nobody") {
  for (const Entry& entry : decode_turn(golden::read("record-turn")).entries) {
    CHECK(entry.token.empty());
    if (const auto* accepted = std::get_if<Accepted>(&entry.change)) {
      CHECK(accepted->caveats.empty());
    }
  }
}

TEST_CASE("a token that the turn does not name is damage") {
  capnp::MallocMessageBuilder message;
  auto turn = message.initRoot<record::Turn>();
  auto entry = turn.initEntries(1)[0];
  entry.setDue();
  turn.initTokens(1).set(0, "k1.a");
  const auto encoded = [&] {
    const auto words = capnp::messageToFlatArray(message);
    return std::string(words.asChars().begin(), words.asChars().size());
  };
  entry.setToken(1);
  CHECK(decode_turn(encoded()).entries.at(0).token == "k1.a");
  entry.setToken(2);
  CHECK_THROWS_AS(decode_turn(encoded()), StorageError);
}

TEST_CASE("use of a token reads as when it was released") {
  check_same(decode_record<TokenUse>(
                 stored<record::TokenUse>("record-token-use", encode_record(token_use()))),
             token_use());
  TokenUse for_ever;
  for_ever.revoked = Revocation{};
  check_same(decode_record<TokenUse>(
                 stored<record::TokenUse>("record-token-use-revoked", encode_record(for_ever))),
             for_ever);
  check_same(decode_record<TokenUse>(encode_record(TokenUse{})), {});
}

TEST_CASE("a job keeps the tokens that it was submitted and accepted with") {
  State state(1);
  const auto apply = [&](Entry entry) { state.apply(at(0), entry); };
  apply({.sequence = 0, .job = {0, 0}, .change = DatasourceAdded{"scan"}});
  for (Entry& entry : entries_with_tokens()) {
    if (!traits_of(entry.change).is_of_store) {
      apply(std::move(entry));
    }
  }
  const std::string record = stored<record::Job>(
      "record-job-tokens", encode_job(state, *state.find(0, "j-2"), {}, nullptr));
  const StoredJob read = decode_job({0, 2}, record);
  CHECK(read.submit_token == "k1.b");
  CHECK(read.accept_token == "k2.worker" + kCaveats);
  const StoredJob other = decode_job({0, 1}, encode_job(state, *state.find(0, "j-1"), {}, nullptr));
  CHECK(other.submit_token == "k1.a");
  CHECK(other.accept_token == "k1.a");
  const StoredJob old = decode_job({0, 2}, golden::read("record-job-accepted"));
  CHECK(old.submit_token.empty());
  CHECK(old.accept_token.empty());
}

TEST_CASE("a datasource keeps the costs of its functions") {
  const DatasourceState state{
      {.weights = {{"alice", 3}}, .costs = {{"copy", 2}, {"ocr", 1'000'000}}}, Mode::kRunning};
  CHECK(decode_record<DatasourceState>(stored<record::DatasourceState>(
            "record-datasource-costs", encode_record(state))) == state);
}

TEST_CASE("a datasource keeps its item of the catalogue") {
  const DatasourceState state{{.lease = Span(1), .item = R"({"href":"tcp://a/kv/scan"})"},
                              Mode::kRunning};
  CHECK(decode_record<DatasourceState>(stored<record::DatasourceState>(
            "record-datasource-item", encode_record(state))) == state);
}

TEST_CASE("a record of a token that is cut off is an error, wherever it ends") {
  check_cuts(encode_record(token_use()), decode_record<TokenUse>);
}

TEST_CASE("keys of tokens are apart from all others") {
  CHECK(token_key("k1.a") == std::string("t\0\0\0\0", 5) + "k1.a");
  CHECK(name_of_key(token_key("k1.a")) == "k1.a");
}

}  // namespace store
