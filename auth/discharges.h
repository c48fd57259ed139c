// A token whose third-party caveats are met: the root macaroon and a discharge of each, bound to
// it. On the wire these are base64 texts with one space between them, the root first.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "macaroon.h"

namespace auth {

inline constexpr std::size_t kDischargesMax = 8;
inline constexpr std::size_t kBundleBytesMax = 32'768;
// A discharge may ask for a discharge of its own, and that one for no other.
inline constexpr std::size_t kDischargeDepthMax = 2;

// Why `discharges` are not just what `root` needs, in plain words without any of their text; empty
// when each third-party caveat has exactly one, with its identifier and its location, and none is
// left over. The location is compared because no signature covers it.
[[nodiscard]] std::optional<std::string> misfit(const Macaroon& root,
                                                std::span<const Macaroon> discharges);

struct Bundle {
  Macaroon root;
  std::vector<Macaroon> discharges;

  // Takes what Macaroon::parse() takes, or several base64 texts with single spaces between them.
  // Checks each by itself; whether they fit together is for misfit() and verify().
  [[nodiscard]] static std::variant<Bundle, ParseError> parse(std::string_view text);

  // Each in its own format.
  [[nodiscard]] std::string serialize() const;

  // All first-party caveats, the root's first: all of them have to hold.
  [[nodiscard]] std::vector<Caveat> first_party_caveats() const;

  // The root with each of `caveats`. An error when one of them is misspelt, when the token would be
  // too long, and when there are discharges: they are bound to the root as it is.
  [[nodiscard]] std::variant<Macaroon, ParseError> narrowed(
      std::span<const std::string> caveats) const;

  [[nodiscard]] bool verify(std::string_view key) const { return root.verify(key, discharges); }
};

}  // namespace auth
