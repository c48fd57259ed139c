// What is known of the use of tokens. They are told apart by their identifiers, and copies that
// were narrowed are counted together; but each caveat with a rate is a budget of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job.h"

namespace store {

// The spans that rates are counted over.
enum class RateSpan : std::uint8_t { kSecond, kMinute, kHour, kDay };
inline constexpr std::size_t kRateSpanCount = 4;
Span length_of(RateSpan span);
// s, m, h, d: as in caveats.
char letter_of(RateSpan span);

// `count` jobs, each with its function's cost, in any such span, counted by `budget`: of one
// identifier. 0: of whatever copy of the token.
struct RateLimit {
  std::uint64_t count = 0;
  RateSpan span = RateSpan::kSecond;
  std::uint64_t budget = 0;
  bool operator==(const RateLimit&) const = default;
};

// "10/m": what DatasourceConfig says of starts. Nothing for any other text.
std::optional<RateLimit> start_rate_of(std::string_view text);

// Counts over a sliding window. Time is cut into fiftieths of the span, and one counts until all of
// it is over: so there are never more than the limit in any span, and what was used comes back up
// to a fiftieth late. (GCRA would need less memory, but copies of a token may have different
// limits, and it lets twice the limit pass in the first span.)
class UseWindow {
 public:
  struct Part {
    std::uint64_t number = 0;
    std::uint64_t count = 0;
    bool operator==(const Part&) const = default;
  };

  UseWindow() = default;
  UseWindow(RateSpan span, std::vector<Part> parts) : span_(span), parts_(std::move(parts)) {}

  void add(Time now, std::uint64_t count);
  std::uint64_t used(Time now) const;
  // When no more than `allowed` are used, if nothing is added.
  Time time_of(std::uint64_t allowed) const;

  const std::vector<Part>& parts() const { return parts_; }

 private:
  std::uint64_t part_of(Time now) const;

  RateSpan span_ = RateSpan::kSecond;
  std::vector<Part> parts_;  // oldest first
};

// Under which Tokens::use_of() counts what a budget of a token has used: its identifier, and a line
// after it that names the budget.
std::string use_name(std::string_view token, std::uint64_t budget);

struct Revocation {
  Time until{};  // zero: for ever

  bool holds(Time now) const { return until == Time{} || now < until; }
};

struct TokenUse {
  // By RateSpan; those that a token was ever limited by.
  std::array<std::optional<UseWindow>, kRateSpanCount> windows;
  std::optional<Revocation> revoked;

  // Nothing in it matters any more.
  bool is_over(Time now) const;
};

// Over the span that ends now; nullptr: nothing is known of the token.
std::uint64_t used_of(const TokenUse* use, RateSpan span, Time now);

// What the caller's token allows of the jobs that it submits; empty: no limit.
struct Allowance {
  std::optional<std::uint8_t> priority_max = {};
  std::optional<std::uint64_t> bytes_max = {};  // of a request
  std::optional<std::uint64_t> waiting_max = {};
  std::uint32_t running_max = 0;  // 0: no limit
  Span valid_for_max = {};        // zero: no limit
  std::vector<RateLimit> rates = {};
  std::vector<std::string> functions = {};  // patterns, all of which a job's must fit
  bool operator==(const Allowance&) const = default;
};

// Whether the function fits the pattern: "*" at its end stands for all that begins so.
bool fits_one(std::string_view function, std::string_view pattern);
// Whether it fits all of them.
bool fits_all(std::string_view function, const std::vector<std::string>& patterns);
// That it does not fit, for people.
std::string not_for(const std::vector<std::string>& patterns, std::string_view function);

}  // namespace store
