// What requests say of tokens: budgets of functions, leases, what an operator asks, and which job a
// request is about.
#include <catch2/catch.hpp>

#include "cases.h"

namespace store {
namespace {

std::string costs(const std::vector<wire::Cost>& costs) { return config({.costs = costs}); }
std::string many_costs(std::size_t count) {
  std::vector<wire::Cost> all;
  for (const std::string& function : names(count)) {
    all.push_back({function, 1});
  }
  return costs(all);
}
std::string tokens(const wire::TokenQuery& query) {
  return wire::token_query_frame(get("/admin/tokens"), query);
}
std::string revoke(std::uint64_t until, const std::string& id = "k1.a") {
  return wire::revoke_frame(post("/admin/tokens/" + id + "/revoke"), until);
}
std::string with_token(const std::string& token) { return update({{"j", 1, token}, {}}); }

// Of which job the store thinks that the request is.
struct Reader {
  Limits limits;
  RequestReader reader{limits};

  std::string job(const std::string& frame) {
    REQUIRE_FALSE(reader.open(std::as_bytes(std::span(frame))));
    const auto found = find_route(reader.method(), reader.path());
    REQUIRE(std::holds_alternative<Route>(found));
    return std::string(reader.job(std::get<Route>(found)));
  }
};

}  // namespace

TEST_CASE("what is said of tokens is held to every limit", "[limits]") {
  constexpr std::uint64_t kYear10000 = 253'402'300'800'000;
  check({
      {"costs", many_costs(1024), many_costs(1025), 413, "1024"},
      {"costs[0].function", costs({{a(128), 1}}), costs({{a(129), 1}}), 400, "128"},
      {"costs[0].function", costs({{"a", 1}}), costs({{"", 1}}), 400, "empty"},
      {"costs[1].function", costs({{"a", 1}, {"b", 1}}), costs({{"a", 1}, {"a", 2}}), 400,
       "already"},
      {"costs[0].cost", costs({{"a", 1}}), costs({{"a", 0}}), 400, "1..1000000"},
      {"costs[0].cost", costs({{"a", 1'000'000}}), costs({{"a", 1'000'001}}), 400, "1..1000000"},
      {"after", tokens({.after = a(128)}), tokens({.after = a(129)}), 413, "128"},
      {"after", tokens({.after = "\xc3\xa4"}), tokens({.after = kNotUtf8}), 400, "UTF-8"},
      {"limit", tokens({.limit = 1000}), tokens({.limit = 1001}), 400, "1..1000"},
      {"until", revoke(kYear10000 - 1), revoke(kYear10000), 400, "9999"},
      {"until", revoke(0), revoke(UINT64_MAX), 400, "9999"},
      {"outcomes[0].lease.token", with_token(a(1024)), with_token(a(1025)), 413, "1024"},
      {"outcomes[0].lease.token", with_token(""), with_token(kNotUtf8), 400, "UTF-8"},
  });
}

TEST_CASE("an operator names the token in the path") {
  Codec codec;
  const auto command = codec.body<RevokeToken>(revoke(17, "k1.a-b_c"));
  CHECK(command.token == "k1.a-b_c");
  CHECK(command.revocation.until == Time(Span(17)));
  CHECK(
      codec.body<RevokeToken>(wire::bare_frame(post("/admin/tokens/k/revoke"))).revocation.until ==
      Time());
  const auto page = codec.body<ListTokens>(tokens({.after = "k1.a", .limit = 7}));
  CHECK(page.after == "k1.a");
  CHECK(page.limit == 7);
  CHECK(codec.body<ListTokens>(wire::bare_frame(get("/admin/tokens"))).limit == 100);
}

TEST_CASE("who says nothing gets tickets, and no limits of its own making") {
  Codec codec;
  CHECK_FALSE(codec.body<Submit>(submit({.job = "j"})).no_tickets);
  const auto without = codec.body<Submit>(wire::submit_frame(post("/scan/job/"), {{}}, true));
  CHECK(without.no_tickets);
  CHECK_FALSE(without.allowance.waiting_max);
  CHECK(without.allowance.rates.empty());
}

TEST_CASE("the token of a lease counts in an update, each with its own") {
  Codec codec;
  const auto command = codec.body<Update>(wire::update_frame(
      post("/jobs/scan/update"), {{{"i", 1, "one"}, {}}, {{"j", 2, "other"}, {}}}));
  CHECK(std::get<Outcome>(command.outcomes.at(0)).lease.token == "one");
  CHECK(std::get<Outcome>(command.outcomes.at(1)).lease.token == "other");
  CHECK(codec.body<Renew>(renew({.leases = {{"i", 1, "one"}}})).leases.at(0).token.empty());
}

TEST_CASE_METHOD(Reader, "a request is about the job of its path") {
  for (const std::string path :
       {"/scan/job/j-1", "/scan/job/j-1/log", "/scan/job/j-1/explain", "/scan/job/j-1/events",
        "/jobs/scan/job/j-1", "/jobs/scan/job/j-1/log", "/jobs/scan/job/j-1/events"}) {
    INFO(path);
    CHECK(job(wire::bare_frame(get(path))) == "j-1");
  }
  for (const std::string path :
       {"/scan/job/j-1/cancel", "/scan/job/j-1/events", "/jobs/scan/job/j-1",
        "/jobs/scan/job/j-1/cancel", "/admin/scan/job/j-1/remove", "/admin/scan/job/j-1/edit"}) {
    INFO(path);
    CHECK(job(wire::bare_frame(post(path))) == "j-1");
  }
  // The body does not count beside it.
  CHECK(job(wire::job_query_frame(get("/scan/job/j-1"), {.job = "other"})) == "j-1");
  CHECK(job(update({{"other"}, {}}, "/jobs/scan/job/j-1")) == "j-1");
}

TEST_CASE_METHOD(Reader, "else it is about the one job that its body names") {
  CHECK(job(query({.job = "j"})) == "j");
  CHECK(job(wire::job_query_frame(post("/scan/job/cancel"), {.job = "j"})) == "j");
  CHECK(job(wire::subscribe_frame(post("/scan/job/events"), {.job = "j"})) == "j");
  CHECK(job(wire::event_query_frame(get("/scan/job/events"), {.job = "j"})) == "j");
  CHECK(job(renew({.leases = {{"j", 1}, {"j", 2}}})) == "j");
  CHECK(job(wire::update_frame(post("/jobs/scan/update"), {{{"j", 1}, {}}, {{"j", 1}, {}}})) ==
        "j");
}

TEST_CASE_METHOD(Reader, "a request about several jobs, or any, is about none alone") {
  CHECK(job(renew({.leases = {{"i"}, {"j"}}})).empty());
  CHECK(job(renew({.leases = {{"j"}, {"i"}, {"j"}}})).empty());
  CHECK(job(renew({.leases = {{"j"}, {""}}})).empty());
  CHECK(job(renew({.worker = "w"})).empty());
  CHECK(job(wire::update_frame(post("/jobs/scan/update"), {{{"i"}, {}}, {{"j"}, {}}})).empty());
  CHECK(job(submit({.job = "j"})).empty());
  CHECK(job(accept({})).empty());
  CHECK(job(list({})).empty());
  CHECK(job(wire::subscribe_frame(post("/scan/job/events"), {})).empty());
  CHECK(job(wire::bare_frame(get("/jobs/scan/events"))).empty());
  CHECK(job(wire::bare_frame(get("/scan/job/"))).empty());
  CHECK(job(redrive({})).empty());
  // A body of another kind, which is refused later.
  CHECK(job(wire::job_query_frame(post("/jobs/scan/renew"), {.job = "j"})).empty());
}

TEST_CASE_METHOD(Reader, "who makes another job, or ends a token, acts on no job") {
  CHECK(job(restart("j")).empty());
  CHECK(job(revoke(0)).empty());
  CHECK(job(wire::bare_frame(post("/admin/keys/k1/retire"))).empty());
}

}  // namespace store
