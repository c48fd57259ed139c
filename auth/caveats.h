// What first-party caveats mean. All caveats of a token must hold, several of one kind included:
//
//   path = <pattern>    a trailing `*` stands for one or more characters, so `/x/*` covers `/x/y`
//                       but not `/x/`; everywhere else `*` is a plain character. Starts with `/`,
//                       or is `*` alone.
//   method = <m>        GET, POST, PUT or DELETE
//   target = <store>    the store's name, exactly
//   client = <id>       act as this client only; two different ones allow nothing
//   time < <instant>    see timestamp.h; the instant itself is too late
//
// One space on each side of the sign, none inside a value, printable ASCII only. A caveat that is
// unknown, malformed, overlong or third-party denies every request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "macaroon.h"
#include "timestamp.h"

namespace auth {

inline constexpr std::size_t kPredicateBytesMax = 1024;
inline constexpr std::size_t kClientBytesMax = 128;
inline constexpr std::size_t kTargetBytesMax = 255;

// What caveats are judged against. The views must outlive the call they are passed to.
struct Facts {
  std::string_view method;
  std::string_view path;  // as sent: no decoding, no normalising
  Time now;
};

// The caveats of one token, parsed once and judged for each request.
class Caveats {
 public:
  // Never fails: what cannot be understood makes first_failure() refuse everything.
  static Caveats parse(const std::vector<Caveat>& caveats);

  // The reason why these caveats do not allow the request to the store named `target`, in plain
  // words for its sender; empty when they allow it. Depends on the token and the request only, so
  // it tells nothing about the contents of the store. Does not allocate when it allows.
  [[nodiscard]] std::optional<std::string> first_failure(const Facts& facts,
                                                         std::string_view target) const;

  // The client the token is pinned to; empty when it is not.
  [[nodiscard]] const std::string& client() const { return client_; }

  // The earliest of the `time` caveats.
  [[nodiscard]] std::optional<Time> expires() const { return expires_; }

  // False when no request whatsoever can be allowed: a caveat is not understood, or two clients.
  [[nodiscard]] bool is_satisfiable() const { return !refusal_; }

 private:
  enum class Kind : std::uint8_t { kPath, kMethod, kTarget, kClient, kTime, kMalformed, kUnknown };

  struct Predicate {
    Kind kind = Kind::kUnknown;
    std::string text;
    std::size_t value_at = 0;  // where the value starts in `text`
    Time time;                 // of kTime

    [[nodiscard]] std::string_view value() const { return std::string_view(text).substr(value_at); }
  };

  static Predicate parse_predicate(const std::string& text);
  friend std::string explain(const Caveat& caveat);

  std::vector<Predicate> predicates_;
  std::string client_;
  std::optional<Time> expires_;
  std::optional<std::string> refusal_;
};

// The caveat in plain words, e.g. "only GET requests", "only until 2026-11-23 10:00:00 UTC". Safe
// to print on a terminal: control characters and non-ASCII bytes are escaped.
[[nodiscard]] std::string explain(const Caveat& caveat);

}  // namespace auth
