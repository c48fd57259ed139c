// One first-party caveat and its grammar. Each has one spelling: one space on each side of the
// sign, none inside a value, printable ASCII only, numbers without leading zeros.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "timestamp.h"

namespace auth {

using jobq::Time;

inline constexpr std::size_t kPredicateBytesMax = 1024;
inline constexpr std::size_t kClientBytesMax = 128;
inline constexpr std::size_t kJobBytesMax = 128;
inline constexpr std::size_t kTargetBytesMax = 255;

// At most `count` jobs in any stretch of `span`.
struct Rate {
  std::uint64_t count = 0;
  std::chrono::seconds span{};
  // What it is counted by, of one identifier: of the caveats up to this one. 0: of no token.
  std::uint64_t budget = 0;

  friend bool operator==(const Rate&, const Rate&) = default;
};

// One delivery of one job: attempt `attempt` of the job that the store numbered `sequence`.
struct LeaseBound {
  std::uint64_t sequence = 0;  // 1 .. 2^63 - 1
  std::uint32_t attempt = 0;   // at least 1

  friend bool operator==(const LeaseBound&, const LeaseBound&) = default;
};

// The same, in a datasource of that id.
struct ActingFor {
  std::string datasource;
  LeaseBound lease{};

  friend bool operator==(const ActingFor&, const ActingFor&) = default;
};

struct Predicate {
  enum class Kind : std::uint8_t {
    kPath,
    kMethod,
    kTarget,
    kClient,
    kTime,
    kJob,
    kStatusOnly,
    kLease,
    kPriority,
    kBytes,
    kWaiting,
    kRunning,
    kValidFor,
    kRate,
    kCurve,
    kObserve,
    kFunction,
    kCalls,
    kActing,
    kMalformed,
    kUnknown,
  };

  // Never fails: what is no caveat is kMalformed, or kUnknown when its first word is none of ours.
  static Predicate parse(std::string_view text);

  [[nodiscard]] std::string_view value() const { return std::string_view(text).substr(value_at); }

  Kind kind = Kind::kUnknown;
  std::string text;
  std::size_t value_at = 0;     // where the value starts in `text`
  Time time{};                  // of kTime
  std::uint64_t number = 0;     // of kPriority, kBytes, kWaiting and kRunning
  std::chrono::seconds span{};  // of kValidFor
  Rate rate{};                  // of kRate
  LeaseBound lease{};           // of kLease
  ActingFor acting{};           // of kActing
};

// Whether the calls of such a caveat ("GET /photos/*, POST /scan/job/") cover the request. A call
// without a method covers any.
[[nodiscard]] bool covers_call(std::string_view calls, std::string_view method,
                               std::string_view path);

// Why `text` is no caveat, with an example of what it begins like; empty when it is one.
[[nodiscard]] std::optional<std::string> misspelling(std::string_view text);

[[nodiscard]] bool is_method(std::string_view value);

// Whether the pattern of a `path` caveat covers `path`.
[[nodiscard]] bool covers(std::string_view pattern, std::string_view path);

// In quotes, cut short, and with nothing in it that a terminal would obey.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace auth
