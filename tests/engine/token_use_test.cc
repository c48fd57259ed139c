// Sliding windows: held against a list of all that was used. That a submit is refused by them, and
// when it passes again, the simulator holds against such lists (tests/sim).
#include <algorithm>
#include <random>

#include "engine_fixture.h"

namespace store {
namespace {

const RateSpan kSpans[] = {RateSpan::kSecond, RateSpan::kMinute, RateSpan::kHour, RateSpan::kDay};

struct Use {
  Time at{};
  std::uint64_t cost = 0;
};

// What was used in the span that ends at `now`, to the millisecond.
std::uint64_t used_in(const std::vector<Use>& uses, Time now, Span span) {
  std::uint64_t sum = 0;
  for (const Use& use : uses) {
    sum += use.at > now - span ? use.cost : 0;
  }
  return sum;
}

// The same, where everything counts a fiftieth longer.
std::uint64_t used_at_most(const std::vector<Use>& uses, Time now, Span span) {
  return used_in(uses, now, span + span / 50);
}

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  // Short and long ones, of a length that fits the span.
  Span pause(Span span) {
    switch (below(6)) {
      case 0: return {};
      case 1: return Span(1);
      case 2: return span / 50;
      case 3: return Span(below(static_cast<std::uint64_t>(span.count())));
      case 4: return Span(below(static_cast<std::uint64_t>(3 * span.count())));
      default: return Span(below(static_cast<std::uint64_t>(span.count() / 20)));
    }
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("a window never lets more pass than it may, and all of that again soon") {
  for (const RateSpan span : kSpans) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      CAPTURE(letter_of(span), seed);
      Chance chance(seed);
      const Span length = length_of(span);
      const std::uint64_t most = 1 + chance.below(12);
      UseWindow window(span, {});
      std::vector<Use> uses;
      Time now(1'000'000s);
      for (int i = 0; i < 400; ++i) {
        now += chance.pause(length);
        const std::uint64_t cost = 1 + chance.below(most);
        const std::uint64_t used = window.used(now);
        REQUIRE(used >= used_in(uses, now, length));
        REQUIRE(used <= used_at_most(uses, now, length));
        const Time room = window.time_of(most - cost);
        REQUIRE((room <= now) == (used + cost <= most));
        if (room <= now) {
          window.add(now, cost);
          uses.push_back({now, cost});
          REQUIRE(used_in(uses, now, length) <= most);
          continue;
        }
        REQUIRE(window.used(room) + cost <= most);
        REQUIRE(window.used(room - 1ms) + cost > most);
      }
      REQUIRE(uses.size() > 50);
    }
  }
}

TEST_CASE("a window remembers no more than its span") {
  for (const RateSpan span : kSpans) {
    UseWindow window(span, {});
    Time now(1'000'000s);
    for (int i = 0; i < 1000; ++i) {
      now += length_of(span) / 170;
      window.add(now, 1);
      REQUIRE(window.parts().size() <= 51);
    }
    REQUIRE(window.parts().size() >= 50);
    now += 10 * length_of(span);
    REQUIRE(window.used(now) == 0);
    window.add(now, 1);
    REQUIRE(window.parts().size() == 1);
  }
}

TEST_CASE("a window that was used in one instant is empty again all at once") {
  for (const RateSpan span : kSpans) {
    const Span length = length_of(span);
    const Time start(length * 1000);
    for (const Span late : {Span(0), Span(1), length / 50 - 1ms}) {
      UseWindow window(span, {});
      window.add(start + late, 7);
      const Time over = start + length + length / 50;
      REQUIRE(window.used(over - 1ms) == 7);
      REQUIRE(window.used(over) == 0);
      REQUIRE(window.time_of(6) == over);
      REQUIRE(window.time_of(7) == Time());
    }
  }
}

TEST_CASE_METHOD(ReplayedEngine, "a token whose use counts no more is forgotten, no other one") {
  const auto use = [&](const std::string& name, RateSpan span) {
    token = name;
    submit({.allowance = {.rates = {{100, span}}}});
  };
  const auto is_known = [&](const std::string& name) {
    return engine.state().tokens.use_of(name) != nullptr;
  };
  for (int i = 0; i < 20; ++i) {
    use("k1.second-" + std::to_string(i), RateSpan::kSecond);
  }
  use("k1.day", RateSpan::kDay);
  token = "k1.root";
  ask<TokensReply>(RevokeToken{"k1.revoked", {now + 1min}});
  ask<TokensReply>(RevokeToken{"k1.for-ever", {}});
  advance(1019ms);
  for (int i = 0; i < 50; ++i) {
    use("k1.busy", RateSpan::kMinute);
  }
  REQUIRE(engine.state().tokens.uses().size() == 24);
  advance(1ms);
  for (int i = 0; i < 20; ++i) {
    use("k1.busy", RateSpan::kMinute);
  }
  REQUIRE(engine.state().tokens.uses().size() == 4);
  for (const char* const name : {"k1.day", "k1.revoked", "k1.for-ever", "k1.busy"}) {
    CHECK(is_known(name));
  }
  REQUIRE(last<TokenForgotten>().token == "k1.busy");  // whose submit it was that did it
  advance(length_of(RateSpan::kDay) * 51 / 50);
  for (int i = 0; i < 4; ++i) {
    use("k1.busy", RateSpan::kMinute);
  }
  REQUIRE_FALSE(is_known("k1.day"));
  REQUIRE_FALSE(is_known("k1.revoked"));
  REQUIRE(is_known("k1.for-ever"));
  REQUIRE(is_known("k1.busy"));
}

}  // namespace store
