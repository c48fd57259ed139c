// Over random chains of caveats: what a token allows never grows when one is added.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "authorizer_fixture.h"

using namespace auth;

namespace {

const std::string kKeyA = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const std::string kKeyB = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

// Those that mostly hold occur several times, or hardly any chain would allow anything.
const std::vector<std::string> kPool = {"path = *",
                                        "path = /x/*",
                                        "path = /x/job/*",
                                        "path = /x/job/j1",
                                        "path = /jobs/x/*",
                                        "method = GET",
                                        "method = GET",
                                        "method = POST",
                                        "target = store",
                                        "target = store",
                                        "target = other",
                                        "client = alice",
                                        "client = alice",
                                        "client = bob",
                                        "time < 1000005",
                                        "time < 1000500",
                                        "time < 5",
                                        "job = j1",
                                        "job = j1",
                                        "job = j2",
                                        "status-only",
                                        "status-only",
                                        "lease = 17.2",
                                        "lease = 17.2",
                                        "lease = 17.3",
                                        "priority <= 100",
                                        "priority <= 50",
                                        "priority <= 0",
                                        "bytes <= 1000",
                                        "bytes <= 0",
                                        "waiting <= 10",
                                        "waiting <= 2",
                                        "rate <= 10/s",
                                        "rate <= 1/s",
                                        "rate <= 100/d",
                                        "rate <= 3/m",
                                        "valid-for <= 1h",
                                        "valid-for <= 90s",
                                        "curve = " + kKeyA,
                                        "curve = " + kKeyA,
                                        "curve = " + kKeyB,
                                        "observe = data",
                                        "job <= 1",
                                        "unknown",
                                        "function = ocr*",
                                        "function = ocr-1",
                                        "calls = /x/job, GET /x/job/*",
                                        "calls = /x/job/j1",
                                        "acting = x/17.2",
                                        "acting = x/17.3",
                                        "running <= 2",
                                        "running <= 5"};

using Random = std::mt19937;

template <typename List>
const auto& one_of(const List& list, Random& random) {
  return list[random() % list.size()];
}

struct Request {
  Access access;
  Facts facts;
};

std::vector<Request> all_requests() {
  std::vector<Request> requests;
  for (const Access access : {Access::kClient, Access::kDriver, Access::kOperator}) {
    for (const std::string_view method : {"GET", "POST"}) {
      for (const std::string_view path : {"/x/job", "/x/job/j1", "/x/job/j2", "/jobs/x/accept"}) {
        for (const Time now : {kNow, kNow + std::chrono::seconds(100)}) {
          for (const std::string_view curve_key : {std::string_view(), std::string_view(kKeyA)}) {
            const std::string_view job = path.starts_with("/x/job/j") ? path.substr(7) : "";
            requests.push_back({access,
                                {.method = method,
                                 .path = path,
                                 .now = now,
                                 .job = job,
                                 .is_status = method == "GET" && !job.empty(),
                                 .curve_key = curve_key,
                                 .job_limits_are_kept = true,
                                 .lease_is_kept = true,
                                 .acting_is_kept = true}});
          }
        }
      }
    }
  }
  return requests;
}

template <typename Value>
bool within(const std::optional<Value>& inner, const std::optional<Value>& outer) {
  return !outer || (inner && *inner <= *outer);
}

// The narrowest of each span, without what they are counted by.
std::map<std::chrono::seconds, std::uint64_t> narrowest(const std::vector<Rate>& rates) {
  std::map<std::chrono::seconds, std::uint64_t> narrowest;
  for (const Rate& rate : rates) {
    const auto at = narrowest.try_emplace(rate.span, rate.count).first;
    at->second = std::min(at->second, rate.count);
  }
  return narrowest;
}

// Each budget of the outer one is one of the inner one too.
bool within(const std::vector<Rate>& inner, const std::vector<Rate>& outer) {
  return std::all_of(outer.begin(), outer.end(), [&](const Rate& limit) {
    return std::find(inner.begin(), inner.end(), limit) != inner.end();
  });
}

bool within(const std::vector<std::string>& inner, const std::vector<std::string>& outer) {
  return std::all_of(outer.begin(), outer.end(), [&](const std::string& pattern) {
    return std::find(inner.begin(), inner.end(), pattern) != inner.end();
  });
}

// Whether a grant allows nothing that `outer` does not allow too.
bool within(const Grant& inner, const Grant& outer) {
  const auto keeps = [](const std::string& now, const std::string& before) {
    return before.empty() || now == before;
  };
  const Bounds& a = inner.bounds;
  const Bounds& b = outer.bounds;
  return inner.token_id == outer.token_id && keeps(inner.client, outer.client) &&
         within(inner.expires, outer.expires) && keeps(a.job, b.job) &&
         (a.status_only || !b.status_only) && (!b.lease || a.lease == b.lease) &&
         within(a.priority_max, b.priority_max) && within(a.bytes_max, b.bytes_max) &&
         within(a.waiting_max, b.waiting_max) && within(a.running_max, b.running_max) &&
         within(a.valid_for_max, b.valid_for_max) && within(a.rates, b.rates) &&
         within(a.functions, b.functions);
}

struct NarrowingFixture : AuthorizerFixture {
  // What `token` is granted, request by request.
  std::vector<std::optional<Grant>> grants(const std::string& token) {
    std::vector<std::optional<Grant>> all;
    for (const Request& request : requests) {
      auto decision = authorizer->authorize(token, request.access, request.facts);
      auto* grant = std::get_if<Grant>(&decision);
      all.push_back(grant != nullptr ? std::optional(std::move(*grant)) : std::nullopt);
    }
    return all;
  }

  const std::vector<Request> requests = all_requests();
};

}  // namespace

TEST_CASE("caveats of every kind are among those that are tried") {
  std::set<Predicate::Kind> kinds;
  for (const std::string& caveat : kPool) kinds.insert(Predicate::parse(caveat).kind);
  // The last enumerator counts them.
  CHECK(kinds.size() == static_cast<std::size_t>(Predicate::Kind::kUnknown) + 1);
}

TEST_CASE_METHOD(NarrowingFixture, "narrowing a token never grants more") {
  Random random(7);
  std::size_t granted_when_narrowed = 0;
  for (int chain = 0; chain < 200; ++chain) {
    Macaroon token = root();
    auto before = grants(token.serialize());
    std::vector<std::string> caveats;
    for (int length = 0; length < 6; ++length) {
      caveats.push_back(one_of(kPool, random));
      token = token.with_caveat(caveats.back()).value();
      const auto after = grants(token.serialize(random() % 2 == 0 ? Format::kV1 : Format::kV2));
      for (std::size_t i = 0; i < requests.size(); ++i) {
        if (!after[i]) continue;
        ++granted_when_narrowed;
        CAPTURE(chain, caveats, requests[i].facts.method, requests[i].facts.path);
        REQUIRE(before[i]);
        REQUIRE(within(*after[i], *before[i]));
      }
      before = after;
    }
  }
  CHECK(granted_when_narrowed > 2000);
}

TEST_CASE_METHOD(NarrowingFixture, "the order of caveats does not matter") {
  Random random(8);
  for (int chain = 0; chain < 150; ++chain) {
    std::vector<std::string> caveats;
    for (int length = 0; length < 4; ++length) caveats.push_back(one_of(kPool, random));
    const auto one = grants(root(caveats).serialize());
    std::reverse(caveats.begin(), caveats.end());
    const auto other = grants(root(caveats).serialize());
    CAPTURE(caveats);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      REQUIRE(one[i].has_value() == other[i].has_value());
    }
  }
}

TEST_CASE_METHOD(NarrowingFixture, "a caveat weighs the same in a token and in its discharge") {
  const ThirdParty party{"idp", "shared", "who"};
  Random random(9);
  for (int chain = 0; chain < 150; ++chain) {
    Macaroon whole = root();
    Macaroon wanting = root();
    Macaroon discharge = Macaroon::mint(party.key, party.identifier, party.location);
    std::vector<std::string> caveats;
    for (int length = 0; length < 4; ++length) {
      const std::string caveat = one_of(kPool, random);
      caveats.push_back(caveat);
      whole = whole.with_caveat(caveat).value();
      Macaroon& part = random() % 2 == 0 ? wanting : discharge;
      part = part.with_caveat(caveat).value();
    }
    wanting = wanting.with_third_party_caveat(party).value();
    const auto one = grants(whole.serialize());
    const auto other = grants(wanting.serialize() + " " + wanting.bind(discharge).serialize());
    CAPTURE(caveats);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      REQUIRE(one[i].has_value() == other[i].has_value());
      if (!one[i]) continue;
      REQUIRE(one[i]->client == other[i]->client);
      REQUIRE(one[i]->expires == other[i]->expires);
      REQUIRE(one[i]->bounds.lease == other[i]->bounds.lease);
      REQUIRE(narrowest(one[i]->bounds.rates) == narrowest(other[i]->bounds.rates));
      REQUIRE(one[i]->bounds.priority_max == other[i]->bounds.priority_max);
    }
  }
}
